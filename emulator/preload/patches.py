"""What is patched in each module, so that names are looked up and certificates checked as a redirection says.

It is written for Python 3.7 and the standard library alone, because the application may have nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _patch_socket(redirection: Any, socket: Any) -> None:
    def build_lookup(original: Any) -> Any:
        return lambda host, port, *rest, **named: original(*redirection.lead(host, port), *rest, **named)

    def build_check(original: Any) -> Any:
        return lambda host: original(redirection.lead(host)[0])

    redirection.replace(socket, "getaddrinfo", build_lookup)
    redirection.replace(socket, "gethostbyname", build_check)
    redirection.replace(socket, "gethostbyname_ex", build_check)


def _patch_ssl(redirection: Any, ssl: Any) -> None:
    def build(original: Any) -> Any:
        return lambda *given, **named: redirection.trust(original(*given, **named))

    redirection.replace(ssl.SSLContext, "_wrap_socket", build)
    redirection.replace(ssl.SSLContext, "_wrap_bio", build)


def _patch_uvloop(redirection: Any, uvloop: Any) -> None:
    """Patch a loop that looks names up in C."""

    def build_lookup(original: Any) -> Any:
        return lambda loop, host, port, **named: original(loop, *redirection.lead(host, port), **named)

    def build_connection(original: Any) -> Any:
        async def create_connection(loop: Any, make: Any, host: Any = None, port: Any = None, **named: Any) -> Any:
            if named.get("ssl") and named.get("server_hostname") is None:
                named["server_hostname"] = host
            return await original(loop, make, *redirection.lead(host, port), **named)

        return create_connection

    redirection.replace(uvloop.Loop, "getaddrinfo", build_lookup)
    redirection.replace(uvloop.Loop, "create_connection", build_connection)


def _patch_anyio(redirection: Any, anyio: Any) -> None:
    """Patch what takes the address from a lookup, but not the port."""

    def build(original: Any) -> Any:
        async def connect_tcp(remote_host: Any, remote_port: Any, **named: Any) -> Any:
            if (named.get("tls") or named.get("ssl_context")) and named.get("tls_hostname") is None:
                named["tls_hostname"] = str(remote_host)
            host, port = redirection.lead(remote_host, remote_port)
            return await original(host, port, **named)

        return connect_tcp

    redirection.replace(anyio, "connect_tcp", build)


def _patch_aiohttp(redirection: Any, resolvers: Any) -> None:
    """Patch a resolver that asks a name server by itself."""

    def build(original: Any) -> Any:
        async def resolve(resolver: Any, host: Any, port: Any = 0, *rest: Any, **named: Any) -> Any:
            if redirection.lead(host, port)[0] == host:
                return await original(resolver, host, port, *rest, **named)
            return await resolvers.ThreadedResolver().resolve(host, port, *rest, **named)

        return resolve

    redirection.replace(resolvers.AsyncResolver, "resolve", build)


PATCHES: dict[str, Callable[[Any, Any], None]] = {
    "socket": _patch_socket,
    "ssl": _patch_ssl,
    "uvloop": _patch_uvloop,
    "anyio": _patch_anyio,
    "aiohttp.resolver": _patch_aiohttp,
}
