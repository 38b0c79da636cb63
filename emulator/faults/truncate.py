"""truncate: the connection ends in the middle of the body."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse


async def play(response: WireResponse, line: Line, _parameters: Parameters) -> None:
    await line.send_head(response)
    await line.write(response.body[: len(response.body) // 2])
    line.close()


FAULT = Fault("truncate", "sends half of the body and closes the connection", play)
