"""close: the connection is ended in order, without an answer."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse


async def play(_response: WireResponse, line: Line, _parameters: Parameters) -> None:
    line.close()


FAULT = Fault("close", "closes the connection (FIN) before any answer", play)
