"""How Green speaks: a path for each operation, JSON in and out; errors of the gateway in JSON or XML."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator import percent
from emulator.catalogue import draw, row_of
from emulator.gateway.answers import error, host, response
from emulator.gateway.checks import from_headers, is_acs3
from emulator.json_text import to_json
from emulator.providers.aliyun_green.errors import ROWS
from emulator.signatures import roa
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.xml import document

DOOR = "/green/"
DEFAULT_HOST = "green.cn-shanghai.aliyuncs.com"

_HTTP = range(200, 600)  # codes that can be an HTTP status
_DEEPEST = 4  # levels of a request in which a null is as good as nothing


def decode(request: WireRequest, _world: World) -> Call:
    """Read a call; a body that is no JSON becomes the text that came, which no schema takes."""
    common = from_headers(request)
    if not is_acs3(request):
        common["Timestamp"] = request.headers.get("Date", "")
        common["SignatureMethod"] = request.headers.get("x-acs-signature-method", "HMAC-SHA1")
        if parsed := roa.parse(request.headers.get("Authorization", "")):
            common.update(AccessKeyId=parsed.key, Signature=parsed.signature)
    if request.query.count("&") >= percent.MOST:
        raise Refusal("400", f"There are more than {percent.MOST} parameters.")
    for name, value in percent.pairs(request.query, "replace"):
        if name in ("clientInfo", "ClientInfo"):  # the documents write it small, the SDK with a capital
            common["ClientInfo"] = value
    return Call(request.path.removeprefix(DOOR), _body(request), common, _format(request))


def _body(request: WireRequest) -> Any:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request.body.decode("utf-8", "replace")
    return _given(body) if b"null" in request.body else body


def _given(value: Any, depth: int = _DEEPEST) -> Any:
    """The body without the keys whose value is null: many clients write them for what they do not set."""
    if depth and isinstance(value, dict):
        return {key: _given(inner, depth - 1) for key, inner in value.items() if inner is not None}
    if depth and isinstance(value, list):
        return [_given(inner, depth - 1) for inner in value]
    return value


def _format(request: WireRequest) -> str:
    """JSON for all who take it; XML for an Accept such as application/octet-stream, which the SDK sends at times."""
    accept = request.headers.get("Accept", "").lower()
    return "JSON" if not accept or "json" in accept or "*/*" in accept else "XML"


def encode(_call: Call, body: Mapping[str, Any], request_id: str, world: World) -> WireResponse:
    """The answer of an operation: 200, with the envelope it made."""
    return response(200, to_json(body), "JSON", request_id, world)


def refuse(request: WireRequest, _call: Call | None, refusal: Refusal, request_id: str, world: World) -> WireResponse:
    """A body code in Green's own envelope, or an error in the gateway's form."""
    row = row_of(refusal, ROWS)
    drawn = draw(row, refusal)
    if row.dialect == "green":
        own = {"code": int(drawn.code), "msg": drawn.message, "requestId": request_id}
        told_by_http = world.settings.quirks["green.http_status"] and int(drawn.code) in _HTTP
        status = int(drawn.code) if told_by_http else drawn.status
        return response(status, to_json(own), "JSON", request_id, world)
    body = error(drawn, host(request, DEFAULT_HOST), "Green", request_id)
    if _format(request) == "JSON":
        return response(drawn.status, to_json(body), "JSON", request_id, world)
    del body["Recommend"]
    return response(drawn.status, document("Error", body).encode(), "XML", request_id, world)
