"""One callback: what is pushed where, which attempts were made, and when the next attempt is due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlencode

from emulator.encoding.iso8601 import format_iso
from emulator.masking import mask_text

NAME = "callback-"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"

_BY_HAND = 100  # attempts by hand that one callback remembers
_OWN = 1000  # bytes that a callback takes beside its address and body
_ATTEMPT = 250  # bytes that an attempt takes beside its error
# The fields that never change, in the order in which a state keeps them; a new one comes last.
_LASTING = ("task_id", "data_id", "url", "body", "pushes_twice", "content_type", "provider", "sign", "accepted")

CallbackState = Literal["waiting", "delivered", "exhausted", "dropped"]


class SignPush(Protocol):
    """Signs the pushes of one callback. A provider has a named tuple for it, so that a state can keep it."""

    def __call__(self, moment: float, number: int, /) -> Mapping[str, str]:
        """Return the parameters that sign one push, by the moment and number of the attempt."""


class Attempt(NamedTuple):
    """One push of a callback. It has either a status or an error.

    at: When it began, in Unix seconds of the account's clock.
    manual: Whether it was made by hand.
    status: The HTTP status of the answer.
    error: Why there was no answer.
    seconds: How long it took, in real seconds.
    """

    at: float
    manual: bool
    status: int | None
    error: str | None
    seconds: float

    @property
    def size(self) -> int:
        """Return the bytes that it takes in memory, as an estimate."""
        return _ATTEMPT + len(self.error or "")

    def to_dict(self, number: int) -> dict[str, Any]:
        """Return the attempt as `GET callbacks` shows it."""
        return {
            "n": number,
            "at": format_iso(self.at),
            "manual": self.manual,
            "status": self.status,
            "error": self.error,
            "duration_ms": round(self.seconds * 1000, 3),
        }


@dataclass(eq=False, slots=True)
class Callback:
    """One result on its way to its receiver.

    number: Its number, from which its id is made.
    account: The id of its account.
    task_id: The task whose result is pushed.
    data_id: What the client called the content; None when it gave no name.
    url: Where the result is pushed, before it is signed.
    body: What is sent, the same each time.
    pushes_twice: Whether a successful push is made twice on purpose.
    content_type: The media type of the body.
    provider: The provider whose pace it keeps.
    sign: Signs the address anew for each push; None for a provider that does not sign addresses.
    accepted: The bodies one of which the receiver must answer with status 200; empty when any body will do.
    state: What became of it.
    next_at: When the next push is due, in Unix seconds of the account's clock; None when no push will follow.
    planned: Whether the outbox counts it as waiting for a moment to come.
    attempts: The pushes that were made, the oldest first.
    """

    number: int
    account: str
    task_id: str
    data_id: str | None
    url: str
    body: bytes
    pushes_twice: bool
    content_type: str = FORM
    provider: str = ""
    sign: SignPush | None = None
    accepted: frozenset[bytes] = frozenset()
    state: CallbackState = "waiting"
    next_at: float | None = None
    planned: bool = False
    attempts: tuple[Attempt, ...] = ()

    def describe(self) -> tuple[Any, ...]:
        """Return what is kept of it from its beginning: its first fields, and the moment of its first push."""
        return (*(getattr(self, name) for name in _LASTING), self.next_at)

    def describe_progress(self) -> tuple[Any, ...]:
        """Return what became of it: its state, the moment of its next push, and its attempts."""
        return self.state, self.next_at, self.attempts

    @property
    def size(self) -> int:
        """Return the bytes that it takes in memory, as an estimate."""
        return _OWN + len(self.url) + len(self.body) + sum(attempt.size for attempt in self.attempts)

    @property
    def id(self) -> str:
        return f"{NAME}{self.number}"

    @property
    def pushes(self) -> int:
        """Count the attempts that were not made by hand."""
        return sum(not attempt.manual for attempt in self.attempts)

    def is_due(self, moment: float) -> bool:
        """Return whether it waits for a push that is due by a moment."""
        return self.state == "waiting" and self.next_at is not None and self.next_at <= moment

    def sign_url(self, url: str, moment: float) -> str:
        """Return `url` with the signature of the next attempt, which is made at a moment."""
        return self._sign(url, moment, len(self.attempts) + 1)

    def add_attempt(self, attempt: Attempt) -> None:
        """Remember one more attempt. When too many were made by hand, the oldest attempt by hand is forgotten."""
        attempts = [*self.attempts, attempt]
        by_hand = [at for at, each in enumerate(attempts) if each.manual]
        if len(by_hand) > _BY_HAND:
            del attempts[by_hand[0]]
        self.attempts = tuple(attempts)

    def describe_state(self, now: float, frozen: bool) -> str:
        """Return the state, or `held` when it waits for a moment that a frozen clock never reaches."""
        held = frozen and self.state == "waiting" and self.next_at is not None and self.next_at > now
        return "held" if held else self.state

    def to_dict(self, now: float, frozen: bool) -> dict[str, Any]:
        """Return the callback as `GET callbacks` shows it: moments in ISO 8601, the address as called last."""
        return {
            "id": self.id,
            "account": self.account,
            "task_id": self.task_id,
            "data_id": self.data_id,
            "url": mask_text(self._describe_url()),
            "state": self.describe_state(now, frozen),
            "pushes": self.pushes,
            "next_at": None if self.next_at is None else format_iso(self.next_at),
            "attempts": [attempt.to_dict(number) for number, attempt in enumerate(self.attempts, 1)],
            **self._describe_body(),
        }

    def _describe_url(self) -> str:
        """Return the address as it was called last, or else as it will be called next.

        The address of a callback that is never pushed is not signed.
        """
        if self.attempts:
            return self._sign(self.url, self.attempts[-1].at, len(self.attempts))
        return self.url if self.next_at is None else self.sign_url(self.url, self.next_at)

    def _sign(self, url: str, moment: float, number: int) -> str:
        if self.sign is None:
            return url
        address, _, given = url.partition("?")
        return f"{address}?{f'{given}&' if given else ''}{urlencode(self.sign(moment, number))}"

    def _describe_body(self) -> dict[str, Any]:
        """Return the body that is pushed: a form as its pairs, any other body as text."""
        text = self.body.decode("utf-8", "replace")
        if self.content_type == FORM:
            return {"form": {name: mask_text(value) for name, value in parse_qsl(text, keep_blank_values=True)}}
        return {"content_type": self.content_type, "body": text}


def restore_callback(number: int, account: str, kept: Sequence[Any], progress: Sequence[Any] | None = None) -> Callback:
    """Return the callback of what `describe` returned, and `describe_progress` later, if it did."""
    *lasting, first_at = kept
    callback = Callback(number, account, *lasting)
    callback.state, callback.next_at, callback.attempts = progress or ("waiting", first_at, ())
    return callback
