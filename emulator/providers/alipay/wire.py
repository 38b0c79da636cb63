"""Which of the two dialects a request speaks: that of the mini-program calls, or that of the OpenAPI gateway."""

from emulator.provider import Body
from emulator.providers.alipay import gateway, my
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World


def decode(request: WireRequest, world: World) -> Call:
    return my.decode(request, world) if my.meant(request) else gateway.decode(request, world)


def encode(call: Call, body: Body, request_id: str, world: World) -> WireResponse:
    return my.encode(body) if call.via == my.VIA else gateway.encode(call, body, request_id, world)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, world: World) -> WireResponse:
    if my.meant(request):
        return my.refuse(request, refusal, world)
    return gateway.refuse(request, call, refusal, request_id, world)
