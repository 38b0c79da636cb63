"""The picture of a call: what is known of it, as parameters, and its bytes.

An upload is multipart, or the body is the picture itself. Most Java and C# code sends the latter, and gets a verdict.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.media.images import BrokenPicture, inspect
from emulator.problems import shorten
from emulator.providers.wechat import multipart
from emulator.providers.wechat.multipart import BadMultipart, Part
from emulator.types import Upload

LARGEST = 1024 * 1024  # bytes; "1M" by the document

PictureFacts = dict[str, str | int]

_FORM, _BYTES = "multipart/", ("application/octet-stream", "image/")
_ACCEPTED = (
    "multipart/form-data with a file `media`, or application/octet-stream or image/* with the picture as the body"
)


class _Missing(NamedTuple):
    """Why there is no picture. The reason takes the place of `media` (41005), or of all parameters when the upload is
    not readable (47001).
    """

    reason: str
    readable: bool = True


def read_upload(content_type: str, body: bytes, quirks: Mapping[str, Any]) -> tuple[Any, Upload]:
    """Return the parameters of an HTTPS call as the schema wants them, and its upload.

    The parameters are None for an empty body, by quirk, and a text for a body that cannot be read. The journal shows
    the upload without the picture's bytes.
    """
    if not body:
        return None if quirks["wechat.empty_body"] == "44002" else {"media": "an empty body"}, Upload()
    kind = content_type.lower()
    if kind.startswith(_FORM):
        found = _find_in_form(content_type, body, quirks)
    elif kind.startswith(_BYTES):
        found = _find_in_body(content_type, body, quirks)
    else:
        found = _Missing(f"a Content-Type of {shorten(content_type)} (taken is {_ACCEPTED})")
    if isinstance(found, _Missing):
        return {"media": found.reason} if found.readable else found.reason, Upload()
    data = body[found.start : found.end]
    journaled = b"%b<%d bytes>%b" % (body[: found.start], len(data), body[found.end :])
    named = {} if found.filename is None else {"filename": found.filename}
    return {"media": {**named, **describe_picture(data)}}, Upload({"media": data}, journaled)


def describe_picture(data: bytes) -> PictureFacts:
    """Return the facts of a picture, as parameters; only the size of a picture that is too large or broken."""
    facts: PictureFacts = {"size": len(data)}
    if len(data) > LARGEST:
        return facts
    try:
        picture = inspect(data)
    except BrokenPicture:
        return facts
    facts["sha256"] = picture.sha256
    if picture.format and picture.width is not None and picture.height is not None:
        facts.update(format=picture.format, width=picture.width, height=picture.height)
    return facts


def _find_in_form(content_type: str, body: bytes, quirks: Mapping[str, Any]) -> Part | _Missing:
    """Return the picture in a form, or why there is none.

    Callers met a strict reader. It knows neither quoted boundaries, as .NET writes them, nor file names that are not
    ASCII.
    """
    strict = quirks["wechat.parser"] == "strict"
    if strict and '"' in content_type:
        return _Missing("a boundary in quotation marks (the quirk wechat.parser may take it)")
    try:
        parts = multipart.parse_parts(body, multipart.parse_boundary(content_type), extended=not strict)
    except BadMultipart as bad:
        return _Missing(f"a form that cannot be read: {bad}", readable=False)
    part = _find_media(parts, quirks)
    if part is None:
        names = ", ".join(shorten(part.name) for part in parts[:5] if part.name is not None)
        return _Missing(f"no part media; there are {names or 'none'} (the quirk wechat.part_name may take another)")
    if part.filename is None:
        return _Missing("part media has no filename", readable=quirks["wechat.no_filename"] != "47001")
    if strict and not part.filename.isascii():
        name = shorten(part.filename)
        return _Missing(f"part media has the filename {name}, not in ASCII (the quirk wechat.parser may take it)")
    return part if part.start < part.end else _Missing("part media is empty")


def _find_in_body(content_type: str, body: bytes, quirks: Mapping[str, Any]) -> Part:
    """Return the body as the picture; or the picture in a form declared as bytes, as a public PHP library sends it."""
    whole = Part(None, None, 0, len(body))
    if "boundary" not in content_type.lower() or not body.startswith(b"--"):
        return whole
    try:
        part = _find_media(multipart.parse_parts(body, multipart.parse_boundary(content_type)), quirks)
    except BadMultipart:
        return whole
    return whole if part is None or part.start == part.end else part


def _find_media(parts: list[Part], quirks: Mapping[str, Any]) -> Part | None:
    """Return the first part named media or, by the quirk wechat.part_name, the first file of any name."""
    if quirks["wechat.part_name"] == "any":
        return next((part for part in parts if part.filename is not None), None)
    return next((part for part in parts if part.name == "media"), None)
