"""A subject: one picture, text or sound of a call, and what is known of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

from emulator.media.images import Picture

if TYPE_CHECKING:
    from emulator.rules.engine import Decision


class Item(NamedTuple):
    """`number` is that of the task, from 1. `facts` hold what rules may ask for, by the keys of `match`.

    `picture` is known when its bytes are; `trouble` is the error code of a picture that could not be had. `settled` is
    what an earlier call decided of it: then only rules that name the present operation are asked.
    """

    kind: Literal["picture", "text", "sound"]
    number: int
    facts: dict[str, str | int | bytes]
    picture: Picture | None = None
    fetch_error: str | None = None
    earlier_decision: "Decision | None" = None


def make_picture_item(number: int, url: str, data_id: str | None) -> Item:
    """A picture known by its address; its file name is the last part of the path."""
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
    """A picture whose bytes came with the call, with what is `known` of it: filename, sha256, format, width, height."""
    return Item("picture", number, {**known, "marker": data})


def add_picture(item: Item, picture: Picture) -> Item:
    """The same subject once its bytes are known."""
    facts = {**item.facts, "sha256": picture.sha256, "marker": picture.data}
    if picture.format:
        facts["format"] = picture.format
    if picture.width is not None and picture.height is not None:
        facts.update(width=picture.width, height=picture.height)
    return item._replace(facts=facts, picture=picture)
