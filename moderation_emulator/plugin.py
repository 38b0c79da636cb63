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
_REROUTE_NAME = "moderation_reroute"
_LATE = "name {} as an argument of the test, or in usefixtures"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("moderation-emulator")
    group.addoption("--emulator-url", help="Use the moderation emulator at this URL, and start none.")
    parser.addini(_GUARD_NAME, "Fail every test that calls a real moderation service.", type="bool", default=False)
    parser.addini(
        _REROUTE_NAME,
        "Lead calls to real moderation services to the emulator in every test.",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "moderation_rules(*files): push the rules of these files, relative to the test's own, for the test."
    )
    if why := hidden():
        _switch_off(config, why)


def _switch_off(config: pytest.Config, why: str) -> None:
    """Warn once that the fixtures of this plug-in do not work here.

    Raises UsageError if an ini option keeps calls from real services, which is never left out silently.
    """
    for name, wanted in ((_GUARD_NAME, "guard"), (_REROUTE_NAME, "lead calls")):
        if config.getini(name):
            raise pytest.UsageError(f"{name} cannot {wanted}: {why}")
    if hasattr(config, "workerinput"):
        return
    warning = pytest.PytestWarning(f"the fixtures of moderation-emulator are off: {why}")
    try:
        config.issue_config_time_warning(warning, 2)
    except pytest.PytestWarning:  # raised where warnings are errors; a run without our fixtures must go on
        sys.stderr.write(f"{warning}\n")


@contextmanager
def _fail_without_traceback() -> Iterator[None]:
    """Let a test fail with the text alone of an error that the emulator raises during set-up."""
    try:
        yield
    except (ImportError, RuntimeError, ValueError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _is_reroute_wanted(item: pytest.Item) -> bool:
    return bool(item.config.getini(_REROUTE_NAME)) or _REROUTE_NAME in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def moderation_emulator_server(request: pytest.FixtureRequest) -> "Iterator[Emulator]":
    """Yield a moderation emulator for the whole run: a new one, or the one at --emulator-url or EMULATOR_URL."""
    with _fail_without_traceback():
        from moderation_emulator import Emulator

        tls = any(map(_is_reroute_wanted, request.session.items))
        with Emulator(request.config.getoption("--emulator-url"), tls=tls) as emulator:
            yield emulator


@pytest.fixture
def moderation_emulator(request: pytest.FixtureRequest, moderation_emulator_server: "Emulator") -> "Iterator[Account]":
    """Yield a fresh account, deleted after the test; `@pytest.mark.moderation_rules` gives it rules."""
    with _fail_without_traceback(), moderation_emulator_server.account() as account:
        from emulator.testing import rule_files

        markers = list(request.node.iter_markers("moderation_rules"))
        for marker in reversed(markers):  # the closest marker last: the newest rules are asked first
            for file in marker.args:
                rule_files.push_file(account, request.path.parent / file)
        request.node.stash[_ACCOUNT] = account
        yield account
        del request.node.stash[_ACCOUNT]


@pytest.fixture
def moderation_reroute(request: pytest.FixtureRequest, moderation_emulator_server: "Emulator") -> Iterator[None]:
    """Lead calls to real hosts to the emulator; the ini option of this name does so in every test."""
    if not _is_reroute_wanted(request.node):  # the emulator may have started without TLS
        pytest.fail(_LATE.format(_REROUTE_NAME), pytrace=False)
    with _fail_without_traceback(), moderation_emulator_server.reroute():
        yield


@pytest.fixture(autouse=True)
def _reroute_by_ini(request: pytest.FixtureRequest) -> None:
    if request.config.getini(_REROUTE_NAME):
        request.getfixturevalue(_REROUTE_NAME)


@pytest.fixture
def moderation_leak_guard(request: pytest.FixtureRequest) -> "LeakGuard":
    """Fail the test if it calls a real moderation service; the ini option of this name guards every test."""
    guard: LeakGuard | None = request.node.stash.get(_GUARD, None)
    if guard is None:
        pytest.fail(hidden() or _LATE.format(_GUARD_NAME), pytrace=False)
    return guard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    is_wanted = item.config.getini(_GUARD_NAME) or _GUARD_NAME in getattr(item, "fixturenames", ())
    if not is_wanted or hidden():
        return (yield)  # if the package is hidden, the fixture says so
    from moderation_emulator import LeakGuard

    with LeakGuard() as item.stash[_GUARD]:
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    yield from _fail_on_leaks(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield from _fail_on_leaks(item)


def _fail_on_leaks(item: pytest.Item) -> Generator[None, None, None]:
    """Fail the test if a real call was stopped, even if the client swallowed or replaced the error."""
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
    report = yield
    account = item.stash.get(_ACCOUNT, None)
    if report.failed and account is not None:
        from emulator.testing.report import render_report

        report.sections.append(("moderation emulator", render_report(account, call.start)))
    return report
