"""How WeChat speaks: token and parameters in the query, JSON or one uploaded file in the body, JSON back."""

import re
from typing import Any

import orjson

from emulator.encoding.json import encode_json
from emulator.encoding.percent import parse_pairs
from emulator.error_types import Refusal
from emulator.operation import Body, Endpoint
from emulator.providers.wechat import cloud, errors, escapes, media
from emulator.providers.wechat.errors import PROXY
from emulator.providers.wechat.operations import OPERATIONS
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest, WireResponse

JSON = {"Content-Type": "application/json; encoding=utf-8"}

_CLOUD = "/admin"
_capital = re.compile("(?=[A-Z])")
_UPLOADS = frozenset({"security.imgSecCheck"})


def decode(request: WireRequest, state: State) -> Call:
    """Read a call. An empty body becomes None and an unreadable body a text, which the gate or the schema refuses."""
    path = request.path
    if path.startswith(_CLOUD):
        return cloud.decode(request, state)
    operation = parse_operation(path)
    common = {name: value for name, value in parse_pairs(request.query, "replace") if value}
    if operation in _UPLOADS:
        params, uploaded = media.read_upload(
            request.headers.get("Content-Type", ""), request.body, state.settings.quirks
        )
        return Call(operation, params, common, uploaded=uploaded)
    if operation == "cgi-bin/token":
        common = {**_parse_posted(request.body), **common} if request.body else common
        return Call(operation, common, common)
    params = _parse_json(request.body)
    # The checks of content refuse a JSON null as a body of the wrong form; for stable_token it is an empty body.
    if params is None and request.body and operation in OPERATIONS and operation != "cgi-bin/stable_token":
        params = "null"
    if operation == "cgi-bin/stable_token" and isinstance(params, dict):
        common = {name: value for name, value in params.items() if isinstance(value, str)}
    if operation == "security.msgSecCheck" and b"\\u" in request.body and isinstance(params, dict):
        return escapes.keep_escapes(Call(operation, params, common), request.body, state)
    return Call(operation, params, common)


def parse_operation(path: str) -> str:
    """Return the operation at a path: /wxa/img_sec_check is security.imgSecCheck. An unknown path stays as it is."""
    return _NAMES.get(path, path[1:])


def build_endpoint(name: str) -> Endpoint:
    """Return where an operation is called over HTTPS."""
    if name.startswith("cgi-bin/"):
        return Endpoint(f"/{name}", method="GET" if name == "cgi-bin/token" else "POST")
    kind = "multipart/form-data" if name in _UPLOADS else "application/json"
    return Endpoint(f"/wxa/{_capital.sub('_', name.removeprefix('security.')).lower()}", media_type=kind)


_NAMES = {build_endpoint(name).path: name for name in OPERATIONS}


def _parse_json(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def _parse_posted(body: bytes) -> dict[str, str]:
    """Return the texts in a body that is a form or JSON."""
    params = _parse_json(body)
    given = (
        parse_pairs(params, "replace")
        if isinstance(params, str)
        else params.items()
        if isinstance(params, dict)
        else ()
    )
    return {name: value for name, value in given if value and isinstance(value, str)}


def encode(call: Call, body: Body, request_id: str, state: State) -> WireResponse:
    """Return the answer of an operation, always with HTTP status 200."""
    if call.via == "cloud":
        return cloud.encode(call, body, request_id, state)
    return _build_response(body, call.operation, state)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    """Return an errcode with HTTP status 200; a refusal by the web server in front has status 412 and no body."""
    if request.path.startswith(_CLOUD):
        return cloud.refuse(request, call, refusal, request_id, state)
    if refusal.code == PROXY.code:
        return WireResponse(PROXY.status, {"Content-Type": "text/plain"}, b"")
    return _build_response(errors.build_body(refusal, request, request_id), parse_operation(request.path), state)


def _build_response(body: Body, operation: str, state: State) -> WireResponse:
    key = state.settings.quirks["wechat.message_key"]
    if key != "errmsg" and "errmsg" in body and operation == "security.imgSecCheck":
        body = {**body, "errMsg": body["errmsg"]}
        if key == "errMsg":
            del body["errmsg"]
    return WireResponse(200, JSON, encode_json(body))


def make_rid(account: Account, state: State) -> str:
    """Return the id at the end of every error: three groups, of which the first is the Unix time."""
    digits = state.ids.make_hexadecimal(16)
    return f"{int(account.clock.now()) & 0xFFFF_FFFF:08x}-{digits[:8]}-{digits[8:]}"
