"""What a cloud call is answered: the API's JSON inside protobuf, a code of the platform, or an error of the gateway.

The SDK tells the three apart by Content-Type: exactly `application/json; charset=utf-8` is the gateway's.
"""

from collections.abc import Mapping
from typing import Any

from emulator.catalogue import draw, row_of
from emulator.json_text import to_json
from emulator.provider import Body
from emulator.providers.wechat import errors
from emulator.providers.wechat.errors import PLATFORM, ROWS
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World

_UNSIGNED = "SIGN_PARAM_INVALID"

# The gateway's names, which wx-server-sdk turns into these codes; any other becomes the first. INVALIID is spelt so.
_GATEWAY: Mapping[str, str] = {
    "-501001": "SYS_ERR",
    "-501002": "SERVER_TIMEOUT",
    "-501003": "EXCEED_REQUEST_LIMIT",
    "-501004": "EXCEED_CONCURRENT_REQUEST_LIMIT",
    "-501005": "INVALIID_ENV",
    "-501007": "INVALID_PARAM",
}


def encode(_call: Call, body: Body, _request_id: str, _world: World) -> WireResponse:
    """The answer of an operation."""
    return _api(body)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, _world: World) -> WireResponse:
    """A refusal by whoever refuses: gateway, platform, or the API itself."""
    drawn = draw(row_of(refusal, ROWS), refusal)
    if drawn.status != 200:
        return WireResponse(drawn.status, {"Content-Type": "text/plain"}, b"")
    if drawn.code in _GATEWAY:
        unsigned = call is not None and "authorization" not in call.common
        told = {"code": _UNSIGNED if unsigned else _GATEWAY[drawn.code], "message": drawn.message}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return WireResponse(200, headers, to_json({**told, "requestId": request_id}))
    if drawn.code.startswith(PLATFORM):
        return _protobuf(errorCode=int(drawn.code))
    return _api(errors.body(refusal, request, request_id))


def _api(body: Body) -> WireResponse:
    return _protobuf(respData=to_json(body), contentType="application/json; encoding=utf-8", httpCode=200)


def _protobuf(**fields: Any) -> WireResponse:
    from emulator.providers.wechat.cloud import messages

    return WireResponse(200, {"Content-Type": "application/octet-stream"}, messages.told(**fields))
