"""What a cloud call brings: a form with the name of the API, and its parameters as protobuf.

The form is multipart; `requestData` in it is a CommApiData whose pairs are JSON texts or, with a file name, uploads.
All lines of wx-server-sdk sign, the first in the form field `authorization`, later ones in the header.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.problems import shown
from emulator.providers.wechat import media, multipart
from emulator.vocabulary import Call, Refusal, Uploaded, WireRequest
from emulator.world import World

LARGEST = 4 * 1024 * 1024  # bytes of a call; the picture in it may have one million
_ACTION = "wx.openApi"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,59}")
_KEY_ID = re.compile(r"(?:Credential=|\bq-ak=)([^/&,\s]{1,200})")  # TC3-HMAC-SHA256; q-sign-algorithm=sha1


class Given(NamedTuple):
    """The parameters of an API, what was uploaded with them, and how the journal shows both."""

    params: dict[str, Any]
    files: dict[str, bytes]
    shown: dict[str, Any]


def decode(request: WireRequest, _world: World) -> Call:
    """Read a call; what the gateway cannot read it refuses itself (INVALID_PARAM)."""
    from emulator.providers.wechat.cloud import messages

    if len(request.body) > LARGEST:
        raise Refusal("40006", cause=f"The call has {len(request.body)} bytes; {LARGEST} are taken.")
    fields = _fields(request)
    if fields.get("action") != _ACTION.encode():
        raise _elsewhere(fields.get("action", b"").decode("utf-8", "replace"))
    try:
        asked = messages.asked(fields.get("requestData", b""))
        name = fields.get("apiName", b"").decode()
    except ValueError as bad:
        raise Refusal("-501007", cause=f"requestData or apiName cannot be read: {bad}.") from None
    if asked.api_type != messages.OPEN_API:
        raise Refusal(
            "-604100", cause=f"The apiType is {asked.api_type}; {messages.OPEN_API} is taken, that of openapi."
        )
    given = _given(asked.pairs)
    common = {"appid": asked.appid, **_signature(request, fields)}
    kept = orjson.dumps({"action": _ACTION, "apiName": name, "appid": asked.appid, "openapiData": given.shown})
    params = _with_picture(given) if name == "security.imgSecCheck" else given.params
    return Call(name, params, common, via="cloud", uploaded=Uploaded(given.files, kept))


def _fields(request: WireRequest) -> Mapping[str, bytes]:
    """The form, of two fields of one name the last."""
    try:
        parts = multipart.parts(request.body, multipart.boundary(request.headers.get("Content-Type", "")))
    except multipart.BadMultipart as bad:
        raise Refusal("-501007", cause=f"The body is no multipart form: {bad}.") from None
    return {part.name: request.body[part.start : part.end] for part in parts if part.name is not None}


def _signature(request: WireRequest, fields: Mapping[str, bytes]) -> dict[str, str]:
    """The signature as it came, and the id of the key that it names; nothing where there is none."""
    given = request.headers.get("Authorization") or fields.get("authorization", b"").decode("utf-8", "replace")
    key = _KEY_ID.search(given)
    return {**({"authorization": given} if given else {}), **({"SecretId": key[1]} if key else {})}


def _given(pairs: Iterable[Any]) -> Given:
    given = Given({}, {}, {})
    for pair in pairs:
        if pair.filename:
            given.files[pair.key] = pair.value
            given.params[pair.key] = {"filename": pair.filename, **media.known(pair.value)}
            given.shown[pair.key] = f"{pair.filename} <{len(pair.value)} bytes>"
        else:
            given.files.pop(pair.key, None)
            given.params[pair.key], given.shown[pair.key] = _json(pair.value)
    return given


def _json(value: bytes) -> tuple[Any, Any]:
    """What a value says, and how it is shown: the JSON as it came, or the text that it is."""
    try:
        return orjson.loads(value), orjson.Fragment(value)
    except orjson.JSONDecodeError:
        text = value.decode("utf-8", "replace")
        return text, text


def _elsewhere(action: str) -> Refusal:
    """The refusal of what is no openapi: files, data base, functions. It says so, lest one look for a mistake."""
    told = f"not emulated: action {action}" if _NAME.fullmatch(action) else None
    return Refusal("-501007", cause=f"The action is {shown(action)}; only {_ACTION} is emulated.", message=told)


def _with_picture(given: Given) -> Any:
    """The parameters of imgSecCheck. A media whose value is no Buffer, or a misspelt one, is no upload but JSON: the
    former was seen as 41005, so the reason stands for it, the latter as 47001, so it stands for all.
    """
    if given.files.get("media"):
        return given.params
    sent = given.params.get("media")
    if "media" in given.files:
        return {**given.params, "media": "media.value is an empty Buffer"}
    if sent is None:
        return {**given.params, "media": "there is no media"}
    if isinstance(sent, dict) and {"content_type", "value"} <= sent.keys():
        return {**given.params, "media": "media.value is no Buffer"}
    keys = ", ".join(sorted(map(str, sent))[:5]) if isinstance(sent, dict) else "none"
    return f"media has not the keys contentType and value, but {keys}"
