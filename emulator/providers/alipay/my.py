"""How the mini-program calls speak over HTTP, which is our own form: they are functions of the phone's container.

POST to /alipay/ and the call's name, the call's parameters as JSON; below 400 the body is the object that `success`
would get, from 400 the one for `fail`. Pages of any origin may call.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.catalogue import draw, row_of
from emulator.json_text import to_json
from emulator.percent import pairs
from emulator.provider import Body
from emulator.providers.alipay import gateway, shim
from emulator.providers.alipay.errors import ROWS, TEXT
from emulator.providers.alipay.operations import OPERATIONS
from emulator.vocabulary import Call, ErrorRow, Refusal, WireRequest, WireResponse
from emulator.world import World

DOOR = "/alipay/"
VIA = "my"
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
_IN_TEXT = {"param error": "2", "SYSTEM_OUT_ERROR": "3"}  # what befalls any call, in the codes of the text call


def meant(request: WireRequest) -> bool:
    """Whether it comes to the door of the mini-program calls, and not to the gateway's."""
    return request.path.startswith(DOOR) or request.path == DOOR.rstrip("/")


def aside(request: WireRequest, world: World) -> WireResponse | None:
    """A browser's OPTIONS, the files of the shim, and what is neither they nor a call."""
    if not meant(request):
        return None
    if request.method == "OPTIONS":
        return WireResponse(204, _PREFLIGHT, b"")
    name = request.path.removeprefix(DOOR)
    if name in shim.FILES and request.method in ("GET", "HEAD"):
        kind = "text/plain" if ".d." in name else "text/javascript"
        return WireResponse(200, {"Content-Type": f"{kind}; charset=utf-8", **CORS}, _file(name, request, world))
    if name in NAMES:
        return None
    told = f"Nothing is emulated at {request.path[:80]}; under {DOOR} there are {', '.join((*NAMES, *shim.FILES))}."
    return WireResponse(404, _JSON, to_json({"error": told}))


def _file(name: str, request: WireRequest, world: World) -> bytes:
    """A file of the shim, which then tells its own errors in the type that this server does."""
    error_type = str(world.settings.quirks["alipay.error_type"])
    return shim.text(name, f"http://{request.headers.get('Host', '')}", error_type).encode()


def decode(request: WireRequest, world: World) -> Call:
    """Read a call; a body that is no JSON becomes the text that came, which no schema takes."""
    params = _params(request.body)
    if isinstance(params, dict) and "biz_context" in params and world.settings.quirks["alipay.snake_case"]:
        params = {"bizContext": params["biz_context"], **params}
    named = (value for name, value in pairs(request.query, "replace") if name == "account" and value)
    given = next(named, "")
    return Call(request.path.removeprefix(DOOR), params, {"account": given}, via=VIA)


def _params(body: bytes) -> Any:
    try:
        params = orjson.loads(body) if body.strip() else {}
        return orjson.loads(params) if isinstance(params, str) else params  # some my.request encode a text once more
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def encode(body: Body) -> WireResponse:
    """What `success` gets."""
    return WireResponse(200, _JSON, to_json(body))


def refuse(request: WireRequest, refusal: Refusal, world: World) -> WireResponse:
    """What `fail` gets: the pages of the image calls name the code errorCode, the typings and the text call error."""
    name = request.path.removeprefix(DOOR)
    code = _IN_TEXT.get(refusal.code, refusal.code) if name == TEXT else refusal.code
    drawn = draw(row_of(refusal, _ROWS) if code == refusal.code else _ROWS[code], refusal)
    number = world.settings.quirks["alipay.error_type"] == "number" and drawn.code.isdecimal()
    body = {"error": int(drawn.code) if number else drawn.code, "errorMessage": drawn.message}
    if name != TEXT:
        body = {"errorCode": drawn.code, **body}
    return WireResponse(max(drawn.status, 400), _JSON, to_json(body))
