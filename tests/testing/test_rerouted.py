"""Calls of this process that lead to the emulator, and what the guard makes of them."""

import asyncio
import http.client
import json
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests

from emulator.testing import Emulator, Leak, LeakGuard, NoReroute, Rerouted
from emulator.testing.led_calls import iterate_redirections
from moderation_emulator.contract.running_server import RunningServer
from tests.stand_in import StandIn, standing_in

HOST, OTHER = "api.weixin.qq.com", "x.oss-cn-shanghai.aliyuncs.com"
URL = f"https://{HOST}/a"
SESSION = requests.Session()  # of a client that is made long before


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with standing_in(tmp_path_factory.mktemp("trust"), [HOST, "*.tcb-api.example.test"]) as running:
        yield running


@pytest.fixture
def rerouted(stand_in: StandIn) -> Iterator[Rerouted]:
    with Rerouted(stand_in.tls_port, stand_in.plain_port, stand_in.ca) as entered:
        yield entered


async def get(url: str = URL, **options: Any) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url, **options) as answer:
        return await answer.json()


def read(connection: http.client.HTTPConnection) -> Any:
    connection.request("GET", "/a")
    with connection.getresponse() as answer:
        body = answer.read()
    connection.close()
    return json.loads(body)


CLIENTS: dict[str, Callable[[], Any]] = {
    "requests": lambda: requests.get(URL, timeout=5).json(),
    "requests, made before": lambda: SESSION.get(URL, timeout=5).json(),
    "urllib": lambda: json.load(urllib.request.urlopen(URL, timeout=5)),
    "http.client": lambda: read(http.client.HTTPSConnection(HOST, timeout=5)),
    "aiohttp": lambda: asyncio.run(get()),
    "aiohttp on uvloop": lambda: pytest.importorskip("uvloop").run(get()),
    "by a pattern": lambda: {**requests.get("https://env.tcb-api.example.test/a", timeout=5).json(), "host": HOST},
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_was_told_nothing_reaches_the_emulator(client: str, rerouted: Rerouted) -> None:
    with LeakGuard() as guard:
        assert CLIENTS[client]() == {"host": HOST, "path": "/a", "tls": True}
    assert not guard.leaks


def test_without_tls_too(rerouted: Rerouted) -> None:
    assert requests.get(f"http://{HOST}/a", timeout=5).json() == {"host": HOST, "path": "/a", "tls": False}


def test_it_ends_when_it_is_left(stand_in: StandIn) -> None:
    before = (socket.getaddrinfo, dict(vars(ssl.SSLContext)), list(sys.meta_path))
    rerouted = Rerouted(stand_in.tls_port, stand_in.plain_port, stand_in.ca)
    for _ in range(2):
        with rerouted:
            assert len(list(iterate_redirections())) == 1
        assert (socket.getaddrinfo, dict(vars(ssl.SSLContext)), list(sys.meta_path)) == before
    with LeakGuard() as guard, pytest.raises(Leak, match=HOST):
        requests.get(URL, timeout=5)
    assert guard.leaks


def test_what_is_no_emulator_is_told(stand_in: StandIn, tmp_path: Path) -> None:
    foreign = tmp_path / "ca.pem"
    foreign.write_text("", encoding="utf-8")
    for port, ca in [(stand_in.plain_port, stand_in.ca), (stand_in.tls_port, foreign), (1, stand_in.ca)]:
        before = socket.getaddrinfo
        with pytest.raises(NoReroute, match=f"no emulator takes TLS at port {port}"), Rerouted(port, 1, ca):
            pass
        assert socket.getaddrinfo is before


def test_an_emulator_without_tls_is_told(live: RunningServer) -> None:
    with pytest.raises(NoReroute, match=r"takes no TLS: use Emulator\(tls=True\), or serve --tls"):
        Emulator(live.url).reroute()
    with pytest.raises(NoReroute, match=r"led to this machine alone, and the emulator is at http://10\.0\.0\.1:8080"):
        Emulator("http://10.0.0.1:8080").reroute()
    with pytest.raises(NoReroute, match="no address yet"):
        Emulator().reroute()


# -- the guard

LEAKS: dict[str, Callable[[], object]] = {
    "another host": lambda: requests.get(f"https://{OTHER}/", timeout=5),
    "another port": lambda: requests.get(f"https://{HOST}:8443/", timeout=5),
    "a name without a port": lambda: socket.gethostbyname(HOST),
    "a lookup without a port": lambda: socket.getaddrinfo(HOST, None),
    "a proxy that is not ours": lambda: requests.get(URL, timeout=5, proxies={"https": "http://127.0.0.1:9"}),
    "http by a proxy that is not ours": lambda: requests.get(
        f"http://{HOST}/", timeout=5, proxies={"http": "http://127.0.0.1:9"}
    ),
    "aiohttp by a proxy that is not ours": lambda: asyncio.run(get(proxy="http://127.0.0.1:9")),
    "aiohttp, another host": lambda: asyncio.run(get(f"https://{OTHER}/")),
    "aiohttp, another port": lambda: asyncio.run(get(f"https://{HOST}:8443/")),
}


@pytest.mark.parametrize("way", LEAKS)
@pytest.mark.parametrize("guard_first", [True, False])
def test_everything_else_still_is_a_leak(way: str, guard_first: bool, stand_in: StandIn) -> None:
    rerouted = Rerouted(stand_in.tls_port, stand_in.plain_port, stand_in.ca)
    guard = LeakGuard()
    first, second = (guard, rerouted) if guard_first else (rerouted, guard)
    with first, second, pytest.raises(Leak):
        LEAKS[way]()
    assert guard.leaks


def test_a_guarded_function_takes_its_arguments_by_name(stand_in: StandIn) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stand_in.plain_port, timeout=5)
    with LeakGuard():
        connection.putrequest(method="GET", url="/a")
        connection.endheaders()
        assert json.load(connection.getresponse())["path"] == "/a"
        assert socket.getaddrinfo(port=443, host="127.0.0.1")
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    connection.close()


