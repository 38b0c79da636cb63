"""html500: the page of a proxy that stands between client and service."""

from emulator.faults import Fault, Line, Parameters
from emulator.types import WireResponse

_PAGE = (
    b"<html><head><title>500 Internal Server Error</title></head><body><h1>500 Internal Server Error</h1></body></html>"
)


async def play(_response: WireResponse, line: Line, _parameters: Parameters) -> None:
    await line.send(WireResponse(500, {"Content-Type": "text/html"}, _PAGE))


FAULT = Fault("html500", "answers 500 with an HTML page instead of the provider's form", play)
