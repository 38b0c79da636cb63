"""The connection of one request, as a fault may use it. It does the same with TLS as without."""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.http.connection import Request
from emulator.http.cut import cut
from emulator.http.response import HEAD, HttpResponse
from emulator.types import WireResponse


class HttpLine:
    """The connection of one request, as a fault may use it (`emulator.faults.Line`)."""

    def __init__(self, request: Request, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._request = request
        self.sleep = sleep
        self.response: HttpResponse | None = None

    async def send(self, response: WireResponse) -> None:
        self.response = HttpResponse(response)

    async def send_head(self, response: WireResponse) -> None:
        self.response = HttpResponse(response)
        await self.response.send_head(self._request)

    async def write(self, part: bytes) -> None:
        if self._request.parsed.method != HEAD:
            await self._request.writer.write(part)

    async def wait_for_hangup(self) -> None:
        await asyncio.get_running_loop().create_future()  # ended by aiohttp when the client hangs up

    def close(self) -> None:
        if self._request.transport is not None:
            self._request.transport.close()

    def reset(self) -> None:
        if self._request.transport is not None:
            cut(self._request.transport)
