"""The shape of the control API: a request, an endpoint with its route, and what it answers."""

import asyncio
import codecs
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from emulator.documents import Document, parse_json, parse_yaml
from emulator.problems import format_choices
from emulator.resources.garbage import pause_garbage_collection
from emulator.schemas import load_schema
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.store import Change
from emulator.types import Problem, Problems

PREFIX = "/_emulator/"
YAML = "application/yaml"
_LARGE = 64 * 1024  # bytes of JSON that are read in a thread

_Read = TypeVar("_Read")


class NotFound(Exception):
    """Raised when nothing has the name that was asked for; answered with 404."""

    def __init__(self, missing: str, name: str, hint: str = "") -> None:
        """Word the answer: what is `missing`, the start of its name, and a hint."""
        super().__init__(f"{missing} {name[:80]!r}{hint}")


class ControlRequest:
    """One request to the control API.

    path_values: The segments of the path that its route names.
    query: The query parameters.
    body: The body as it came.
    state: The state of the server.
    media_type: What the body is said to be.
    """

    def __init__(
        self,
        path_values: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes,
        state: State,
        media_type: str = "",
    ) -> None:
        self.path_values = path_values
        self.query = query
        self.body = body
        self.state = state
        self.media_type = media_type

    async def parse_json(self) -> Any:
        """Return the body, read as JSON whatever its type, so that `curl -d` works; raises Problems."""
        return await self._parse_body(parse_json)

    async def parse_form(self, schema: str, *, is_required: bool = False) -> Any:
        """Return the body as JSON that fits a schema; no body is an empty object, unless it is required.

        Raises Problems.
        """
        form = await self.parse_json() if is_required or self.body.strip() else {}
        if problems := load_schema(schema).find_problems(form):
            raise Problems(problems)
        return form

    @property
    def is_yaml(self) -> bool:
        """Return whether the body is YAML: its type says so, or it begins with neither `{` nor `[`."""
        begin = self.body.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
        return "yaml" in self.media_type.lower() or begin not in (b"", b"{", b"[")

    async def parse_document(self) -> Document:
        """Return the body, read as JSON or YAML; of YAML with the line of everything. Raises Problems."""
        return await self._parse_body(_parse_yaml_document if self.is_yaml else _parse_json_document)

    async def _parse_body(self, parse: Callable[[str], _Read]) -> _Read:
        if len(self.body) < _LARGE:
            return self._parse_at_once(parse)
        return await asyncio.to_thread(self._parse_at_once, parse)

    def _parse_at_once(self, parse: Callable[[str], _Read]) -> _Read:
        try:
            return parse(self.body.decode())
        except UnicodeDecodeError as error:
            raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not")]) from None

    def parse_choice(self, name: str, choices: Sequence[str]) -> str:
        """Return the value of a parameter that is one of `choices`, the first without it; raises Problems."""
        value = self.query.get(name, choices[0])
        if value not in choices:
            raise Problems([Problem(f"?{name}", format_choices(value[:80], choices), value[:80])])
        return value

    def find_account(self) -> Account | None:
        """Return the account named by `?account=`, None without it; raises NotFound."""
        name = self.query.get("account")
        if name is None:
            return None
        account = self.state.accounts.find(name)
        if account is None:
            raise NotFound("no account has the id, name or credential", name)
        return account

    def is_visible(self, owner: str | None) -> bool:
        """Return whether the request may see a thing of this account, or of all accounts (None); raises NotFound."""
        account = self.find_account()
        return account is None or owner in (None, account.id)


def _parse_json_document(text: str) -> Document:
    return Document(parse_json(text), lambda _steps: 0, "")


def _parse_yaml_document(text: str) -> Document:
    if len(text) < _LARGE:
        return parse_yaml(text)
    with pause_garbage_collection():
        return parse_yaml(text)


class Listing(NamedTuple):
    """A long answer, of which each item is made and written when its turn comes.

    items: What is listed.
    total: The number of items that match, which is written behind them; None when nobody counted.
    bare: Whether the list stands alone, without an object around it.
    """

    items: Iterable[Any]
    total: int | None = None
    bare: bool = False


class Reply(NamedTuple):
    """What an endpoint answers.

    body: JSON, a Listing, or bytes of another media type.
    status: The HTTP status.
    media_type: What the body is.
    changes: What lasts after the request, each with its account.
    """

    body: Any
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    changes: Sequence[tuple[Account, Change]] = ()


class Route(NamedTuple):
    """A method and a path, what answers there, and how `openapi.json` describes it.

    Every route takes `?account=`, and may also answer 400, 403 and 404.

    method: The HTTP method.
    path: The path below /_emulator/; `{id}` names a segment.
    endpoint: What answers a ControlRequest, a coroutine function or a plain one. It may raise Problems (400), NotFound
        (404) and Conflict (409).
    filters: Its query parameters beside `account`.
    body: The name of its body's schema under schemas/emulator/, and behind `#` a part of that; `acme/key` is the
        schema of a provider.
    answers: For each status the name of the answer in schemas/emulator/answers.json, or its media type, or both with a
        blank between them; `acme/Key` is in the provider's own answers.json.
    yaml: Whether the body may be YAML as well.
    open: Whether it answers without a token, and whatever account is named.
    is_fetchable: Whether the emulator itself may fetch it, as it may never fetch another.
    any_host: Whether it answers under whatever name this machine is called by.
    silent: Whether the log has no line about it, although its method is not GET.
    operation_id: Its name for programs that generate clients; it never changes.
    """

    method: str
    path: str
    endpoint: Callable[[Any], Reply | Awaitable[Reply]]
    filters: Iterable[str] = ()
    body: str = ""
    answers: Mapping[int, str] = {200: "Anything"}
    yaml: bool = False
    open: bool = False
    is_fetchable: bool = False
    any_host: bool = False
    silent: bool = False
    operation_id: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return what its query may hold."""
        return ("account", *self.filters)
