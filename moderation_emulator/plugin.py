"""The pytest plug-in: an emulator for the session, an account for each test, and a guard against real calls."""

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from moderation_emulator import hidden

if TYPE_CHECKING:
    from moderation_emulator import Account, Emulator, LeakGuard

__tracebackhide__ = True

_ACCOUNT = pytest.StashKey["Account"]()
_GUARD = pytest.StashKey["LeakGuard"]()
_GUARD_NAME = "moderation_leak_guard"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("moderation-emulator")
    group.addoption("--emulator-url", help="Use the moderation emulator at this URL, and start none.")
    parser.addini(_GUARD_NAME, "Fail every test that calls a real moderation service.", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "moderation_rules(*files): push the rules of these files, relative to the test's own, for the test."
    )
    if why := hidden():
        _switch_off(config, why)


def _switch_off(config: pytest.Config, why: str) -> None:
    """Say once that no fixture of ours works here. A guard that was asked for is never left out in silence."""
    if config.getini(_GUARD_NAME):
        raise pytest.UsageError(f"{_GUARD_NAME} cannot guard: {why}")
    if hasattr(config, "workerinput"):
        return
    told = pytest.PytestWarning(f"the fixtures of moderation-emulator are off: {why}")
    try:
        config.issue_config_time_warning(told, 2)
    except pytest.PytestWarning:  # where warnings are errors, this one must not end a run that needs nothing of ours
        sys.stderr.write(f"{told}\n")


@contextmanager
def _told_plainly() -> Iterator[None]:
    """What the kit complains of while a test is set up, is told without the way that led there."""
    try:
        yield
    except (ImportError, RuntimeError, ValueError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


@pytest.fixture(scope="session")
def moderation_emulator_server(pytestconfig: pytest.Config) -> "Iterator[Emulator]":
    """A moderation emulator for the whole run: of this process, or the one at --emulator-url or EMULATOR_URL."""
    with _told_plainly():
        from moderation_emulator import Emulator

        with Emulator(pytestconfig.getoption("--emulator-url")) as emulator:
            yield emulator


@pytest.fixture
def moderation_emulator(request: pytest.FixtureRequest, moderation_emulator_server: "Emulator") -> "Iterator[Account]":
    """A fresh account of the emulator, deleted after the test; `@pytest.mark.moderation_rules` gives it rules."""
    with _told_plainly(), moderation_emulator_server.account() as account:
        from emulator.testing import rule_files

        markers = list(request.node.iter_markers("moderation_rules"))
        for marker in reversed(markers):  # the closest last: the newest rules are asked first
            for file in marker.args:
                rule_files.push_file(account, request.path.parent / file)
        request.node.stash[_ACCOUNT] = account
        yield account
        del request.node.stash[_ACCOUNT]


@pytest.fixture
def moderation_leak_guard(request: pytest.FixtureRequest) -> "LeakGuard":
    """The test fails if it calls a real moderation service; the ini option of this name guards every test."""
    guard: LeakGuard | None = request.node.stash.get(_GUARD, None)
    if guard is None:
        late = f"name {_GUARD_NAME} as an argument of the test, or in usefixtures"
        pytest.fail(hidden() or late, pytrace=False)
    return guard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    asked = item.config.getini(_GUARD_NAME) or _GUARD_NAME in getattr(item, "fixturenames", ())
    if not asked or hidden():
        return (yield)  # asked for and hidden, the fixture says so
    from moderation_emulator import LeakGuard

    with LeakGuard() as item.stash[_GUARD]:
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    yield from _watched(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield from _watched(item)


def _watched(item: pytest.Item) -> Generator[None, None, None]:
    """Fail if something leaked, though the client swallowed it or put it in other words."""
    leaks = guard.leaks if (guard := item.stash.get(_GUARD, None)) else []
    try:
        yield
    except (Exception, pytest.fail.Exception) as error:
        if not leaks or error in leaks:
            raise
    if leaks:
        pytest.fail("\n".join(dict.fromkeys(map(str, leaks))), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    made = yield
    account = item.stash.get(_ACCOUNT, None)
    if made.failed and account is not None:
        from emulator.testing.report import render_report

        made.sections.append(("moderation emulator", render_report(account, call.start)))
    return made
