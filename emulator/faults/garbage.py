"""garbage: the documented status and headers, and a body that is neither JSON nor XML."""

from dataclasses import replace

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse

# Inverted bytes with the highest bit set. They are never ASCII, so they neither begin a document nor make a tag in it.
# The same answer always gives the same bytes.
_INVERTED = bytes(byte ^ 0xFF | 0x80 for byte in range(256))


async def play(response: WireResponse, line: Line, _parameters: Parameters) -> None:
    await line.send(replace(response, body=response.body.translate(_INVERTED) or b"\xff"))


FAULT = Fault("garbage", "answers with the right status and headers but unreadable bytes", play)
