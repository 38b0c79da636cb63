"""What the process is told when it begins to serve: about memory, threads, its loop, and the signals that end it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from emulator.types import Problem, Problems

_ARENA_MAX = -8  # the number of a parameter of glibc's mallopt
BY_SIGNAL = 128  # what a shell adds to the number of the signal that ended a command
_SWITCH = 0.001  # seconds after which a thread with long work lets the event loop go on


def fill_descriptors() -> None:
    """Open the null device on each missing descriptor from 0 to 2; otherwise a socket would get its number."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def choose_loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the event loop of the setting `server.loop`. Raises Problems."""
    if name != "asyncio":
        try:
            import uvloop
        except ImportError:
            if name == "uvloop":
                raise Problems([Problem("$.server.loop", "a loop that is installed here", "uvloop")]) from None
        else:
            return uvloop.new_event_loop
    return asyncio.new_event_loop


def favour_loop() -> None:
    """Have threads with long work let the event loop go on soon."""
    sys.setswitchinterval(_SWITCH)


def limit_arenas() -> None:
    """Have all threads take memory from one arena of glibc. Each arena would keep the most that it ever held."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library than glibc
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def exit_by_signals(tidy_up: Callable[[], None]) -> None:
    """Have signals that end the process tidy up first; 128 and more is the exit code.

    It ends at once: an exception in the midst of an import, or while threads run, would leave more behind.
    """

    def end(number: int, _frame: object) -> None:
        tidy_up()
        os._exit(BY_SIGNAL + number)

    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)


def handle_signals(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    """Set `stopped` when the process is asked to end, or its terminal is closed. A second Ctrl-C ends it at once."""

    def stop() -> None:
        stopped.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    numbers = [signal.SIGTERM, signal.SIGINT]
    if sys.platform == "win32":
        numbers.append(signal.SIGBREAK)  # Ctrl-Break, and the only signal that one process may send to another
    elif signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores SIGHUP
        numbers.append(signal.SIGHUP)
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
