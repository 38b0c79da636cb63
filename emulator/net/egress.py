"""The one door through which the emulator calls other hosts.

Addresses of pictures and callbacks come from strangers, so each is judged before a packet leaves: by the name it
carries and by every address behind that name. The connection then goes to an address that was judged, not to what a
second look-up might say. aiohttp is imported on first use; most runs never call out.
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

AGENT = "moderation-emulator"  # every call bears it, and the control plane turns it away
_CONTROL = "/_emulator/"
_LONGEST = 16 * 1024  # characters of an address
_LONGEST_WORD = 64  # bytes of an answer that must be a word

Reason = Literal["forbidden", "denied", "unreachable", "missing", "slow", "large", "unwanted"]
Lookup = Callable[[str], Awaitable[Sequence[str]]]

_Taken = TypeVar("_Taken")
Take = Callable[["ClientResponse"], Awaitable[_Taken]]


class EgressError(Exception):
    """A call that brought nothing.

    `reason`: forbidden (scheme, name or address not allowed), denied (401 and 403), unreachable (no such name, refused,
    TLS, cut off), missing (any other status but 200), slow (over the time in total), large (over the size), unwanted
    (a body that must not follow a 200).
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail


class Egress:
    """Calls loopback always, private networks when `private`, and public hosts whose name is in `allow`; never the
    control plane of an emulator, but for a GET below its `open_paths`.

    `allow` holds exact host names or addresses, or `*.suffix` for the names below a suffix. Metadata services,
    link-local, multicast and reserved addresses are refused whatever it says. `lookup` turns a name into addresses.
    `connections` are the most at a time, in all and to one host; 0 for no limit.
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
        """What may be called from now on; calls under way go on."""
        self._names = {normalize_host(name) for name in allow}
        self._suffixes = tuple(name[1:] for name in self._names if name.startswith("*."))
        self._private = private

    def is_allowed(self, host: str, address: str) -> bool:
        """Whether a URL that names `host` may be answered by the machine at `address`."""
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
        """The body behind `url`, at most `limit` bytes, within `seconds` in all; any failure is an OutboundError."""
        return await self._call("GET", url, seconds, partial(_read_body, limit=limit))

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        seconds: float,
        accepted: frozenset[bytes] = frozenset(),
    ) -> int:
        """The status with which `url` answers a POST, within `seconds` in all; any failure is an OutboundError.

        The body of the answer is not read, unless with a 200 it must be one of those `accepted`.
        """
        take = partial(_read_acknowledgement, accepted=accepted) if accepted else _read_status
        return await self._call("POST", url, seconds, take, data=body, headers=headers)

    async def close(self) -> None:
        """Drop the connections; a later call opens new ones."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    async def _call(self, method: str, url: str, seconds: float, take: "Take[_Taken]", **call: Any) -> _Taken:
        """What `take` makes of an answer, no redirect followed; what fails, there too, is an OutboundError."""
        try:
            target = self._check_url(url, method)
            async with asyncio.timeout(seconds):
                return await self._send(method, target, take, call)
        except EgressError:
            raise
        except TimeoutError:
            raise EgressError("slow", f"more than {seconds:g} s") from None
        except Exception as error:  # a stranger's address or answer must not end a call of ours, whatever it contains
            raise EgressError("unreachable", f"{type(error).__name__}: {error}") from error

    async def _send(self, method: str, target: "URL", take: "Take[_Taken]", call: Mapping[str, Any]) -> _Taken:
        """What `take` makes of an answer. A call that went down a line just hung up is made once more on a new one."""
        from emulator.net.connector import HungUp

        try:
            async with self._open_session(kept=True).request(method, target, allow_redirects=False, **call) as answer:
                return await take(answer)
        except HungUp:
            async with self._open_session(kept=False).request(method, target, allow_redirects=False, **call) as answer:
                return await take(answer)

    def _check_url(self, url: str, method: str) -> "URL":
        """`url` as it will be connected to, unless it can be refused before a look-up."""
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
        """The session whose connections are `kept` for the next call, or the one that opens a new one for each."""
        if kept not in self._sessions:
            from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

            from emulator.net.connector import Connector

            self._sessions[kept] = ClientSession(
                connector=Connector(self._resolve, self._connections, kept=kept),
                cookie_jar=DummyCookieJar(),
                headers={"Accept-Encoding": "identity", "User-Agent": AGENT},
                timeout=ClientTimeout(),
                trust_env=False,
                auto_decompress=False,
            )
        return self._sessions[kept]

    async def _resolve(self, host: str) -> list[str]:
        """The addresses of `host` that may be called, at least one."""
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
    """The status; blanks around the word do not count."""
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
