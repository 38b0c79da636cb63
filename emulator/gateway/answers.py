"""How both gateways answer: JSON, XML, the form of errors, the headers."""

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import orjson

from emulator.catalogue import Drawn
from emulator.vocabulary import WireRequest, WireResponse
from emulator.world import World

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE",
    "Access-Control-Allow-Headers": "X-Requested-With, X-Sequence, _aop_secret, _aop_signature, x-acs-action, "
    "x-acs-version, x-acs-date, Content-Type",
    "Access-Control-Max-Age": "172800",
}
_TYPES = {"JSON": "application/json;charset=utf-8", "XML": "text/xml;charset=utf-8"}
_XML_HEAD = "<?xml version='1.0' encoding='UTF-8'?>"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Some clients write the whole URL into Host.
_HOST = re.compile(r"(?:https?://)?([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])")


def host(request: WireRequest, default: str) -> str:
    """The requested host name without port, as HostId shows it."""
    name = _HOST.match(request.headers.get("Host", ""))
    return name[1] if name else default


def error(drawn: Drawn, host_id: str, product: str, request_id: str) -> dict[str, str]:
    """A refusal of the gateway itself."""
    return {
        "RequestId": request_id,
        "HostId": host_id,
        "Code": drawn.code,
        "Message": drawn.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={drawn.code}&product={product}&requestId={request_id}",
    }


def response(status: int, data: bytes, kind: str, request_id: str, world: World) -> WireResponse:
    """Data with the headers that every answer has; `kind` is JSON or XML."""
    headers = {
        "Content-Type": _TYPES[kind],
        **CORS,
        "x-acs-request-id": request_id,
        "x-acs-trace-id": world.identities.trace_id(),
    }
    return WireResponse(status, headers, data)


def to_json(body: Mapping[str, Any]) -> bytes:
    """The body as compact JSON; what is no valid Unicode becomes question marks."""
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate, from a header that was signed or from a rule
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def to_xml(root: str, body: Mapping[str, Any]) -> bytes:
    """The body as XML: list items repeat the name of the list, without a wrapper."""
    return f"{_XML_HEAD}<{root}>{''.join(_elements(body))}</{root}>".encode()


def _elements(body: Mapping[str, Any]) -> list[str]:
    parts = []
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{_content(name, item)}</{name}>")
    return parts


def _content(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value))
    if name == "Recommend":
        return f"<![CDATA[{value}]]>"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return escape(_NOT_XML.sub("\ufffd", str(value)), {"\r": "&#13;"})
