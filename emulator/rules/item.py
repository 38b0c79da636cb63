"""Makes the items of a call: pictures and texts, with the facts that rules can match."""

from collections.abc import Mapping
from urllib.parse import unquote

from emulator.media.images import Picture
from emulator.rules.decision import Item


def make_picture_item(number: int, url: str, data_id: str | None) -> Item:
    """Return the item of a picture known by its URL; its file name is the last part of the path."""
    name = url.partition("?")[0].rpartition("/")[2]
    facts: dict[str, str | int | bytes] = {"url": url, "filename": unquote(name) if "%" in name else name}
    if data_id:
        facts["data_id"] = data_id
    return Item("picture", number, facts)


def make_text_item(number: int, text: str, data_id: str | None = None) -> Item:
    """Return the item of a text."""
    facts: dict[str, str | int | bytes] = {"text": text}
    if data_id:
        facts["data_id"] = data_id
    return Item("text", number, facts)


def make_uploaded_item(number: int, data: bytes, known: Mapping[str, str | int]) -> Item:
    """Return the item of a picture whose bytes came with the call.

    `known` are its filename, sha256, format, width and height, as far as they are known.
    """
    return Item("picture", number, {**known, "marker": data})


def add_picture(item: Item, picture: Picture) -> Item:
    """Return the item with the picture that was fetched for it."""
    facts = {**item.facts, "sha256": picture.sha256, "marker": picture.data}
    if picture.format:
        facts["format"] = picture.format
    if picture.width is not None and picture.height is not None:
        facts.update(width=picture.width, height=picture.height)
    return item._replace(facts=facts, picture=picture)
