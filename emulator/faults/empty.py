"""empty: the documented status and headers, and no body."""

from dataclasses import replace

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse


async def play(response: WireResponse, line: Line, _parameters: Parameters) -> None:
    await line.send(replace(response, body=b""))


FAULT = Fault("empty", "answers with the right status and headers but no body", play)
