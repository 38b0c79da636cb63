"""Heads of requests to a forward proxy: where they lead, and how they are passed on."""

import re
from typing import NamedTuple

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"  # the answer to a request for a tunnel
REST_LIMIT = 64 * 1024  # bytes of a head without its first line
_LINES = 256
_HOST = rb"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?"
_NAME = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}"  # of a method or a header
_match_authority = re.compile(_HOST).fullmatch
_match_tunnel = re.compile(rb"(CONNECT) ()([^\s]{0,300})").match
_match_address = re.compile(rb"(%b) (https?)://([^/?#\s]{0,300})" % _NAME, re.IGNORECASE).match
_is_name = re.compile(_NAME).fullmatch
_PORTS = {b"http": 80, b"https": 443}
_VERSIONS = (b" HTTP/1.1\r\n", b" HTTP/1.0\r\n")
_VERSION = len(_VERSIONS[0])
_BLANKS = (b" ", b"\t", b"\r", b"\n", b"\0")
# What a client says to its proxy alone. Others of its kind stay: they make no difference to a single request.
_FOR_THE_PROXY = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization"})


class Unreadable(Exception):
    """Raised for a head that is no request to a proxy; the text says why."""


class Head(NamedTuple):
    """A request to a proxy.

    method: The method.
    scheme: `https` where the proxy speaks TLS for a client that does not; empty for a tunnel.
    authority: The host, and where it was given the port, as the target writes them.
    path: The path and query at the host; empty for a tunnel.
    version: The version of HTTP, which ends the first line.
    fields: The headers, each with its name as it came.
    host: The name or address of the host that is called, in lower case and without brackets.
    port: Its port.
    """

    method: bytes
    scheme: bytes
    authority: bytes
    path: bytes
    version: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    host: str
    port: int

    @property
    def user_agent(self) -> str:
        """Return what the client calls itself; what cannot be printed is a question mark."""
        text = next((value for name, value in self.fields if name.lower() == b"user-agent"), b"").decode("latin-1")
        return "".join(each if each.isprintable() else "?" for each in text[:200])

    def encode_for_host(self) -> bytes:
        """Return the head as the host itself reads it. Its answer ends the connection."""
        return self._encode(self.path, [(b"Connection", self._write_connection())])

    def encode_for_proxy(self, authorization: bytes | None) -> bytes:
        """Return the head as another proxy reads it."""
        added = [(b"Connection", self._write_connection())] if self.path else []
        if authorization is not None:
            added.append((b"Proxy-Authorization", authorization))
        address = (self.scheme, b"://", self.authority, self.path) if self.path else (self.authority,)
        return self._encode(b"".join(address), added)

    def _encode(self, target: bytes, added: list[tuple[bytes, bytes]]) -> bytes:
        """Return the head with another target. The target of a request, not its Host, says which host is meant."""
        drop = _FOR_THE_PROXY
        hosts = [value for name, value in self.fields if name.lower() == b"host"]
        if not hosts or _read_authority(hosts[0], self.port) != (self.host, self.port):
            drop |= {b"host"}
            added = [(b"Host", self.authority), *added]
        kept = [each for each in self.fields if each[0].lower() not in drop]
        lines = [b": ".join(each) for each in [*kept, *added]]
        return b"".join([self.method, b" ", target, self.version, b"\r\n".join([*lines, b"", b""])])

    def _write_connection(self) -> bytes:
        """Return the options of the one request: an upgrade, as to a WebSocket, is still one."""
        options = b",".join(value for name, value in self.fields if name.lower() == b"connection")
        return b"close, upgrade" if b"upgrade" in options.lower() else b"close"


def read_head(head: bytes) -> Head:
    """Return the request of a head, which ends with an empty line. Raises Unreadable.

    The first line may be long, so it is neither searched by patterns nor copied more often than is needed.
    """
    found = _match_tunnel(head) or _match_address(head)
    if found is None:
        raise Unreadable("This is a forward proxy: it takes CONNECT host:port, and addresses with http:// in front.")
    method, scheme, authority = found.groups()
    end = head.index(b"\n") + 1
    path, version = head[found.end() : end - _VERSION], head[end - _VERSION : end]
    if version not in _VERSIONS or any(blank in path for blank in _BLANKS) or (path and not scheme):
        raise Unreadable("The first line is not a method, a target without blanks, and HTTP/1.1.")
    if scheme and not path.startswith(b"/"):
        path = b"/" + path
    place = _read_authority(authority, _PORTS.get(scheme.lower()))
    if place is None:
        raise Unreadable("The host must be a name or an address, with a port from 1 to 65535, and without a user.")
    return Head(method, scheme.lower(), authority, path, version, _read_fields(head[end:]), *place)


def _read_fields(text: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return the name and value of each header. Raises Unreadable."""
    if len(text) > REST_LIMIT or text.count(b"\n") > _LINES:
        raise Unreadable(f"At most {_LINES} headers of {REST_LIMIT // 1024} kB in all are read.")
    if not text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n") or b"\0" in text:
        raise Unreadable("Each line of a head ends with CR and LF, and nothing else does.")
    fields = tuple(map(_read_field, text.split(b"\r\n")[:-2]))
    if sum(name.lower() == b"host" for name, _value in fields) > 1:
        raise Unreadable("It has more than one Host.")
    return fields


def _read_field(line: bytes) -> tuple[bytes, bytes]:
    """Return the name and value of a header. Raises Unreadable."""
    name, colon, value = line.partition(b":")
    if not colon or not _is_name(name):
        raise Unreadable("One of the headers is not written as `Name: value`.")
    return name, value.strip(b" \t")


def _read_authority(text: bytes, port: int | None) -> tuple[str, int] | None:
    """Return host and port, or None for a text that has none. `port` is that of an authority without one."""
    match = _match_authority(text)
    if match is None:
        return None
    address, name, given = match.groups()
    found = int(given) if given else port
    return ((address or name).decode().lower(), found) if found and found < 65536 else None
