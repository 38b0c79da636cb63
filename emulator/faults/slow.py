"""slow: the body comes a few bytes at a time."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse

_PARTS_PER_SECOND = 4


async def play(response: WireResponse, line: Line, parameters: Parameters) -> None:
    size = max(1, int(parameters["bytes_per_second"] / _PARTS_PER_SECOND))
    await line.send_head(response)
    for start in range(0, len(response.body), size):
        await line.sleep(size / parameters["bytes_per_second"])
        await line.write(response.body[start : start + size])


FAULT = Fault("slow", "dribbles the body, on the emulator's clock", play, {"bytes_per_second": 100})
