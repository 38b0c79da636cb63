"""Hands a request to the wire of its dialect: of the mini-program calls, or of the OpenAPI gateway."""

from emulator.error_types import Refusal
from emulator.operation import Body
from emulator.providers.alipay import gateway, mini_program
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse


def decode(request: WireRequest, state: State) -> Call:
    return mini_program.decode(request, state) if mini_program.matches(request) else gateway.decode(request, state)


def encode(call: Call, body: Body, request_id: str, state: State) -> WireResponse:
    return (
        mini_program.encode(body)
        if call.via == mini_program.MINI_PROGRAM
        else gateway.encode(call, body, request_id, state)
    )


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    if mini_program.matches(request):
        return mini_program.refuse(request, refusal, state)
    return gateway.refuse(request, call, refusal, request_id, state)
