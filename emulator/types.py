"""The words every room shares: what comes in, what goes out, what can be wrong. Data only."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

Scope = Literal["call", "task"]


# A generated __init__ stays interpreted when this room is compiled, so those of the records of every call are written.


@dataclass(slots=True, init=False)
class WireRequest:
    """One HTTP request as it came: `target` is the raw path and query, `path` also that of a proxy's absolute form.
    `headers` are read without regard to case, `remote` is the address of the caller where it is known.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    remote: str
    path: str = field(init=False)
    query: str = field(init=False)

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes, remote: str = "") -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.remote = remote
        path, _, self.query = target.partition("?")
        self.path = path if path.startswith("/") else f"/{path.partition('://')[2].partition('/')[2]}"


class FaultRequest(NamedTuple):
    """A disturbance asked for on purpose, by name, with its parameters."""

    name: str
    parameters: Mapping[str, Any]


class Disturbance(NamedTuple):
    """A fault on its way to the plane; `sleep` waits on the clock of the account that called."""

    name: str
    parameters: Mapping[str, Any]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(slots=True, init=False)
class WireResponse:
    """One HTTP answer; with `fault`, the plane disturbs its delivery."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    fault: Disturbance | None

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, fault: Disturbance | None = None) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.fault = fault


class Upload(NamedTuple):
    """The files that came with a call, by the name of their part, and what the journal keeps of the body instead."""

    files: Mapping[str, bytes] = {}
    summary: bytes | None = None


_NOTHING = Upload()


class Call:
    """A request after its provider's wire has read it.

    `params` is what the operation's schema checks; `common` holds the provider's common parameters by their
    documented names; `via` tells the door when one operation has several. `to_sign` is what a client should have
    signed, where it takes long to write and the wire did so already. `warnings` tell, in its entry, what a caller would
    not expect of the provider.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - a record
        self,
        operation: str,
        params: Any,
        common: dict[str, str],
        format: str = "JSON",  # noqa: A002 - the word of the providers
        via: str = "https",
        uploaded: Upload = _NOTHING,
        to_sign: str | None = None,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.operation = operation
        self.params = params
        self.common = common
        self.format = format
        self.via = via
        self.upload = uploaded
        self.to_sign = to_sign
        self.warnings = warnings


LANGUAGES: Final = ("en", "zh")  # of what errors mean


class Chinese(NamedTuple):
    """What an error means in Chinese, and what to do about it. `printed` tells that the provider's documents say it in
    these words; else the words are ours.
    """

    meaning: str
    remedy: str = ""
    printed: bool = False


class ErrorRow(NamedTuple):
    """One error of a provider.

    `code` is the provider's own; a dotted part `N` in it stands for the number of the task. `message` is the text on
    the wire; `worded_here` says that the documents give none, so the wording is ours and may be followed by a detail.
    `scope` tells whether the error can befall one task of a call or only the whole call. `operations` is empty when
    every operation of the provider may answer it. `chinese` is what `meaning` says in English, and more. `source` is
    `documented: ...`, `captured: ...` (an answer of the service was seen) or `ours: ...`, and names where or why;
    behind a semicolon there may be another of these.
    """

    code: str
    status: int
    message: str
    meaning: str
    source: str
    scope: Scope = "call"
    worded_here: bool = False
    operations: tuple[str, ...] = ()
    dialect: str = ""
    chinese: Chinese | None = None


class WrittenError(NamedTuple):
    """An error as a rule writes it out: the `form` with its `code` and more, and the `row` of a code that is in no
    table, None for one that is.
    """

    form: Mapping[str, Any]
    row: ErrorRow | None = None

    @property
    def message(self) -> str | None:
        """The text that stands in the place of the row's own, if one is given. Where there is a sub_code, it is its."""
        found: str | None = self.form.get("sub_msg" if "sub_code" in self.form else "message")
        return found

    @property
    def status(self) -> int | None:
        """The HTTP status that stands in the place of the row's own, if one is given."""
        found: int | None = self.form.get("status")
        return found


# Makes the row of a code that is in no table, from the form that a rule gives it and the operations that it is for;
# raises ValueError with what the provider would take instead.
MakeRow = Callable[[Mapping[str, Any], Collection[str]], ErrorRow]


class Refusal(Exception):
    """A documented error, raised by the provider's own code anywhere on the staircase.

    What came and what would be taken instead is told in sentences, and never with a secret: `cause` for the journal
    alone, `detail` also on the wire where the wording is ours. `message` replaces the row's message where the wire has
    several for one code; `n` is the number of the task, counted from 1. `written` is the error as a rule writes it out.
    `patches` are what rules want laid over a verdict that is told by an error code.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        cause: str = "",
        message: str | None = None,
        n: int | None = None,
        written: WrittenError | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.cause = cause
        self.message = message
        self.n = n
        self.written = written
        self.patches: tuple[Any, ...] = ()

    @property
    def explanation(self) -> str:
        """What the journal tells of it."""
        return f"{self.detail} {self.cause}".strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file or body of ours: where (`$.match.url`), what was expected, what came."""

    path: str
    expected: str
    got: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}{': ' if place else ''}{self.path}: expected {self.expected}, got {self.got}"


class Problems(Exception):
    """Everything found wrong with a file, a body or the settings, at once."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found
