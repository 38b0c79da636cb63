"""Real hosts: which of them a name is, label by label."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from emulator.preload.redirection import matches_host

T = TypeVar("T")


class HostTable(Generic[T]):
    """What belongs to a host, found by its name as requests write it: in any case, with or without a port.

    In the names of its rows, a label `*` stands for any one label.
    """

    def __init__(self, rows: Iterable[tuple[str, T]]) -> None:
        rows = list(rows)
        self._exact = {pattern: value for pattern, value in rows if "*" not in pattern}
        self._patterns = [(pattern, value) for pattern, value in rows if "*" in pattern]

    def find(self, host: str) -> T | None:
        """Return what belongs to a host, None where it is none of the table."""
        name = host.partition(":")[0].lower().rstrip(".")
        if (found := self._exact.get(name)) is not None:
            return found
        return next((value for pattern, value in self._patterns if matches_host(name, pattern)), None)
