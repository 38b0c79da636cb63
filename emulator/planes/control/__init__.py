"""The knobs: one file each, with a table ROUTES."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emulator.documents import parse_json
from emulator.faults import Fault
from emulator.fixtures import Fixtures
from emulator.provider import Provider
from emulator.rulebook import Known
from emulator.vocabulary import Problem, Problems
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.settings import Settings

PREFIX = "/_emulator/"
_LARGE = 64 * 1024  # bytes of JSON that are read in a thread

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
    """One control request: names from the path, parameters from the query, the raw body, and the house."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    house: House

    async def json(self) -> Any:
        """The body, read as JSON whatever its type, so that `curl -d` works; raises Problems."""
        return self._read() if len(self.body) < _LARGE else await asyncio.to_thread(self._read)

    def _read(self) -> Any:
        try:
            text = self.body.decode()
        except UnicodeDecodeError as error:
            raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not")]) from None
        return parse_json(text)

    def account(self) -> Account | None:
        """The account named by `?account=`, None without it; raises NotFound."""
        name = self.query.get("account")
        if name is None:
            return None
        account = self.house.world.accounts.named(name)
        if account is None:
            raise NotFound(f"no account has the id, name or credential {name[:80]!r}")
        return account

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


class Listed(NamedTuple):
    """A long answer: each of `items` is made and written when its turn comes, then `total`, unless nobody counted."""

    items: Iterable[Any]
    total: int | None


class Reply(NamedTuple):
    """JSON, or bytes of another `kind`."""

    body: Any
    status: int = 200
    kind: str = "application/json; charset=utf-8"


class Route(NamedTuple):
    """A method and a path below /_emulator/ (`{id}` names a segment), its query parameters, and what it does.

    `turn` may be a coroutine function, and may raise Problems (400), NotFound (404) and Conflict (409).

    The rest is for the reader of `openapi.json`: `body` is the name of the body's schema under schemas/emulator/;
    `answers` tells for each status the name of the answer in schemas/emulator/answers.json, or its media type. Every
    route may also answer 400 and 403, one with `{` in its path or the filter `account` 404. An `open` one needs no
    token. A `silent` one is no change to be told of, although it is no GET: it only asks, or tells of itself.
    """

    method: str
    path: str
    turn: Callable[[Turn], Reply | Awaitable[Reply]]
    filters: Iterable[str] = ()
    body: str = ""
    answers: Mapping[int, str] = {200: "Anything"}
    open: bool = False
    silent: bool = False
