"""An item: one picture, text or sound of a call, and what is known about it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

from emulator.media.images import Picture

if TYPE_CHECKING:
    from emulator.rules.engine import Decision


class Item(NamedTuple):
    """One picture, text or sound of a call.

    kind: What it is.
    number: The number of its task in the call, from 1.
    facts: What rules may ask about it, by the keys of `match`.
    picture: The picture, once its bytes are known.
    fetch_error: The error code of an item that cannot be checked, such as a picture that could not be fetched.
    earlier_decision: What an earlier call decided about it. Then only rules that name the present operation are asked.
    """

    kind: Literal["picture", "text", "sound"]
    number: int
    facts: dict[str, str | int | bytes]
    picture: Picture | None = None
    fetch_error: str | None = None
    earlier_decision: "Decision | None" = None


def make_picture_item(number: int, url: str, data_id: str | None) -> Item:
    """Return a picture that is known by its URL. Its file name is the last part of the path."""
    name = url.partition("?")[0].rpartition("/")[2]
    facts: dict[str, str | int | bytes] = {"url": url, "filename": unquote(name) if "%" in name else name}
    if data_id:
        facts["data_id"] = data_id
    return Item("picture", number, facts)


def make_text_item(number: int, text: str, data_id: str | None = None) -> Item:
    facts: dict[str, str | int | bytes] = {"text": text}
    if data_id:
        facts["data_id"] = data_id
    return Item("text", number, facts)


def make_uploaded_item(number: int, data: bytes, known: Mapping[str, str | int]) -> Item:
    """Return a picture whose bytes came with the call.

    `known` is what is known about it: filename, sha256, format, width, height.
    """
    return Item("picture", number, {**known, "marker": data})


def add_picture(item: Item, picture: Picture) -> Item:
    """Return the item with a picture whose bytes are now known."""
    facts = {**item.facts, "sha256": picture.sha256, "marker": picture.data}
    if picture.format:
        facts["format"] = picture.format
    if picture.width is not None and picture.height is not None:
        facts.update(width=picture.width, height=picture.height)
    return item._replace(facts=facts, picture=picture)
