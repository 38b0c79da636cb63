"""hang: no answer comes, until the client gives up."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse


async def play(_response: WireResponse, line: Line, _parameters: Parameters) -> None:
    await line.wait_for_hangup()


FAULT = Fault("hang", "never answers; the client's own time limit must end it", play)
