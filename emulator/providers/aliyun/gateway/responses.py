"""How both gateways answer: the form of errors, and the headers."""

import re
from collections.abc import Mapping
from typing import Any

from emulator.encoding.json import encode_json
from emulator.encoding.xml import encode_xml
from emulator.errors import RenderedError
from emulator.state import State
from emulator.types import WireRequest, WireResponse

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE",
    "Access-Control-Allow-Headers": "X-Requested-With, X-Sequence, _aop_secret, _aop_signature, x-acs-action, "
    "x-acs-version, x-acs-date, Content-Type",
    "Access-Control-Max-Age": "172800",
}
_HEADERS = {
    "JSON": {"Content-Type": "application/json;charset=utf-8", **CORS},
    "XML": {"Content-Type": "text/xml;charset=utf-8", **CORS},
}
# Some clients write the whole URL into Host.
_HOST = re.compile(r"(?:https?://)?([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])")


def read_host(request: WireRequest, default: str) -> str:
    """Return the requested host name without port, as HostId shows it; `default` where there is none."""
    name = _HOST.match(request.host)
    return name[1] if name else default


def build_error(rendered: RenderedError, host_id: str, product: str, request_id: str) -> dict[str, str]:
    """Return the body with which the gateway itself refuses a call."""
    return {
        "RequestId": request_id,
        "HostId": host_id,
        "Code": rendered.code,
        "Message": rendered.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={rendered.code}&product={product}&requestId={request_id}",
    }


def encode_body(root: str, body: Mapping[str, Any], kind: str) -> bytes:
    """Return a body as JSON or, below an element `root`, as XML."""
    return encode_json(body) if kind == "JSON" else encode_xml(root, body, _CDATA).encode()


_CDATA = frozenset({"Recommend"})  # elements whose text captured answers have in CDATA
_THROTTLE_HEADER = {"X-RateLimit-User-API": "Remain:0,TimeLeft:1000"}


def add_throttle_header(response: WireResponse, code: str) -> WireResponse:
    """Return the answer; where it refuses too many calls, with the header that says how many milliseconds to wait.

    The official SDKs of Java, Go and Python read this header. The quotas here are per second, so the wait is 1000 ms.
    """
    if code.startswith("Throttling"):
        response.headers = {**response.headers, **_THROTTLE_HEADER}
    return response


def build_response(status: int, data: bytes, kind: str, request_id: str, state: State) -> WireResponse:
    """Return the answer with this body and the headers that every answer has; `kind` is JSON or XML."""
    trace_id = state.ids.make_trace_id()
    return WireResponse(status, {**_HEADERS[kind], "x-acs-request-id": request_id, "x-acs-trace-id": trace_id}, data)
