"""The emulator under a wall clock that SIGUSR1 sets back by ten minutes: `python -m tests.torture.stepping serve`."""

import signal
import time

STEP = 600.0  # seconds; signatures stay fresh for a quarter of an hour

_real = time.time
_behind = 0.0


def _read_time() -> float:
    return _real() - _behind


def _step_back(*_: object) -> None:
    global _behind  # noqa: PLW0603 - the machine has one clock
    _behind += STEP


if __name__ == "__main__":
    time.time = _read_time
    signal.signal(signal.SIGUSR1, _step_back)

    from emulator.cli import main

    main()
