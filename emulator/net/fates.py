"""Fates: what a forward proxy does with a call to a host."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal

from emulator.net.host_table import HostTable

Fate = Literal["emulate", "refuse", "direct"]

TLS_PORT = 443
PLAIN_PORT = 80


class Fates:
    """Says which calls lead to the emulator, which are refused, and which go where they want to.

    emulated: Names that lead to the emulator; a label `*` stands for any one label.
    refused: Patterns of real hosts that must not be reached; a `*` stands for anything.
    allowed: Names that may be reached all the same, written as those of `emulated`.
    """

    def __init__(self, emulated: Iterable[str], refused: Iterable[str], allowed: Iterable[str] = ()) -> None:
        self._emulated = HostTable((name.lower(), True) for name in emulated)
        self._refused = tuple(refused)
        self._allowed = HostTable((name.lower(), True) for name in allowed)

    def decide(self, host: str, port: int) -> Fate:
        """Return the fate of a call. A name that leads to the emulator does so on the ports of HTTPS and HTTP alone."""
        if ":" in host:  # an IPv6 address
            return "direct"
        name = host.lower().rstrip(".")
        emulated = self._emulated.find(name)
        if emulated and port in (TLS_PORT, PLAIN_PORT):
            return "emulate"
        if self._allowed.find(name):
            return "direct"
        return "refuse" if emulated or any(fnmatchcase(name, each) for each in self._refused) else "direct"
