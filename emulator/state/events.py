"""Events: everything that happens in the emulator is passed to all listeners at once."""

from collections.abc import Callable
from typing import NamedTuple

from emulator.rules.files import RulesReloaded
from emulator.state.callbacks.callback import Attempt
from emulator.state.journal import Entry

BODY_LIMIT = 2000  # bytes of the body of a control request that an event has


class UnhandledRequest(NamedTuple):
    """A request that reaches no operation and stands in no journal.

    method: Its HTTP method.
    target: Its path and query.
    status: The HTTP status that it was answered with.
    reason: Why it reached no operation.
    """

    method: str
    target: str
    status: int
    reason: str


class CallbackAttempted(NamedTuple):
    """One attempt to push a result.

    account: The id of the account.
    callback: The id of the callback.
    url: The address that was called.
    number: The number of the attempt; the first of a callback is 1.
    attempt: What came of it.
    """

    account: str
    callback: str
    url: str
    number: int
    attempt: Attempt


class ControlChanged(NamedTuple):
    """A control request that changed something.

    account: The value of `?account=`; None without it.
    method: Its HTTP method.
    path: Its path.
    status: The HTTP status that it was answered with.
    body: The first `BODY_LIMIT` bytes of its body.
    """

    account: str | None
    method: str
    path: str
    status: int
    body: bytes


Event = Entry | UnhandledRequest | CallbackAttempted | RulesReloaded | ControlChanged
Listener = Callable[[Event], None]


class Events:
    """Passes each event to all listeners, in the order in which they were added.

    A call is an event once it is journaled. A listener is called in the thread of the event loop or in another thread.
    It returns within microseconds and never raises.
    """

    def __init__(self) -> None:
        self.listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> None:
        self.listeners = (*self.listeners, listener)

    def publish(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)
