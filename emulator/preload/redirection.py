"""Which calls of a process lead to the emulator, and how they are led there while the process runs.

It is written for Python 3.7 and the standard library alone, because the application may have nothing else.
EMULATOR_REROUTE is `TLSPORT,PLAINPORT` and names: `name` leads to the emulator, `!name` is refused, `+name` is let
through though it is refused. A label `*` stands for one label; in a refused name, `*` stands for anything.
EMULATOR_CA is the file of the emulator's authority, EMULATOR_STOPPED the one where refused names are noted.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_ABSENT = object()


def matches_host(name: str, pattern: str) -> bool:
    """Return whether a name is what a pattern says; a label `*` stands for any one label."""
    labels, wanted = name.split("."), pattern.split(".")
    return len(labels) == len(wanted) and all(each in ("*", label) for label, each in zip(labels, wanted))


def read_name(host: Any) -> str:
    """Return the name that a call gives for its host, as names are compared; empty where it gives none."""
    text = bytes(host).decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    return text.rstrip(".").lower() if isinstance(text, str) else ""


class Redirection:
    """Which calls lead to the emulator. While it is installed, those of this process do.

    `text`, `authority` and `stopped` are as the variables hold them. Raises ValueError for a text that has no ports.
    """

    def __init__(self, text: str, authority: str, stopped: str = "") -> None:
        ports, *names = text.lower().split() or [""]
        tls, plain = map(int, ports.split(","))
        if not (0 < tls < 65536 and 0 < plain < 65536):
            raise ValueError("a port lies between 1 and 65535")
        self._ports = {"443": tls, "https": tls, "80": plain, "http": plain}
        self._hosts = [name for name in names if name[0] not in "!+"]
        self._refused = [name[1:] for name in names if name[0] == "!"]
        self._allowed = [name[1:] for name in names if name[0] == "+"]
        self._authority = authority
        self._stopped = stopped
        self._trusting: Any = None
        self._patches: Mapping[str, Callable[[Redirection, Any], None]] = {}
        self._replaced: list[tuple[Any, str, Any]] = []

    def find_port(self, host: Any, port: Any) -> int | None:
        """Return the emulator's port for calls to a host and port; None for those that do not lead there."""
        text = port.decode("ascii", "replace") if isinstance(port, bytes) else str(port)
        return self._ports.get(text) if self._is_rerouted(host) else None

    def lead(self, host: Any, port: Any = None) -> tuple[Any, Any]:
        """Return the address where a call goes. Raises OSError for a name that is refused."""
        found = self.find_port(host, port)
        if found is not None:
            return "127.0.0.1", found
        if self._is_refused(read_name(host)):
            self._note(read_name(host))
            import socket

            raise socket.gaierror(socket.EAI_FAIL, "the emulator stopped a call to the real " + read_name(host))
        return host, port

    def install(self, patches: Mapping[str, Callable[[Redirection, Any], None]]) -> None:
        """Patch modules, by their names: those that are imported now, and the others when they are."""
        self._patches = patches
        sys.meta_path.insert(0, self)
        for name in patches.keys() & sys.modules.keys():
            patches[name](self, sys.modules[name])

    def remove(self) -> None:
        """Put back all that was patched."""
        sys.meta_path.remove(self)
        while self._replaced:
            owner, name, original = self._replaced.pop()
            if original is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, original)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return where a module lies that is patched once it is imported; None for all others."""
        if name not in self._patches:
            return None
        others = sys.meta_path[sys.meta_path.index(self) + 1 :]
        spec: Any = next(filter(None, (other.find_spec(name, path, target) for other in others)), None)
        execute: Any = getattr(spec and spec.loader, "exec_module", None)

        def execute_and_patch(module: Any) -> None:
            execute(module)
            if self in sys.meta_path:
                self._patches[name](self, module)

        if execute:
            spec.loader.exec_module = execute_and_patch
        return spec

    def replace(self, owner: Any, name: str, build: Callable[[Any], Any]) -> None:
        """Put in the place of a function what `build` makes of it."""
        self._replaced.append((owner, name, vars(owner).get(name, _ABSENT)))
        original = getattr(owner, name)
        replacement = build(original)
        replacement.__wrapped__, replacement.redirection = original, self
        setattr(owner, name, replacement)

    def trust(self, connection: Any) -> Any:
        """Return a connection that trusts the emulator, and nobody else, if it is to a name that leads there.

        The application's context does not learn of it, because in there all names would be believed.
        """
        if not connection.server_side and self._is_rerouted(connection.server_hostname):
            try:
                self._trusting = self._trusting or self._load_authority()
                connection.context = self._trusting
            except (OSError, ValueError) as error:
                sys.stderr.write(f"moderation-emulator: cannot read EMULATOR_CA: {error}\n")
        return connection

    def _load_authority(self) -> Any:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._authority)
        return context

    def _is_rerouted(self, host: Any) -> bool:
        name = read_name(host)
        return any(matches_host(name, pattern) for pattern in self._hosts)

    def _is_refused(self, name: str) -> bool:
        from fnmatch import fnmatchcase

        is_listed = any(fnmatchcase(name, pattern) for pattern in self._refused)
        return is_listed and not any(matches_host(name, pattern) for pattern in self._allowed)

    def _note(self, name: str) -> None:
        try:
            with open(self._stopped or os.devnull, "a", encoding="utf-8") as file:
                file.write(name + "\n")
        except (OSError, ValueError) as error:
            sys.stderr.write(f"moderation-emulator: cannot note a stopped call: {error}\n")
