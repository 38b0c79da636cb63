"""The cloud call: how wx-server-sdk speaks at /admin."""

from emulator.provider import Body
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World


def decode(_request: WireRequest, _world: World) -> Call:
    """Read a call."""
    raise Refusal("-1")


def encode(_call: Call, _body: Body, _request_id: str, _world: World) -> WireResponse:
    """The answer of an operation."""
    raise Refusal("-1")


def refuse(
    _request: WireRequest, _call: Call | None, _refusal: Refusal, _request_id: str, _world: World
) -> WireResponse:
    """A refusal."""
    return WireResponse(200, {"Content-Type": "application/octet-stream"}, b"")
