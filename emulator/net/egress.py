"""The only place from which the emulator calls other hosts.

The URLs of pictures and callbacks come from outside, so each is checked before a packet leaves: the name in it, and
every address behind that name. The connection then goes to a checked address, not to the result of a second look-up.
aiohttp is imported on first use; most runs never call another host.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from emulator.net.networks import classify, is_address, is_disguised, normalize_host
from emulator.net.resolver import Resolver

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

USER_AGENT = "moderation-emulator"  # sent with every call; the control API refuses it
_CONTROL = "/_emulator/"
_LONGEST = 16 * 1024  # characters of a URL
_LONGEST_WORD = 64  # bytes of an answer that must be one word

Reason = Literal["forbidden", "denied", "unreachable", "missing", "slow", "large", "unwanted"]
Lookup = Callable[[str], Awaitable[Sequence[str]]]

_Taken = TypeVar("_Taken")
ReadAnswer = Callable[["ClientResponse"], Awaitable[_Taken]]


class EgressError(Exception):
    """A call that failed, with its `reason`:

    forbidden: The scheme, name or address is not allowed.
    denied: The status was 401 or 403.
    unreachable: There is no such name, or the connection was refused, cut off, or failed in TLS.
    missing: The status was any other except 200.
    slow: The call took longer than allowed in all.
    large: The body was larger than allowed.
    unwanted: The body must not follow a 200.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail


