"""A proxy before an emulator, on the loop of the standard library and on uvloop."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from emulator.discovery import find_providers
from moderation_emulator.contract.fixtures import lend
from moderation_emulator.contract.running_server import RunningServer
from tests.http.proxy.proxied import Proxied, Trust, run_proxy
from tests.http.proxy.trust import make_trust

SECRET = "KEYthatIsNobodysBusiness"


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    names = [host for provider in find_providers().values() for host in provider.hosts]
    return make_trust([*names, "localhost"], tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="session", params=["asyncio", "uvloop"])
def emulator_on_a_loop(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "uvloop":
            uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
            patch.setattr(asyncio, "new_event_loop", uvloop.new_event_loop)
        live = RunningServer()
    with live:
        yield live


@pytest.fixture
def live(emulator_on_a_loop: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[RunningServer]:
    """Yield the emulator, as new. No test may leave a complaint in a log, or a secret at any level."""
    caplog.set_level(logging.DEBUG)
    with lend(emulator_on_a_loop):
        yield emulator_on_a_loop
    records = caplog.get_records("call")
    found = [record for record in records if record.name.split(".")[0] in ("emulator", "aiohttp", "asyncio")]
    assert not [record.getMessage() for record in found if record.levelno >= logging.WARNING or record.exc_info]
    assert not [record.getMessage() for record in found if SECRET in logging.Formatter().format(record)]


@pytest.fixture
def proxied(live: RunningServer, trust: Trust) -> Iterator[Proxied]:
    with run_proxy(live, trust) as running:
        yield running


@pytest.fixture
def start_proxy(live: RunningServer, trust: Trust) -> Iterator[Callable[[str], Proxied]]:
    """Yield a function that starts a proxy whose user has one already: `start_proxy("http://host:port")`."""
    with ExitStack() as stack:
        yield lambda upstream: stack.enter_context(run_proxy(live, trust, upstream))
