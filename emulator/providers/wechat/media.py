"""The picture of a call: what is known of it as parameters, and its bytes."""

from collections.abc import Mapping
from typing import Any

from emulator.providers.wechat import multipart
from emulator.providers.wechat.multipart import Part
from emulator.vocabulary import Uploaded
from emulator.world.images import BrokenPicture, look

LARGEST = 1024 * 1024  # bytes; "1M" by the document

Known = dict[str, str | int]


def received(content_type: str, body: bytes, quirks: Mapping[str, Any]) -> tuple[Any, Uploaded]:
    """The picture of an HTTPS call: the parameters as the schema wants them, None for an empty body and text for one
    that cannot be read, and what was uploaded, shown without the picture's bytes.
    """
    if not body:
        return None if quirks["wechat.empty_body"] == "44002" else {}, Uploaded()
    strict = quirks["wechat.parser"] == "strict"
    if not content_type.lower().startswith("multipart/") or (strict and '"' in content_type):
        return {}, Uploaded()
    try:
        parts = multipart.parts(body, multipart.boundary(content_type), extended=not strict)
    except multipart.BadMultipart as bad:
        return str(bad), Uploaded()
    part = _media(parts, quirks)
    if part is not None and part.filename is None and quirks["wechat.no_filename"] == "47001":
        return "a part without filename", Uploaded()
    if part is None or part.filename is None or part.start == part.end:
        return {}, Uploaded()
    data = body[part.start : part.end]
    shown = b"%b<%d bytes>%b" % (body[: part.start], len(data), body[part.end :])
    return {"media": {"filename": part.filename, **known(data)}}, Uploaded({"media": data}, shown)


def known(data: bytes) -> Known:
    """What a picture says of itself, as parameters; of one that is too large only its size."""
    facts: Known = {"size": len(data)}
    if len(data) > LARGEST:
        return facts
    try:
        picture = look(data)
    except BrokenPicture:
        return facts
    facts["sha256"] = picture.sha256
    if picture.format and picture.width is not None and picture.height is not None:
        facts.update(format=picture.format, width=picture.width, height=picture.height)
    return facts


def _media(parts: list[Part], quirks: Mapping[str, Any]) -> Part | None:
    """The first part of that name, or the first file whatever its name."""
    if quirks["wechat.part_name"] == "any":
        return next((part for part in parts if part.filename is not None), None)
    return next((part for part in parts if part.name == "media"), None)
