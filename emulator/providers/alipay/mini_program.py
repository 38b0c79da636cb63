"""The mini-program calls over HTTP. This form is our own, as the real calls are functions of the phone's container.

A client POSTs the call's parameters, as JSON, to /alipay/ followed by the call's name. With a status below 400 the body
is the object that `success` would get; from 400 on it is the object for `fail`. Pages of any origin may call.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.encoding.json import encode_json
from emulator.encoding.percent import parse_pairs
from emulator.error_types import ErrorRow, Refusal
from emulator.errors import find_row, render
from emulator.operation import Body
from emulator.providers.alipay import gateway, shim
from emulator.providers.alipay.errors import ROWS, TEXT
from emulator.providers.alipay.operations import OPERATIONS
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

PATH_PREFIX = "/alipay/"
MINI_PROGRAM = "my"
NAMES = tuple(name for name in OPERATIONS if name.startswith("my."))

CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_JSON = {"Content-Type": "application/json; charset=utf-8", **CORS}
_ROWS: Mapping[str, ErrorRow] = {**gateway.ROWS, **ROWS}
_TEXT_CODES = {"param error": "2", "SYSTEM_OUT_ERROR": "3"}  # errors that any call may have, as the text call has them


def matches(request: WireRequest) -> bool:
    """Return whether the path is one of the mini-program calls, and not the gateway's."""
    return request.path.startswith(PATH_PREFIX) or request.path == PATH_PREFIX.rstrip("/")


def serve_static(request: WireRequest, state: State) -> WireResponse | None:
    """Return the answer to a request that is not a call: a browser's OPTIONS, a file of the shim, an unknown path.

    Return None for a call, and for a request to the gateway.
    """
    if not matches(request):
        return None
    if request.method == "OPTIONS":
        return WireResponse(204, _PREFLIGHT, b"")
    name = request.path.removeprefix(PATH_PREFIX)
    if name in shim.FILES and request.method in ("GET", "HEAD"):
        kind = "text/plain" if ".d." in name else "text/javascript"
        return WireResponse(200, {"Content-Type": f"{kind}; charset=utf-8", **CORS}, _render_file(name, request, state))
    if name in NAMES:
        return None
    message = (
        f"Nothing is emulated at {request.path[:80]}; under {PATH_PREFIX} there are {', '.join((*NAMES, *shim.FILES))}."
    )
    return WireResponse(404, _JSON, encode_json({"error": message}))


def _render_file(name: str, request: WireRequest, state: State) -> bytes:
    """Return a file of the shim, set to this server's address and to the type of its error codes."""
    error_type = str(state.settings.quirks["alipay.error_type"])
    return shim.render_file(name, f"http://{request.headers.get('Host', '')}", error_type).encode()


def decode(request: WireRequest, state: State) -> Call:
    """Read a call. A body that is not JSON becomes the text that came, which the schema refuses."""
    params = _parse_params(request.body)
    if isinstance(params, dict) and "biz_context" in params and state.settings.quirks["alipay.snake_case"]:
        params = {"bizContext": params["biz_context"], **params}
    named = (value for name, value in parse_pairs(request.query, "replace") if name == "account" and value)
    given = next(named, "")
    return Call(request.path.removeprefix(PATH_PREFIX), params, {"account": given}, via=MINI_PROGRAM)


def _parse_params(body: bytes) -> Any:
    try:
        params = orjson.loads(body) if body.strip() else {}
        return orjson.loads(params) if isinstance(params, str) else params  # some my.request encode a text once more
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def encode(body: Body) -> WireResponse:
    """Return the answer that `success` gets."""
    return WireResponse(200, _JSON, encode_json(body))


def refuse(request: WireRequest, refusal: Refusal, state: State) -> WireResponse:
    """Return the answer that `fail` gets.

    The pages of the image calls name the code errorCode; the typings and the text call name it error.
    """
    name = request.path.removeprefix(PATH_PREFIX)
    code = _TEXT_CODES.get(refusal.code, refusal.code) if name == TEXT else refusal.code
    rendered = render(find_row(refusal, _ROWS) if code == refusal.code else _ROWS[code], refusal)
    as_number = state.settings.quirks["alipay.error_type"] == "number" and rendered.code.isdecimal()
    body = {"error": int(rendered.code) if as_number else rendered.code, "errorMessage": rendered.message}
    if name != TEXT:
        body = {"errorCode": rendered.code, **body}
    return WireResponse(max(rendered.status, 400), _JSON, encode_json(body))
