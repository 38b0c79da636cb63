"""The shape of a provider and of an operation: tables of functions, no classes to inherit from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from emulator.config.model import Pace, Quirk, SettingNames, Settings
from emulator.error_types import ErrorRow, MakeRow, Refusal
from emulator.rules.codes import Table, make_no_row
from emulator.rules.decision import Decisions, Item
from emulator.rules.outcome import Error
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest, WireResponse

Body = dict[str, Any]


class Invocation:
    """What an operation may know of the call it answers: plain data, never the web request.

    call: The call as it was read.
    account: Who calls.
    decisions: What was decided about the call and its items.
    request_id: The id that the answer carries; an operation may replace it.
    host: The header Host, as it came.
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
    perform: Make the body of the answer.
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
    perform: Callable[[Invocation, State], Body]
    check: Callable[[Call, State], None] = lambda _call, _state: None
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


@dataclass(frozen=True, slots=True)
class Provider:
    """What differs between providers: data, and functions that the pipeline calls.

    name: As rules and the journal name it.
    path_prefixes: The first segments of the paths that it answers at.
    operations: Its operations, by name.
    rows: Its errors.
    decode: Read a request. Raises Refusal.
    admit: Let a call in, and return its account. Raises Refusal.
    encode: Write an answer.
    refuse: Write a refusal; the call is None where it could not be read.
    internal_error: The code that answers an unhandled exception.
    unreadable: The code that answers a request that is no HTTP, or comes too late.
    oversize: The code that answers a request that is too large; `unreadable` when it is empty.
    static: Answer requests that are not API calls (shim files, CORS preflight). They are not journaled.
    quirks: The choices where documents contradict each other or the wire.
    per_item_errors: Whether each item always answers for itself. If not, a call whose items all failed is refused as a
        whole, with the first item's code.
    default_headers: Return the headers of every answer to a call, also of a literal one.
    identify: Return the account that a call names, let in or not; its journal holds the call.
    endpoint: Return where an operation is called.
    example: A call that needs no credentials, as curl takes it behind the URL.
    client_info: Return what clients need to know beside their credentials. It may take long the first time.
    prepare: For a path prefix, what has to be called in a thread before the first call there.
    paces: How results are pushed where the settings do not say, by profile.
    make_row: Make the row of an error code that is in no table, for a rule that writes it out.
    has_numeric_codes: Whether any number can be an error code, so that a magic word may ask for it.
    count_quota: Count a call after validation. Providers that count every request do it in `admit` instead.
    via: For a dialect whose errors occur at one of several entrances only, that entrance.
    make_request_id: Make the id of one more call.
    """

    name: str
    path_prefixes: tuple[str, ...]
    operations: Mapping[str, Operation]
    rows: tuple[ErrorRow, ...]
    decode: Callable[[WireRequest, State], Call]
    admit: Callable[[WireRequest, Call, State], Account]
    encode: Callable[[Call, Body, str, State], WireResponse]
    refuse: Callable[[WireRequest, Call | None, Refusal, str, State], WireResponse]
    internal_error: str
    unreadable: str
    oversize: str = ""
    static: Callable[[WireRequest, State], WireResponse | None] | None = None
    quirks: tuple[Quirk, ...] = ()
    per_item_errors: bool = False
    default_headers: Callable[[Call], Mapping[str, str]] = lambda _call: {}
    identify: Callable[[Call, State], Account | None] = lambda _call, _state: None
    endpoint: Callable[[str], Endpoint] | None = None
    example: str = ""
    client_info: Callable[[Settings], Mapping[str, str]] = lambda _settings: {}
    prepare: Mapping[str, Callable[[Settings], object]] = field(default_factory=dict)
    paces: Mapping[str, Pace] = field(default_factory=dict)
    make_row: MakeRow = make_no_row
    has_numeric_codes: bool = False
    count_quota: Callable[[Call, Account], None] = lambda _call, _account: None
    via: Mapping[str, str] = field(default_factory=dict)
    make_request_id: Callable[[Account, State], str] = lambda _account, state: state.ids.make_request_id()

    @property
    def codes(self) -> list[str]:
        """Return the codes of its table, each once."""
        return list(dict.fromkeys(row.code for row in self.rows))

    @property
    def table(self) -> Table:
        """Return the codes that rules and magic words may ask for."""
        vias = {row.code: self.via[row.dialect] for row in self.rows if row.dialect in self.via}
        return Table(self.codes, self.make_row, self.has_numeric_codes, self.via, vias)

    def find_row(self, code: str, operation: str = "") -> ErrorRow:
        """Return the row of a code; where two dialects share it, that of this operation."""
        rows = [row for row in self.rows if row.code == code]
        return next((row for row in rows if operation in row.operations), rows[0])

    def fails_call(self, error: Error, operation: str) -> bool:
        """Return whether an error that was decided about one item fails the whole call instead."""
        written = error.written
        row = written.row if written is not None and written.row is not None else self.find_row(error.code, operation)
        return row.scope == "call"


_Admission = TypeVar("_Admission")


def run_checks(checks: Iterable[Callable[[_Admission], None]], admission: _Admission) -> None:
    """Run the checks of a gate in their order; the first that fails raises its Refusal."""
    for check in checks:
        check(admission)


def collect_setting_names(providers: Iterable[Provider]) -> SettingNames:
    """Return what settings may name of these providers."""
    quirks: dict[str, Quirk] = {}
    operations: list[str] = []
    for provider in providers:
        quirks |= {quirk.name: quirk for quirk in provider.quirks}
        operations += provider.operations
    return SettingNames(quirks, tuple(operations))