class Egress:
    """Calls loopback always, private networks when `private`, and public hosts whose name is in `allow`. Never calls
    the control API of an emulator, except by a GET below its `open_paths`.

    `allow` holds exact host names or addresses, or `*.suffix` for the names below a suffix. Metadata services and
    link-local, multicast and reserved addresses are always refused. `lookup` turns a name into addresses. `connections`
    limits the connections at a time, in all and to one host; 0 for no limit.
    """

    def __init__(
        self,
        allow: Sequence[str] = (),
        *,
        private: bool,
        lookup: Lookup | None = None,
        connections: tuple[int, int] = (64, 16),
        open_paths: tuple[str, ...] = (),
    ) -> None:
        self._open_paths = open_paths
        self.allow(allow, private=private)
        self._lookup = lookup or Resolver()
        self._connections = connections
        self._sessions: dict[bool, ClientSession] = {}

    def allow(self, allow: Sequence[str], *, private: bool) -> None:
        """Set what may be called from now on. Calls under way go on."""
        self._names = {normalize_host(name) for name in allow}
        self._suffixes = tuple(name[1:] for name in self._names if name.startswith("*."))
        self._private = private

    def is_allowed(self, host: str, address: str) -> bool:
        """Return whether a URL that names `host` may be answered by the machine at `address`."""
        match classify(address):
            case "loopback":
                return True
            case "private":
                return self._private
            case "public":
                name = normalize_host(host)
                return name in self._names or name.endswith(self._suffixes)
            case "never":
                return False

    async def get(self, url: str, *, limit: int, seconds: float) -> bytes:
        """Return the body behind `url`: at most `limit` bytes, within `seconds` in all. Raises EgressError."""
        return await self._call("GET", url, seconds, partial(_read_body, limit=limit))

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        seconds: float,
        accepted: frozenset[bytes] = frozenset(),
    ) -> int:
        """Return the status with which `url` answers a POST, within `seconds` in all. Raises EgressError.

        The body of the answer is read only if words are `accepted`: then the body of a 200 must be one of them.
        """
        take = partial(_read_acknowledgement, accepted=accepted) if accepted else _read_status
        return await self._call("POST", url, seconds, take, data=body, headers=headers)

    async def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _call(self, method: str, url: str, seconds: float, take: "ReadAnswer[_Taken]", **call: Any) -> _Taken:
        """Return what `take` makes of the answer, without following redirects. Raises EgressError for any failure."""
        try:
            target = self._check_url(url, method)
            async with asyncio.timeout(seconds):
                return await self._send(method, target, take, call)
        except EgressError:
            raise
        except TimeoutError:
            raise EgressError("slow", f"more than {seconds:g} s") from None
        except Exception as error:  # no URL or answer from outside may cause an unhandled exception
            raise EgressError("unreachable", f"{type(error).__name__}: {error}") from error

    async def _send(self, method: str, target: "URL", take: "ReadAnswer[_Taken]", call: Mapping[str, Any]) -> _Taken:
        """Return what `take` makes of the answer.

        A call on a kept connection that was just closed is repeated on a new one.
        """
        from emulator.net.connector import ClosedEarly

        try:
            async with self._open_session(kept=True).request(method, target, allow_redirects=False, **call) as answer:
                return await take(answer)
        except ClosedEarly:
            async with self._open_session(kept=False).request(method, target, allow_redirects=False, **call) as answer:
                return await take(answer)

    def _check_url(self, url: str, method: str) -> "URL":
        """Return `url` as it will be connected to. Raises EgressError if it can be refused before a look-up."""
        from yarl import URL

        if len(url) > _LONGEST:
            raise EgressError("forbidden", f"an address of more than {_LONGEST} characters")
        try:
            target, userinfo = URL(url), "@" in urlsplit(url).netloc
        except ValueError as error:
            raise EgressError("forbidden", f"not a URL: {error}") from error
        host = target.raw_host
        if target.scheme not in ("http", "https") or not host:
            raise EgressError("forbidden", "not an http or https URL with a host")
        if userinfo:
            raise EgressError("forbidden", "a user name in the URL")
        if target.path.startswith(_CONTROL) and not (method == "GET" and target.path.startswith(self._open_paths)):
            raise EgressError("forbidden", "the control plane of an emulator")
        if is_address(host):
            if not self.is_allowed(host, host):
                raise EgressError("forbidden", f"{host} is not allowed")
        elif is_disguised(host):
            raise EgressError("forbidden", f"{host} is an address in disguise")
        return target

    def _open_session(self, *, kept: bool) -> "ClientSession":
        """Return the session that keeps its connections for the next call, or the one that opens one for each call."""
        if kept not in self._sessions:
            from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

            from emulator.net.connector import Connector

            self._sessions[kept] = ClientSession(
                connector=Connector(self._resolve, self._connections, kept=kept),
                cookie_jar=DummyCookieJar(),
                headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
                timeout=ClientTimeout(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._sessions[kept]

    async def _resolve(self, host: str) -> list[str]:
        """Return the addresses of `host` that may be called, at least one. Raises EgressError if there are none."""
        found = await self._lookup(host)
        if not found:
            raise EgressError("unreachable", f"{host} has no address")
        allowed = [address for address in found if self.is_allowed(host, address)]
        if not allowed:
            raise EgressError("forbidden", f"{host} at {', '.join(found)} is not allowed")
        return allowed


async def _read_status(answer: "ClientResponse") -> int:
    return answer.status


async def _read_acknowledgement(answer: "ClientResponse", accepted: frozenset[bytes]) -> int:
    """Return the status. The body of a 200 must be an accepted word; blanks around it do not count."""
    if answer.status == 200:
        body = bytearray()
        while len(body) < _LONGEST_WORD and (chunk := await answer.content.read(_LONGEST_WORD - len(body))):
            body += chunk
        if bytes(body).strip() not in accepted:
            wanted = " or ".join(sorted(f'"{word.decode()}"' for word in accepted))
            raise EgressError("unwanted", f"HTTP 200 with a body that is not {wanted}")
    return answer.status


async def _read_body(answer: "ClientResponse", limit: int) -> bytes:
    if answer.status in (401, 403):
        raise EgressError("denied", f"HTTP {answer.status}")
    if answer.status != 200:
        raise EgressError("missing", f"HTTP {answer.status}")
    if (answer.content_length or 0) > limit:
        raise EgressError("large", f"{answer.content_length} bytes announced, {limit} allowed")
    body = bytearray()
    while chunk := await answer.content.read(limit + 1 - len(body)):
        body += chunk
        if len(body) > limit:
            raise EgressError("large", f"more than {limit} bytes")
    return bytes(body)
