"""Timers: calls that a clock makes when their moment comes."""

from collections.abc import Callable


class Timer:
    """One call that a clock makes when its moment comes, unless the timer is cancelled before."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self.is_cancelled = False

    def cancel(self) -> None:
        """Drop the call, and release everything that it holds."""
        self.is_cancelled = True
        self._call = _do_nothing

    def run(self) -> None:
        """Make the call."""
        self._call()


def _do_nothing() -> None:
    pass
