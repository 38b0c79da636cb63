"""How Green speaks: a path for each operation, JSON in and out; errors of the gateway in JSON or XML."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.encoding import percent
from emulator.encoding.json import encode_json
from emulator.error_types import Refusal
from emulator.errors import find_row, render
from emulator.providers.aliyun.gateway import services
from emulator.providers.aliyun.gateway.headers import is_acs3, parse_headers
from emulator.providers.aliyun.gateway.responses import (
    add_throttle_header,
    build_error,
    build_response,
    encode_body,
    read_host,
)
from emulator.providers.aliyun.green.errors import ROWS
from emulator.signatures import roa
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

PATH_PREFIX = "/green/"
PRODUCT = "Green"
DEFAULT_HOST = "green.cn-shanghai.aliyuncs.com"

_HTTP_STATUSES = range(200, 600)  # codes that can be an HTTP status


def decode(request: WireRequest, _state: State) -> Call:
    """Read a call. A body that is not JSON becomes the text that came, which the schema refuses."""
    common = parse_headers(request)
    if not is_acs3(request):
        common["Timestamp"] = request.headers.get("Date", "")
        common["SignatureMethod"] = request.headers.get("x-acs-signature-method", "HMAC-SHA1")
        if parsed := roa.parse_authorization(request.headers.get("Authorization", "")):
            common.update(AccessKeyId=parsed.key, Signature=parsed.signature)
    if request.query.count("&") >= percent.MAX_PAIRS:
        raise Refusal("400", f"There are more than {percent.MAX_PAIRS} parameters.")
    for name, value in percent.parse_pairs(request.query, "replace"):
        if name in ("clientInfo", "ClientInfo"):  # the documents' spelling and the SDK's
            common["ClientInfo"] = value
    return Call(request.path.removeprefix(PATH_PREFIX), _parse_body(request), common, _choose_format(request))


def _parse_body(request: WireRequest) -> Any:
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request.body.decode("utf-8", "replace")


def _choose_format(request: WireRequest) -> str:
    """Return JSON where Accept allows it; XML for others, such as application/octet-stream, which the SDK may send."""
    accept = request.headers.get("Accept", "").lower()
    return "JSON" if not accept or "json" in accept or "*/*" in accept else "XML"


def encode(_call: Call, body: Mapping[str, Any], request_id: str, state: State) -> WireResponse:
    """Return the answer of an operation: HTTP status 200, with the envelope that the operation made."""
    return build_response(200, encode_json(body), "JSON", request_id, state)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    """Return a body code in Green's own envelope, or an error in the gateway's form."""
    row = find_row(refusal, ROWS)
    rendered = render(row, refusal)
    if row.dialect == "green":
        envelope = {"code": int(rendered.code), "msg": rendered.message, "requestId": request_id}
        as_http_status = state.settings.quirks["green.http_status"] and int(rendered.code) in _HTTP_STATUSES
        status = int(rendered.code) if as_http_status else rendered.status
        return build_response(status, encode_json(envelope), "JSON", request_id, state)
    product = services.choose_product(call.common.get("Version", ""), PRODUCT) if call else PRODUCT
    body = build_error(rendered, read_host(request, DEFAULT_HOST), product, request_id)
    kind = _choose_format(request)
    if kind == "XML":
        del body["Recommend"]
    data = encode_body("Error", body, kind)
    return add_throttle_header(build_response(rendered.status, data, kind, request_id, state), rendered.code)
