"""The pytest plug-in: an emulator for the session, an account for each test, and a guard against real calls."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.testing import Account, Emulator, LeakGuard

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


@pytest.fixture(scope="session")
def moderation_emulator_server(pytestconfig: pytest.Config) -> "Iterator[Emulator]":
    """A moderation emulator for the whole run: of this process, or the one at --emulator-url or EMULATOR_URL."""
    from emulator.testing import Emulator

    with Emulator(pytestconfig.getoption("--emulator-url")) as emulator:
        yield emulator


@pytest.fixture
def moderation_emulator(request: pytest.FixtureRequest, moderation_emulator_server: "Emulator") -> "Iterator[Account]":
    """A fresh account of the emulator, deleted after the test; `@pytest.mark.moderation_rules` gives it rules."""
    with moderation_emulator_server.account() as account:
        request.node.stash[_ACCOUNT] = account
        markers = list(request.node.iter_markers("moderation_rules"))
        for marker in reversed(markers):  # the closest last: the newest rules are asked first
            for file in marker.args:
                _push(account, request.path.parent / file)
        yield account
        del request.node.stash[_ACCOUNT]


@pytest.fixture
def moderation_leak_guard(request: pytest.FixtureRequest) -> "LeakGuard":
    """The test fails if it calls a real moderation service; the ini option of this name guards every test."""
    guard: LeakGuard | None = request.node.stash.get(_GUARD, None)
    if guard is None:
        pytest.fail(f"name {_GUARD_NAME} as an argument of the test, or in usefixtures", pytrace=False)
    return guard


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    if not item.config.getini(_GUARD_NAME) and _GUARD_NAME not in getattr(item, "fixturenames", ()):
        return (yield)
    from emulator.testing import LeakGuard

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
        from emulator.testing.report import report

        made.sections.append(("moderation emulator", report(account, call.start)))
    return made


def _push(account: "Account", path: Any) -> None:
    """Push the rules of one file; what is wrong with them is told with file and line."""
    from emulator import documents
    from emulator.testing import ControlError
    from emulator.vocabulary import Problem, Problems

    try:
        document = documents.read(path)
        data, at = document.data, "$"
        if isinstance(data, dict) and list(data) == ["rules"]:
            data, at = data["rules"], "$.rules"
        if not isinstance(data, list):
            raise Problems([Problem("$", "a list of rules, or `rules:`", type(data).__name__, str(path), 1)])
        account.control("POST", "rules", data, account=account.id)
    except Problems as problems:
        pytest.fail("\n".join(map(str, problems.found)), pytrace=False)
    except ControlError as error:
        told = [Problem(at + each["path"][1:], each["expected"], each["got"]) for each in error.problems]
        pytest.fail("\n".join(map(str, document.located(told))) or str(error), pytrace=False)
