"""Faults: disturbances on purpose, one file each. A fault delivers an answer over the line in its own way."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from emulator.types import WireResponse


class Line(Protocol):
    """The connection to the client, as a fault may use it."""

    async def send(self, response: WireResponse) -> None:
        """Send the whole answer."""

    async def send_head(self, response: WireResponse) -> None:
        """Send status and headers only; the stated length is that of the whole body."""

    async def write(self, part: bytes) -> None:
        """Send bytes of the body whose head was sent; send nothing where the method of the call has no body."""

    @property
    def sleep(self) -> Callable[[float], Awaitable[None]]:
        """Return a function that waits so many seconds of emulated time."""

    async def wait_for_hangup(self) -> None:
        """Wait until the client hangs up."""

    def close(self) -> None:
        """End the connection in order (FIN)."""

    def reset(self) -> None:
        """End the connection at once (RST)."""


Parameters = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance.

    name: The name by which rules and magic words ask for it.
    description: What it does, in words for users.
    play: Delivers an answer over a line, with the values of the parameters.
    parameters: The parameters that it takes, with their defaults.
    """

    name: str
    description: str
    play: Callable[[WireResponse, Line, Parameters], Awaitable[None]]
    parameters: Parameters = field(default_factory=dict)
