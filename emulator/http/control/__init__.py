"""The knobs: one file each, with a table ROUTES."""

import asyncio
import codecs
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from emulator.config.model import Settings
from emulator.documents import Document, parse_json, parse_yaml
from emulator.faults import Fault
from emulator.problems import format_choices
from emulator.provider import Provider
from emulator.resources.garbage import pause_garbage_collection
from emulator.rules.files import Fixtures
from emulator.rules.parse import RuleNames
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Problem, Problems

PREFIX = "/_emulator/"
YAML = "application/yaml"
UNATTRIBUTED = "null"  # as an account: the calls that name none
_LARGE = 64 * 1024  # bytes of JSON that are read in a thread

_Read = TypeVar("_Read")

log = logging.getLogger("emulator")


class NotFound(Exception):
    """No such thing under that name: 404."""


class Conflict(Exception):
    """What is asked for cannot be done to this thing: 409."""


@dataclass(slots=True)
class App:
    """What the knobs turn. `fixtures` are the folders rules are read from; `initial` the settings of the start;
    `draining` while the server stops; `deeds` are what was done to all accounts and logged.
    """

    state: State
    providers: Mapping[str, Provider]
    faults: Mapping[str, Fault]
    rule_names: RuleNames
    fixtures: Fixtures
    initial_settings: Settings
    started: float
    port: int = 0
    draining: bool = False
    warned_actions: set[str] = field(default_factory=set)


class ControlRequest(NamedTuple):
    """One control request: names from the path, parameters from the query, the raw body with its media type, and the
    house.
    """

    path_values: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    app: App
    media_type: str = ""

    async def parse_json(self) -> Any:
        """The body, read as JSON whatever its type, so that `curl -d` works; raises Problems."""
        return await self._parse_body(parse_json)

    @property
    def is_yaml(self) -> bool:
        """Whether the body is YAML: its type says so, or it begins as no JSON of ours does."""
        begin = self.body.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        return "yaml" in self.media_type.lower() or begin not in (b"", b"{", b"[")

    async def parse_document(self) -> Document:
        """The body, read as what it is, and of YAML where everything stands; raises Problems."""
        return await self._parse_body(_parse_yaml_document if self.is_yaml else _parse_json_document)

    async def _parse_body(self, parse: Callable[[str], _Read]) -> _Read:
        return (
            self._parse_at_once(parse)
            if len(self.body) < _LARGE
            else await asyncio.to_thread(self._parse_at_once, parse)
        )

    def _parse_at_once(self, parse: Callable[[str], _Read]) -> _Read:
        try:
            return parse(self.body.decode())
        except UnicodeDecodeError as error:
            raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not")]) from None

    def parse_choice(self, name: str, choices: Sequence[str]) -> str:
        """The value of a parameter that is one of `choices`, the first when it is not given; raises Problems."""
        value = self.query.get(name, choices[0])
        if value not in choices:
            raise Problems([Problem(f"?{name}", format_choices(value[:80], choices), value[:80])])
        return value

    def find_account(self) -> Account | None:
        """The account named by `?account=`, None without it; raises NotFound."""
        name = self.query.get("account")
        if name is None:
            return None
        account = self.app.state.accounts.find(name)
        if account is None:
            raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
        return account

    def is_visible(self, owner: str | None) -> bool:
        """Whether a thing of this account, or of all (None), is one of the account asked for; raises NotFound."""
        account = self.find_account()
        return account is None or owner in (None, account.id)

    def list_affected_accounts(self, action: str) -> list[Account]:
        """Whom a change concerns: the account that is named, else all, which is logged once for each `deed`: it comes
        as a surprise to tests that run side by side.
        """
        account = self.find_account()
        accounts = [account] if account else list(self.app.state.accounts)
        if len(accounts) > 1 and action not in self.app.warned_actions:
            self.app.warned_actions.add(action)
            log.warning("%s all %d accounts; ?account= names one", action, len(accounts))
        return accounts


def _parse_json_document(text: str) -> Document:
    return Document(parse_json(text), lambda _steps: 0, "")


def _parse_yaml_document(text: str) -> Document:
    if len(text) < _LARGE:
        return parse_yaml(text)
    with pause_garbage_collection():
        return parse_yaml(text)


class Listing(NamedTuple):
    """A long answer: each of `items` is made and written when its turn comes, then `total`, unless nobody counted. A
    `bare` one is the list alone.
    """

    items: Iterable[Any]
    total: int | None = None
    bare: bool = False


class Reply(NamedTuple):
    """JSON, or bytes of another `kind`."""

    body: Any
    status: int = 200
    media_type: str = "application/json; charset=utf-8"


class Route(NamedTuple):
    """A method and a path below /_emulator/ (`{id}` names a segment), its query parameters, and what it does.

    `turn` may be a coroutine function, and may raise Problems (400), NotFound (404) and Conflict (409).

    The rest is for the reader of `openapi.json`: `body` is the name of the body's schema under schemas/emulator/;
    `answers` tells for each status the name of the answer in schemas/emulator/answers.json, or its media type, or both
    with a blank between them. With `yaml`, the body may be that as well.

    Every route takes `?account=`, and may also answer 400, 403 and 404. An `open` one needs no token, and no account
    that it is asked for; an `anywhere` one is told under whatever name this machine is called by. A
    `silent` one is no change to be told of, although it is no GET: it only asks, or tells of itself.
    """

    method: str
    path: str
    endpoint: Callable[[ControlRequest], Reply | Awaitable[Reply]]
    filters: Iterable[str] = ()
    body: str = ""
    answers: Mapping[int, str] = {200: "Anything"}
    yaml: bool = False
    open: bool = False
    any_host: bool = False
    silent: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """What its query may hold."""
        return ("account", *self.filters)
