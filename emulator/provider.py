"""The shape of a provider: tables of functions and data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.admission import Admission
from emulator.config.model import Pace, Settings
from emulator.config.provided import OwnSettings, Quirk, Wait
from emulator.control import Route
from emulator.error_types import Refusal
from emulator.errors import Errors
from emulator.lint import LintCheck
from emulator.operation import Body, Endpoint, Operation
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.credentials import CredentialKind
from emulator.state.journal import Entry
from emulator.state.store import Claim
from emulator.types import Call, WireRequest, WireResponse


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """The form of requests and answers.

    path_prefixes: The first segments of the paths that belong to the provider.
    decode: Read a request. Raises Refusal.
    encode: Write an answer.
    refuse: Write a refusal; the call is None where it could not be read.
    default_headers: Return the headers of every answer to a call, also of a literal one.
    make_request_id: Make the id of one more call.
    endpoint: Return where an operation is called, as `openapi.json` describes it.
    static: Answer requests that are not API calls (shim files, CORS preflight). They are not journaled.
    prepare: For a path prefix, what has to be called in a thread before the first call there.
    """

    path_prefixes: tuple[str, ...]
    decode: Callable[[WireRequest, State], Call]
    encode: Callable[[Call, Body, str, State], WireResponse]
    refuse: Callable[[WireRequest, Call | None, Refusal, str, State], WireResponse]
    default_headers: Callable[[Call], Mapping[str, str]] = lambda _call: {}
    make_request_id: Callable[[Account, State], str] = lambda _account, state: state.ids.make_request_id()
    endpoint: Callable[[str], Endpoint] | None = None
    static: Callable[[WireRequest, State], WireResponse | None] | None = None
    prepare: Mapping[str, Callable[[Settings], object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Who may call.

    admit: Let a call in, or refuse it. Raises Refusal where nothing is claimed before.
    identify: Return the account that a call names, let in or not; its journal holds the call.
    claim_quota: Return what a call uses up once it is valid. Providers that count every request claim it in `admit`.
    """

    admit: Callable[[WireRequest, Call, State], Admission]
    identify: Callable[[Call, State], Account | None] = lambda _call, _state: None
    claim_quota: Callable[[Call, Account], Sequence[Claim]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """What differs between providers: seven fields, and powers that most do without.

    name: As rules and the journal name it.
    wire: The form of requests and answers.
    gate: Who may call.
    errors: The documented errors.
    operations: Its operations, by name.
    credentials: The kind of credentials that calls carry. Providers of one vendor may share it.
    limits: The documented quotas by name; False where none is documented.
    hosts: The real names at which its service answers; a label `*` stands for any one label.
    quirks: The choices where documents contradict each other or the wire.
    waits: The waits that the settings may change, by name.
    own_settings: The section of the settings that it has to itself.
    per_item_errors: Whether each item always answers for itself. If not, a call whose items all failed is refused as a
        whole, with the first item's code.
    paces: How results are pushed where the settings do not say, by profile.
    client_info: Return what clients need to know beside their credentials. It may take long the first time.
    secret_names: Endings of the names of secrets in its calls, which are masked beside those that any call may have.
    control_routes: Its own endpoints of the control API. Providers of one vendor may share them.
    render_shim: Return the files of a shim by name, for clients that have no address to set. Takes the address of the
        emulator; raises ValueError for a text that is none.
    example: A call that needs no credentials, as curl takes it behind the URL.
    lint: The checks for bad habits of its clients. Services of one vendor may share some.
    count_units: Return how many scenes a call with so many pictures asked for, and how many units it costs. None where
        there are no scenes, and a picture is a unit.
    kept_types: The named tuples among the values that it keeps and what signs its pushes, by words that never change:
        a state in a file has them.
    find_task_ids: Return the ids of the tasks that the body of an answer names; None where no answer names any.
    """

    name: str
    wire: Wire
    gate: Gate
    errors: Errors
    operations: Mapping[str, Operation]
    credentials: CredentialKind[Any]
    limits: Mapping[str, int]
    hosts: tuple[str, ...] = ()
    quirks: tuple[Quirk, ...] = ()
    waits: Mapping[str, Wait] = field(default_factory=dict)
    own_settings: OwnSettings | None = None
    per_item_errors: bool = False
    paces: Mapping[str, Pace] = field(default_factory=dict)
    client_info: Callable[[Settings], Mapping[str, str]] = lambda _settings: {}
    secret_names: tuple[str, ...] = ()
    control_routes: tuple[Route, ...] = ()
    render_shim: Callable[[str], Mapping[str, str]] | None = None
    example: str = ""
    lint: tuple[LintCheck, ...] = ()
    count_units: Callable[[Entry, int], tuple[int, int]] | None = None
    find_task_ids: Callable[[bytes], Iterable[str]] | None = None
    kept_types: Mapping[str, type] = field(default_factory=dict)

    @property
    def pushes(self) -> bool:
        """Return whether it pushes results: whether a callback of its can come late."""
        return any("late" in modes for modes in self.callback_modes.values())

    @property
    def callback_modes(self) -> Mapping[str, Sequence[str]]:
        """Return the modes of callbacks that each operation knows."""
        return {name: operation.callback_modes for name, operation in self.operations.items()}
