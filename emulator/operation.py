"""The shape of an operation: plain functions over plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.rules.decision import Decisions, Item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Change, Claim
from emulator.types import Call

Body = dict[str, Any]


class Answer(NamedTuple):
    """What an operation answers: the body, and what lasts after the call."""

    body: Body
    changes: Sequence[Change] = ()


class Invocation:
    """What an operation may know of the call it answers: plain data, never the web request.

    call: The call as it was read.
    account: Who calls.
    decisions: What was decided about the call and its items.
    request_id: The id that the answer carries; an operation may replace it.
    host: The host that was called, with its port.
    """

    def __init__(self, call: Call, account: Account, decisions: Decisions, request_id: str, host: str) -> None:
        self.call = call
        self.account = account
        self.decisions = decisions
        self.request_id = request_id
        self.host = host


class Timeout(NamedTuple):
    """How long the provider lets a check take.

    seconds: The limit.
    code: The error code of a check that takes longer.
    source: What the limit rests on, in the form of `ErrorRow.source`.
    """

    seconds: float
    code: str
    source: str = ""


class ImageLimits(NamedTuple):
    """The documented limits of pictures that are fetched.

    size: Bytes.
    seconds: For the whole download.
    formats: The formats that are accepted.
    error_codes: The error code by what goes wrong: a reason of `net.egress`, `format` or `broken`. Empty where such a
        picture is no error.
    huge: Whether pictures of more than 30 000 pixels a side, or 250 million in all, are accepted; else they are broken.
    source: What the limits rest on, in the form of `ErrorRow.source`: one text for all, or one for each of the first
        three.
    """

    size: int
    seconds: float
    formats: frozenset[str]
    error_codes: Mapping[str, str]
    huge: bool = True
    source: str | Mapping[str, str] = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation.

    name: As the documents write it.
    items: List the pictures and texts of a call, in the order of its tasks.
    perform: Make the body of the answer; with it, an `Answer` says what lasts.
    fetch: List the keys of what earlier calls left; the values are in `fetched` of the call.
    claim: List what a valid call uses up.
    check: Raise Refusal for what a schema cannot say.
    image_limits: The limits of pictures that are fetched; None where there are none to fetch.
    timeout: What caps the delays that rules ask for.
    asynchronous: Whether it only takes work. It then answers at once, and what is decided about its items, delays as
        well, shows in the result.
    polls: Whether it reads the result of an earlier call. Its items then carry that call's decision.
    callback_modes: The modes of callbacks that it knows: all where results are pushed, `never` where they may only be
        held back.
    """

    name: str
    items: Callable[[Call, Account, State], list[Item]]
    perform: Callable[[Invocation, State], Body | Answer]
    check: Callable[[Call, State], None] = lambda _call, _state: None
    fetch: Callable[[Call], Sequence[str]] | None = None
    claim: Callable[[Call, Account], Sequence[Claim]] | None = None
    image_limits: ImageLimits | None = None
    timeout: Timeout | None = None
    asynchronous: bool = False
    polls: bool = False
    callback_modes: Sequence[str] = ()


class Endpoint(NamedTuple):
    """Where an operation is called, as `openapi.json` describes it.

    path: The path.
    query: The query parameters that tell operations of one path apart.
    media_type: What the body is.
    method: The HTTP method.
    """

    path: str
    query: Mapping[str, str] = {}
    media_type: str = "application/json"
    method: str = "POST"
