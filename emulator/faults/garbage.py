"""garbage: the documented status and headers, and a body that is neither JSON nor XML."""

from dataclasses import replace

from emulator.faults import Fault, Line, Parameters
from emulator.vocabulary import WireResponse


async def play(response: WireResponse, line: Line, _parameters: Parameters) -> None:
    # Inverted bytes: never ASCII, so never the start of a document, and the same for the same answer.
    await line.send(replace(response, body=bytes(byte ^ 0xFF for byte in response.body) or b"\xff"))


FAULT = Fault("garbage", "answers with the right status and headers but unreadable bytes", play)
