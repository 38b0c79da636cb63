"""Green's envelope around the items of an answer, and the item of a failed task."""

from typing import Any

from emulator.errors import find_row
from emulator.operation import Body, Invocation
from emulator.providers.aliyun.green.errors import ROWS
from emulator.rules.outcome import Error

JsonObject = dict[str, Any]


def build_envelope(invocation: Invocation, data: list[JsonObject] | None = None) -> Body:
    """Return the body of an answer, its keys in the order that the documents print; without `data` where it is None."""
    body: Body = {"code": 200, "msg": "OK", "requestId": invocation.request_id}
    return body if data is None else {**body, "data": data}


def build_failed_item(error: Error) -> JsonObject:
    """Return code and msg of the item of a task that failed with a body code."""
    return {"code": int(error.code), "msg": find_row(error, ROWS).message}
