"""The form of calls and answers: JSON objects."""

import json
from typing import Any

from emulator.encoding.json import encode_json
from emulator.error_types import Refusal
from emulator.errors import find_row, render
from emulator.operation import Body, Endpoint
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

from .errors import ROWS

_PREFIX = "/acme/"
_JSON = {"Content-Type": "application/json"}


def build_endpoint(operation: str) -> Endpoint:
    return Endpoint(f"{_PREFIX}{operation}")


def decode(request: WireRequest, _state: State) -> Call:
    """Read a call. A body that is no JSON becomes None, which the schema refuses once the gate let the call in."""
    common = {"key": request.headers.get("Acme-Key", ""), "signature": request.headers.get("Acme-Signature", "")}
    return Call(request.path.removeprefix(_PREFIX), _parse(request.body), common)


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def encode(_call: Call, body: Body, request_id: str, _state: State) -> WireResponse:
    return WireResponse(200, {**_JSON, "Acme-Request": request_id}, encode_json(body))


def refuse(_request: WireRequest, _call: Call | None, refusal: Refusal, request_id: str, _state: State) -> WireResponse:
    status, code, message = render(find_row(refusal, ROWS), refusal)
    body = {"error": {"code": code, "message": message}}
    return WireResponse(status, {**_JSON, "Acme-Request": request_id}, encode_json(body))
