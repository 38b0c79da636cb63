"""Which of the two dialects a request speaks: that of the mini-program calls, or that of the OpenAPI gateway."""

from emulator.provider import Body
from emulator.providers.alipay import gateway, my
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import State


def decode(request: WireRequest, state: State) -> Call:
    return my.decode(request, state) if my.matches(request) else gateway.decode(request, state)


def encode(call: Call, body: Body, request_id: str, state: State) -> WireResponse:
    return my.encode(body) if call.via == my.VIA else gateway.encode(call, body, request_id, state)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    if my.matches(request):
        return my.refuse(request, refusal, state)
    return gateway.refuse(request, call, refusal, request_id, state)
