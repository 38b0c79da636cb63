"""reset: the connection is cut at once, without an answer."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse


async def play(_response: WireResponse, line: Line, _parameters: Parameters) -> None:
    line.reset()


FAULT = Fault("reset", "cuts the connection (RST) before any answer", play)
