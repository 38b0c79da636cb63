"""The types that every module shares: what comes in, what goes out, and what can be wrong. Data only."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# A generated __init__ stays interpreted when this module is compiled. So the records of every call have written ones.


@dataclass(slots=True, init=False)
class WireRequest:
    """One HTTP request as it came.

    method: The HTTP method.
    target: The raw path and query.
    headers: The headers; they are read without regard to case.
    body: The bytes of the body.
    remote: The address of the caller; empty where it is not known.
    path: The raw path, also of a target that is an absolute URL, as clients send it to a proxy.
    query: The raw query, without the question mark.
    host: The host that it names, with its port: that of such a URL, else that of the header Host; empty without one.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    remote: str
    path: str = field(init=False)
    query: str = field(init=False)
    host: str = field(init=False)

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes, remote: str = "") -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.remote = remote
        path, _, self.query = target.partition("?")
        if path.startswith("/"):
            self.path, self.host = path, headers.get("Host", "")
        else:
            self.host, _, rest = path.partition("://")[2].partition("/")
            self.path = f"/{rest}"


class FaultRequest(NamedTuple):
    """A fault that was asked for on purpose, by name, with its parameters."""

    name: str
    parameters: Mapping[str, Any]


class Disturbance(NamedTuple):
    """A fault that the HTTP side carries out. `sleep` waits on the clock of the account that called."""

    name: str
    parameters: Mapping[str, Any]
    sleep: Callable[[float], Awaitable[None]]


@dataclass(slots=True, init=False)
class WireResponse:
    """One HTTP answer.

    status: The status.
    headers: The headers.
    body: The bytes of the body.
    fault: The fault with which the HTTP side disturbs the delivery; None for no disturbance.
    """

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
    """The `files` that came with a call, by the name of their part, and the `summary` that the journal keeps of the
    body.
    """

    files: Mapping[str, bytes] = {}
    summary: bytes | None = None


_NOTHING = Upload()
_NOTHING_FETCHED: Mapping[str, Any] = {}


class Call:
    """A request, after the wire of its provider has read it.

    operation: The operation that it calls.
    params: What the schema of the operation checks.
    common: The common parameters of the provider by their documented names.
    format: The format of the answer.
    via: The way in, for an operation that has several.
    upload: The files that came with it.
    to_sign: What the client should have signed, if the wire already wrote it, as that takes long.
    warnings: What a caller would not expect of the provider; shown in the journal entry.
    fetched: What earlier calls left for this one, by key, if its operation asks for it.
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
        self.fetched: Mapping[str, Any] = _NOTHING_FETCHED


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file or body that is written for the emulator.

    path: Where it is, such as `$.match.url`.
    expected: What is accepted there.
    got: What was there.
    file: The file or other source; empty for a body.
    line: The line in the file, from 1; 0 if it is not known.
    """

    path: str
    expected: str
    got: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}{': ' if place else ''}{self.path}: expected {self.expected}, got {self.got}"


class Problems(Exception):
    """All mistakes that were found in a file, a body or the settings."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.found = found
