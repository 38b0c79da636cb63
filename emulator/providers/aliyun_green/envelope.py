"""Green's envelope around the items of an answer, and the item of a task that failed."""

from typing import Any

from emulator.catalogue import row_of
from emulator.provider import Body, Visit
from emulator.providers.aliyun_green.errors import ROWS
from emulator.world.verdicts.outcome import Error

Item = dict[str, Any]


def envelope(visit: Visit, data: list[Item] | None = None) -> Body:
    """The whole answer, its keys in the order that the documents print."""
    body: Body = {"code": 200, "msg": "OK", "requestId": visit.request_id}
    return body if data is None else {**body, "data": data}


def failed(error: Error) -> Item:
    """How the item of a task begins that failed with a body code."""
    return {"code": int(error.code), "msg": row_of(error, ROWS).message}
