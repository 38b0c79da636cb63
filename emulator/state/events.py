"""Events: what happens in the house, told at once to everybody who listens."""

from collections.abc import Callable
from typing import NamedTuple

from emulator.rules.files import RulesReloaded
from emulator.state.callbacks.callback import Attempt
from emulator.state.journal import Entry

BODY_LIMIT = 2000  # bytes of a control request that are told


class UnhandledRequest(NamedTuple):
    """A request that comes to no operation, and into no journal, for this reason."""

    method: str
    target: str
    status: int
    why: str


class CallbackAttempted(NamedTuple):
    """One attempt to push a result, the `number`-th of its callback."""

    account: str
    callback: str
    url: str
    number: int
    attempt: Attempt


class ControlChanged(NamedTuple):
    """The control plane did what it was asked for; `account` is as the query names it, `body` the beginning of it."""

    account: str | None
    method: str
    path: str
    status: int
    body: bytes


Event = Entry | UnhandledRequest | CallbackAttempted | RulesReloaded | ControlChanged
Listener = Callable[[Event], None]


class Events:
    """Tells each event to all `listeners`, in the order in which they came; a call (Entry) once it is journaled.

    A listener takes an event within microseconds, on the loop's thread or another, and never raises.
    """

    def __init__(self) -> None:
        self.listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> None:
        self.listeners = (*self.listeners, listener)

    def publish(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)
