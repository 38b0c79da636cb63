"""The answer to a cloud call: the API's JSON inside protobuf, a code of the platform, or an error of the gateway.

The SDK knows the gateway's error by its Content-Type, exactly `application/json; charset=utf-8`.
"""

from collections.abc import Mapping
from typing import Any

from emulator.encoding.json import encode_json
from emulator.error_types import Refusal
from emulator.errors import find_row, render
from emulator.operation import Body
from emulator.providers.wechat import errors
from emulator.providers.wechat.errors import PLATFORM_PREFIX, ROWS
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

_UNSIGNED = "SIGN_PARAM_INVALID"

# The gateway's names for these codes. wx-server-sdk turns a name into its code, and any other name into the first code.
# INVALIID is spelt so.
_GATEWAY: Mapping[str, str] = {
    "-501001": "SYS_ERR",
    "-501002": "SERVER_TIMEOUT",
    "-501003": "EXCEED_REQUEST_LIMIT",
    "-501004": "EXCEED_CONCURRENT_REQUEST_LIMIT",
    "-501005": "INVALIID_ENV",
    "-501007": "INVALID_PARAM",
}


def encode(_call: Call, body: Body, _request_id: str, _state: State) -> WireResponse:
    """Return the answer of an operation."""
    return _encode_api_answer(body)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, _state: State) -> WireResponse:
    """Return a refusal in the form of the side that refuses: gateway, platform, or the API itself."""
    rendered = render(find_row(refusal, ROWS), refusal)
    if rendered.code in _GATEWAY:
        is_unsigned = call is not None and "authorization" not in call.common
        error = {"code": _UNSIGNED if is_unsigned else _GATEWAY[rendered.code], "message": rendered.message}
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return WireResponse(200, headers, encode_json({**error, "requestId": request_id}))
    if rendered.code.startswith(PLATFORM_PREFIX):
        return _encode_protobuf(errorCode=int(rendered.code))
    return _encode_api_answer(errors.build_body(refusal, request, request_id))


def _encode_api_answer(body: Body) -> WireResponse:
    return _encode_protobuf(respData=encode_json(body), contentType="application/json; encoding=utf-8", httpCode=200)


def _encode_protobuf(**fields: Any) -> WireResponse:
    from emulator.providers.wechat.cloud import messages

    return WireResponse(200, {"Content-Type": "application/octet-stream"}, messages.encode_response(**fields))