async def get_by_proxy_of_the_environment() -> None:
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(URL):
        pass


def dial(url: str = URL) -> None:
    """Call by the proxy that the environment names. Nobody listens there: what counts is whether the guard stops it."""
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_call_by_our_proxy_is_no_leak_where_it_leads_to_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "EMULATOR_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMULATOR_REROUTE", f"1,2 {HOST} !*.aliyuncs.com")
    with LeakGuard() as guard:
        dial()
        dial(f"http://{HOST}/")
        with pytest.raises(aiohttp.ClientConnectionError):
            asyncio.run(get_by_proxy_of_the_environment())
        assert not guard.leaks
        for url in (f"https://{OTHER}/", f"http://{OTHER}/", f"https://{HOST}:8443/"):
            with pytest.raises(Leak):
                requests.get(url, timeout=5)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:19")
    with LeakGuard(), pytest.raises(Leak):
        requests.get(URL, timeout=5)
    with LeakGuard(), pytest.raises(Leak):
        asyncio.run(get_by_proxy_of_the_environment())


@pytest.mark.parametrize("text", ["", "nonsense", "1,2", f"0,0 {HOST}"])
def test_variables_that_name_nothing_lead_nothing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_PROXY", PROXY)
    monkeypatch.setenv("EMULATOR_REROUTE", text)
    with LeakGuard(), pytest.raises(Leak):
        requests.get(URL, timeout=5, proxies={"https": PROXY})


PROXY = "http://127.0.0.1:9"
GUARDED = f"""
import requests
from emulator.testing import Leak, LeakGuard
with LeakGuard() as guard:
    try:
        print(requests.get({URL!r}, timeout=5).json()["tls"], guard.leaks)
        requests.get("https://{OTHER}/", timeout=5)
    except Leak as leak:
        print(leak)
"""


@pytest.mark.parametrize("isolated", [False, True])
def test_a_call_that_the_preload_leads_is_no_leak(isolated: bool, stand_in: StandIn) -> None:
    """Where Python ignores the preload, the variables alone lead nothing."""
    from emulator.preload import PYTHON_FOLDER

    root = str(Path(__file__).parents[2])
    environment = {
        "PYTHONPATH": str(PYTHON_FOLDER),
        "EMULATOR_REROUTE": f"{stand_in.tls_port},{stand_in.plain_port} {HOST}",
        "EMULATOR_CA": str(stand_in.ca),
    }
    code = f"import sys; sys.path.insert(0, {root!r})\n{GUARDED}"
    command = [sys.executable, *(["-I"] if isolated else []), "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    leaked = HOST if isolated else OTHER
    assert done.stdout.splitlines()[0 if isolated else 1].startswith(f"this test calls the real {leaked}"), done.stderr
    assert isolated or done.stdout.startswith("True []\n")
