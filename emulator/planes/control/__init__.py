"""The knobs: one file each, with a table ROUTES."""

import asyncio
import codecs
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from emulator.documents import Document, parse_json, parse_yaml
from emulator.faults import Fault
from emulator.fixtures import Fixtures
from emulator.problems import choice
from emulator.provider import Provider
from emulator.rulebook import Known
from emulator.vocabulary import Problem, Problems
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.settings import Settings
from emulator.world.verdicts.rulebooks import many_objects

PREFIX = "/_emulator/"
YAML = "application/yaml"
STRANGERS = "null"  # as an account: the calls that name none
_LARGE = 64 * 1024  # bytes of JSON that are read in a thread

_Read = TypeVar("_Read")

log = logging.getLogger("emulator")


class NotFound(Exception):
    """No such thing under that name: 404."""


class Conflict(Exception):
    """What is asked for cannot be done to this thing: 409."""


@dataclass(slots=True)
class House:
    """What the knobs turn. `fixtures` are the folders rules are read from; `initial` the settings of the start;
    `draining` while the server stops; `deeds` are what was done to all accounts and logged.
    """

    world: World
    providers: Mapping[str, Provider]
    faults: Mapping[str, Fault]
    known: Known
    fixtures: Fixtures
    initial: Settings
    started: float
    port: int = 0
    draining: bool = False
    deeds: set[str] = field(default_factory=set)


class Turn(NamedTuple):
    """One control request: names from the path, parameters from the query, the raw body with its media type, and the
    house.
    """

    names: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    house: House
    kind: str = ""

    async def json(self) -> Any:
        """The body, read as JSON whatever its type, so that `curl -d` works; raises Problems."""
        return await self._read(parse_json)

    @property
    def is_yaml(self) -> bool:
        """Whether the body is YAML: its type says so, or it begins as no JSON of ours does."""
        begin = self.body.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        return "yaml" in self.kind.lower() or begin not in (b"", b"{", b"[")

    async def document(self) -> Document:
        """The body, read as what it is, and of YAML where everything stands; raises Problems."""
        return await self._read(_yaml if self.is_yaml else _json)

    async def _read(self, parse: Callable[[str], _Read]) -> _Read:
        return self._parsed(parse) if len(self.body) < _LARGE else await asyncio.to_thread(self._parsed, parse)

    def _parsed(self, parse: Callable[[str], _Read]) -> _Read:
        try:
            return parse(self.body.decode())
        except UnicodeDecodeError as error:
            raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not")]) from None

    def chosen(self, name: str, choices: Sequence[str]) -> str:
        """The value of a parameter that is one of `choices`, the first when it is not given; raises Problems."""
        value = self.query.get(name, choices[0])
        if value not in choices:
            raise Problems([Problem(f"?{name}", choice(value[:80], choices), value[:80])])
        return value

    def account(self) -> Account | None:
        """The account named by `?account=`, None without it; raises NotFound."""
        name = self.query.get("account")
        if name is None:
            return None
        account = self.house.world.accounts.named(name)
        if account is None:
            raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
        return account

    def concerns(self, owner: str | None) -> bool:
        """Whether a thing of this account, or of all (None), is one of the account asked for; raises NotFound."""
        account = self.account()
        return account is None or owner in (None, account.id)

    def touched(self, deed: str) -> list[Account]:
        """Whom a change concerns: the account that is named, else all, which is logged once for each `deed`: it comes
        as a surprise to tests that run side by side.
        """
        account = self.account()
        accounts = [account] if account else list(self.house.world.accounts)
        if len(accounts) > 1 and deed not in self.house.deeds:
            self.house.deeds.add(deed)
            log.warning("%s all %d accounts; ?account= names one", deed, len(accounts))
        return accounts


def _json(text: str) -> Document:
    return Document(parse_json(text), lambda _steps: 0, "")


def _yaml(text: str) -> Document:
    if len(text) < _LARGE:
        return parse_yaml(text)
    with many_objects():
        return parse_yaml(text)


class Listed(NamedTuple):
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
    kind: str = "application/json; charset=utf-8"


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
    turn: Callable[[Turn], Reply | Awaitable[Reply]]
    filters: Iterable[str] = ()
    body: str = ""
    answers: Mapping[int, str] = {200: "Anything"}
    yaml: bool = False
    open: bool = False
    anywhere: bool = False
    silent: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """What its query may hold."""
        return ("account", *self.filters)
