"""One emulator for the whole run, reset before each test that uses it; others with settings of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.live import Live, assert_conform

# The machine may be slow; what counts is what is found.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the emulator keeps for its user is kept for this run alone."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def _shared() -> Iterator[Live]:
    with Live() as live:
        yield live


@pytest.fixture
def live(_shared: Live) -> Iterator[Live]:
    """The shared emulator with default settings, as new; afterwards its answers are held against the schemas."""
    _shared.reset()
    yield _shared
    assert_conform(_shared.entries())


@pytest.fixture
def start() -> Iterator[Callable[..., Live]]:
    """Starts emulators with settings of their own: `start({"quirks": {...}})`."""
    with ExitStack() as stack:

        def started(given: dict[str, Any] | None = None) -> Live:
            return stack.enter_context(Live(given))

        yield started
