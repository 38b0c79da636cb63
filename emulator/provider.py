"""The shape of a provider and of an operation: tables of functions, no classes to inherit from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emulator.config.model import Pace, Quirk, Settings
from emulator.error_types import ErrorRow, MakeRow, Refusal
from emulator.rules.codes import Table, make_no_row
from emulator.rules.decision import Decisions, Item
from emulator.rules.outcome import Error
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call, WireRequest, WireResponse

Body = dict[str, Any]


class Invocation:
    """What an operation may know of the call it answers: never the web request."""

    def __init__(self, call: Call, account: Account, decisions: Decisions, request_id: str, host: str) -> None:
        self.call = call
        self.account = account
        self.decisions = decisions
        self.request_id = request_id
        self.host = host


class Timeout(NamedTuple):
    """How long the provider lets a check take, in seconds, and the error code of one that takes longer. `source` is in
    the form of those of error rows.
    """

    seconds: float
    code: str
    source: str = ""


class ImageLimits(NamedTuple):
    """Limits of a fetched picture: `size` in bytes, `seconds` to download, `formats` accepted. `unseen` names the
    error code by what went wrong: the reasons of world.outbound, `format`, and `broken`; it is empty where a picture
    that could not be had or read is nothing wrong. `huge` ones, of more than 30 000 pixels a side or 250 million in
    all, are broken unless they are taken. `source` is in the form of those of error rows: one text for all, or one for
    each of the first three.
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

    `subjects` lists the pictures and texts of a call in task order. `perform` makes the body of the answer.
    `check` raises a Refusal for what a schema cannot say. `pictures` are the documented limits of pictures that are
    fetched, None where there are none to fetch. `patience` limits the delays that rules ask for.

    An `asynchronous` one only takes work: it answers at once, and what is decided of its pictures and texts, delays as
    well, shows in the result. The operation that `asks` for the result carries the same subjects, already settled.
    `callbacks` are the modes that it knows: all where results are pushed, `never` where they only may not come.
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
    """Where an operation is called, as `openapi.json` tells it: `query` is what sets those of one path apart, `kind`
    the media type of the body.
    """

    path: str
    query: Mapping[str, str] = {}
    kind: str = "application/json"
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Provider:
    """What differs between providers.

    `doors` are the first segments of the paths it answers at. `decode` reads a request, `caller` tells whose
    credentials it names (and so in whose journal it stands, let in or not), `admit` lets it in or refuses it, `encode`
    and `refuse` write answers. `crash` is the code of a mistake of our own, `unreadable` that of a request that is no
    HTTP or comes too late, `oversize` that of one too large (the same when empty). `aside` answers what is no call at
    all and is not journaled: a file to be served, a browser's OPTIONS. `itemised` tells that each task always answers
    for itself: else a call all of whose tasks failed fails with the code of the first. `place` tells where an operation
    is called; `example` is a call that needs no credentials, as curl takes it behind the URL. `request_id` makes the id
    of one more call of an account. `spend` counts a call that neither `admit` nor its schema refused, where only those
    count toward a quota. `public` is what clients must know of it beside their credentials; the first time it may take
    long, so it is called in a thread, and so is what `prepare` names for a door before the first call there. `always`
    are the headers that every answer to a call has, even a literal one of a rule. `paces` tell by profile how results
    are pushed where nothing is set; a provider without any pushes as the profile says. `make_row` makes the row of an
    error code that is in no table, where a rule writes it out; `numbered` tells that any number can be one, so that a
    magic word may ask for it. `via` names, for a dialect whose errors are met at one of several doors only, that door.
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
        return list(dict.fromkeys(row.code for row in self.rows))

    @property
    def table(self) -> Table:
        """The codes that rules and magic words may ask for."""
        vias = {row.code: self.via[row.dialect] for row in self.rows if row.dialect in self.via}
        return Table(self.codes, self.make_row, self.has_numeric_codes, self.via, vias)

    def find_row(self, code: str, operation: str = "") -> ErrorRow:
        """The row of a code: where two dialects share it, the one of this operation."""
        rows = [row for row in self.rows if row.code == code]
        return next((row for row in rows if operation in row.operations), rows[0])

    def fails_call(self, error: Error, operation: str) -> bool:
        """Whether an error asked for of one picture or text befalls the whole call instead."""
        written = error.written
        row = written.row if written is not None and written.row is not None else self.find_row(error.code, operation)
        return row.scope == "call"
