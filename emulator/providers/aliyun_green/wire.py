"""How Green speaks: a path for each operation, JSON in and out; errors of the gateway in JSON or XML."""

from collections.abc import Mapping
from typing import Any

import orjson

from emulator import percent
from emulator.catalogue import draw
from emulator.gateway import neighbours
from emulator.gateway.answers import error, host, response, throttled
from emulator.gateway.checks import from_headers, is_acs3
from emulator.json_text import to_json
from emulator.providers.aliyun_green.errors import ROWS
from emulator.signatures import roa
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.xml import document

DOOR = "/green/"
PRODUCT = "Green"
DEFAULT_HOST = "green.cn-shanghai.aliyuncs.com"


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
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return request.body.decode("utf-8", "replace")


def _format(request: WireRequest) -> str:
    """JSON for all who take it; XML for an Accept such as application/octet-stream, which the SDK sends at times."""
    accept = request.headers.get("Accept", "").lower()
    return "JSON" if not accept or "json" in accept or "*/*" in accept else "XML"


def encode(_call: Call, body: Mapping[str, Any], request_id: str, world: World) -> WireResponse:
    """The answer of an operation: 200, with the envelope it made."""
    return response(200, to_json(body), "JSON", request_id, world)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, world: World) -> WireResponse:
    """A body code in Green's own envelope, or an error in the gateway's form."""
    row = ROWS[refusal.code]
    drawn = draw(row, refusal)
    if row.dialect == "green":
        own = {"code": int(drawn.code), "msg": drawn.message, "requestId": request_id}
        status = int(drawn.code) if world.settings.quirks["green.http_status"] else drawn.status
        return response(status, to_json(own), "JSON", request_id, world)
    product = neighbours.product(call.common.get("Version", ""), PRODUCT) if call else PRODUCT
    body = error(drawn, host(request, DEFAULT_HOST), product, request_id)
    kind = _format(request)
    if kind == "XML":
        del body["Recommend"]
    data = to_json(body) if kind == "JSON" else document("Error", body).encode()
    return throttled(response(drawn.status, data, kind, request_id, world), drawn.code)
