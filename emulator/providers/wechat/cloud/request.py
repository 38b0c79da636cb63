"""The request of a cloud call: a form with the name of the API, and its parameters as protobuf.

The form is multipart; `requestData` in it is a CommApiData whose pairs are JSON texts or, with a file name, uploads.
All release lines of wx-server-sdk sign, the first in the form field `authorization`, later ones in the header.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.wechat import media, multipart
from emulator.state import State
from emulator.types import Call, Upload, WireRequest

LARGEST = 4 * 1024 * 1024  # bytes of a call; the picture in it may have one million
_ACTION = "wx.openApi"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,59}")
_KEY_ID = re.compile(r"(?:Credential=|\bq-ak=)([^/&,\s]{1,200})")  # TC3-HMAC-SHA256; q-sign-algorithm=sha1


class ApiParameters(NamedTuple):
    """The parameters of an API, what was uploaded with them, and how the journal shows both."""

    params: dict[str, Any]
    files: dict[str, bytes]
    journaled: dict[str, Any]


def decode(request: WireRequest, _state: State) -> Call:
    """Read a call. Raises the gateway's Refusal (INVALID_PARAM) for a call that cannot be read."""
    from emulator.providers.wechat.cloud import messages

    if len(request.body) > LARGEST:
        raise Refusal("40006", cause=f"The call has {len(request.body)} bytes; {LARGEST} are taken.")
    fields = _parse_form(request)
    if fields.get("action") != _ACTION.encode():
        raise _make_action_refusal(fields.get("action", b"").decode("utf-8", "replace"))
    try:
        api_request = messages.parse_request(fields.get("requestData", b""))
        name = fields.get("apiName", b"").decode()
    except ValueError as bad:
        raise Refusal("-501007", cause=f"requestData or apiName cannot be read: {bad}.") from None
    if api_request.api_type != messages.OPEN_API:
        raise Refusal(
            "-604100", cause=f"The apiType is {api_request.api_type}; {messages.OPEN_API} is taken, that of openapi."
        )
    parameters = _read_pairs(api_request.pairs)
    common = {"appid": api_request.appid, **_read_signature(request, fields)}
    journaled = orjson.dumps(
        {"action": _ACTION, "apiName": name, "appid": api_request.appid, "openapiData": parameters.journaled}
    )
    params = _build_picture_params(parameters) if name == "security.imgSecCheck" else parameters.params
    return Call(name, params, common, via="cloud", uploaded=Upload(parameters.files, journaled))


def _parse_form(request: WireRequest) -> Mapping[str, bytes]:
    """Return the fields of the form; the last one where two have the same name."""
    try:
        parts = multipart.parse_parts(request.body, multipart.parse_boundary(request.headers.get("Content-Type", "")))
    except multipart.BadMultipart as bad:
        raise Refusal("-501007", cause=f"The body is no multipart form: {bad}.") from None
    return {part.name: request.body[part.start : part.end] for part in parts if part.name is not None}


def _read_signature(request: WireRequest, fields: Mapping[str, bytes]) -> dict[str, str]:
    """Return the signature as it came and the id of the key that it names, each only where there is one."""
    given = request.headers.get("Authorization") or fields.get("authorization", b"").decode("utf-8", "replace")
    key = _KEY_ID.search(given)
    return {**({"authorization": given} if given else {}), **({"SecretId": key[1]} if key else {})}


def _read_pairs(pairs: Iterable[Any]) -> ApiParameters:
    parameters = ApiParameters({}, {}, {})
    for pair in pairs:
        if pair.filename:
            parameters.files[pair.key] = pair.value
            parameters.params[pair.key] = {"filename": pair.filename, **media.describe_picture(pair.value)}
            parameters.journaled[pair.key] = f"{pair.filename} <{len(pair.value)} bytes>"
        else:
            parameters.files.pop(pair.key, None)
            parameters.params[pair.key], parameters.journaled[pair.key] = _parse_json(pair.value)
    return parameters


def _parse_json(value: bytes) -> tuple[Any, Any]:
    """Return a value, and how the journal shows it: the JSON as it came, or the text where it is not JSON."""
    try:
        return orjson.loads(value), orjson.Fragment(value)
    except orjson.JSONDecodeError:
        text = value.decode("utf-8", "replace")
        return text, text


def _make_action_refusal(action: str) -> Refusal:
    """Return the refusal of an action that is not openapi: files, database, functions.

    It says that the action is not emulated, so that nobody looks for a mistake in the call.
    """
    message = f"not emulated: action {action}" if _NAME.fullmatch(action) else None
    return Refusal("-501007", cause=f"The action is {shorten(action)}; only {_ACTION} is emulated.", message=message)


def _build_picture_params(parameters: ApiParameters) -> Any:
    """Return the parameters of imgSecCheck, or why there is no picture.

    A media whose value is no Buffer, or whose keys are misspelt, comes as JSON and not as an upload. Without a Buffer
    it was seen as 41005: the reason takes the place of media. With misspelt keys it was seen as 47001: the reason takes
    the place of all parameters.
    """
    if parameters.files.get("media"):
        return parameters.params
    sent = parameters.params.get("media")
    if "media" in parameters.files:
        return {**parameters.params, "media": "media.value is an empty Buffer"}
    if sent is None:
        return {**parameters.params, "media": "there is no media"}
    if isinstance(sent, dict) and {"content_type", "value"} <= sent.keys():
        return {**parameters.params, "media": "media.value is no Buffer"}
    keys = ", ".join(sorted(map(str, sent))[:5]) if isinstance(sent, dict) else "none"
    return f"media has not the keys contentType and value, but {keys}"
