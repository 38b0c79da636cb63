"""The proxy that a user had already: what is led through goes out by it."""

from base64 import b64encode
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_PORT = 80  # of a proxy without one


class Upstream(NamedTuple):
    """A proxy that speaks HTTP, with the value of `Proxy-Authorization`; None without user and password."""

    host: str
    port: int
    authorization: bytes | None


def read_upstream(address: str) -> Upstream:
    """Return the proxy of an address such as `http://user:pass@host:port`; `http://` may be missing.

    Raises ValueError with a sentence that does not repeat the address, which may hold a password.
    """
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the address of the proxy cannot be read; http://user:password@host:port is one") from None
    if parts.scheme != "http" or not host or any(each <= " " or each == "\x7f" for each in host):
        raise ValueError("a proxy that is led through must have an address such as http://host:port")
    return Upstream(host, port or _PORT, _write_authorization(parts.username, parts.password))


def _write_authorization(user: str | None, password: str | None) -> bytes | None:
    if user is None:
        return None
    return b"Basic " + b64encode(f"{unquote(user)}:{unquote(password or '')}".encode())
