"""Disturbances on purpose: one file, one fault. A fault plays an answer down the line in its own way."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emulator.types import WireResponse


class Line(Protocol):
    """The connection as a fault may use it."""

    async def send(self, response: WireResponse) -> None:
        """The whole answer."""

    async def send_head(self, response: WireResponse) -> None:
        """Status and headers only; the length told is that of the whole body."""

    async def write(self, part: bytes) -> None:
        """Bytes of the body begun; nothing where its method wants none."""

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Waits so many seconds of emulated time."""

    async def wait_for_hangup(self) -> None:
        """Wait until the client hangs up."""

    def close(self) -> None:
        """End the connection in order (FIN)."""

    def reset(self) -> None:
        """End the connection at once (RST)."""


Parameters = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fault:
    """A disturbance by name; `parameters` are those it takes, with their defaults."""

    name: str
    description: str
    play: Callable[[WireResponse, Line, Parameters], Awaitable[None]]
    parameters: Parameters = field(default_factory=dict)
