"""The TLS port: real clients call the real names, faults are the same as without TLS, and hostile bytes hurt nobody."""

import asyncio
import logging
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import requests

from emulator.discovery import find_faults
from emulator.http import server as http_server
from moderation_emulator.contract.raw_socket import encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.net.certificates import make_client
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

HOST = "imageaudit.cn-shanghai.aliyuncs.com"
WECHAT = "api.weixin.qq.com"
TLS = {"server": {"tls_port": 0}}


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def loop_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make_server(loop_name: str, given: dict[str, Any]) -> RunningServer:
    """Return an emulator that runs on this loop."""
    with pytest.MonkeyPatch.context() as patch:
        if loop_name == "uvloop":
            patch.setattr(asyncio, "new_event_loop", pytest.importorskip("uvloop").new_event_loop)
        return RunningServer(given)


@pytest.fixture(scope="module")
def tls_server(loop_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("trust")
    with make_server(loop_name, {"server": {"tls_port": 0, "tls_out": str(folder)}}) as live:
        yield live


@pytest.fixture
def live(tls_server: RunningServer, caplog: pytest.LogCaptureFixture) -> Iterator[RunningServer]:
    """Yield an emulator with a TLS port, as new; afterwards nothing is logged, nobody is left over, and it goes on."""
    tls_server.reset()
    for name in ("emulator", "aiohttp.server", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    yield tls_server
    found = [
        each for each in caplog.get_records("call") if each.name.split(".")[0] in ("emulator", "aiohttp", "asyncio")
    ]
    assert not [each.getMessage() for each in found if each.levelno >= logging.WARNING or each.exc_info]
    tls_server.run(wait_until_alone())
    assert requests.get(f"{tls_server.emulator.tls_url}/_emulator/health", verify=get_ca(tls_server), timeout=10).ok


async def wait_until_alone() -> None:
    """Wait until no task serves a connection any more."""
    async with asyncio.timeout(5):
        while [task for task in asyncio.all_tasks() if "RequestHandler.start" in repr(task.get_coro())]:
            await asyncio.sleep(0.001)


def get_ca(live: RunningServer) -> str:
    return str(Path(str(live.app.initial_settings.server.tls_out)) / "ca.pem")


def get_port(live: RunningServer) -> int:
    assert live.app.tls_port is not None
    return live.app.tls_port


def encode_scan(content: str) -> str:
    return f"/?{encode_query(sign_rpc('ScanText', {'Labels.1.Label': 'ad', 'Tasks.1.Content': content}))}"


@pytest.fixture
def led_here(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every name lead to this machine, as a hosts file may; return those that are looked up from now on."""
    look_up, names = socket.getaddrinfo, list[str]()

    def look_up_here(host: str, *rest: Any, **more: Any) -> Any:
        names.append(host)
        return look_up("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    return names


# Clients.


def test_requests_calls_the_real_name_and_keeps_its_connection(live: RunningServer, led_here: list[str]) -> None:
    url = f"https://{HOST}:{get_port(live)}"
    with requests.Session() as session:
        for number in range(5):
            answer = session.get(url + encode_scan(f"hello {number}"), verify=get_ca(live), timeout=10)
            assert answer.json()["Data"]["Elements"][0]["Results"][0]["Suggestion"] == "pass"
    assert led_here == [HOST], "one connection"
    assert [entry.outcome for entry in live.list_entries()] == ["pass"] * 5


@pytest.mark.usefixtures("led_here")
def test_a_name_that_does_not_lead_here_is_not_believed(live: RunningServer) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="mismatch"):
        requests.get(f"https://example.com:{get_port(live)}/", verify=get_ca(live), timeout=10)
    with pytest.raises(requests.exceptions.SSLError, match="verify failed"):
        requests.get(f"https://{HOST}:{get_port(live)}/", timeout=10)


@pytest.mark.usefixtures("led_here")
def test_large_bodies_go_both_ways(live: RunningServer) -> None:
    url = f"https://{WECHAT}:{get_port(live)}"
    text = "x" * 2_000_000
    live.push_rule({"text": "long"}, raw={"status": 200, "body": text, "headers": {"Content-Type": "text/plain"}})
    call = {"content": "long", "version": 1}
    with requests.Session() as session:
        post = partial(session.post, verify=get_ca(live), timeout=10)
        assert post(f"{url}/wxa/msg_sec_check?access_token=ACCESS_TOKEN", json=call).text == text
        refused = post(f"{url}/nowhere", data=b"x" * 8_000_000, headers={"Content-Type": "x/y"})
        assert refused.json()["errcode"] == 40066


@pytest.mark.usefixtures("led_here")
def test_the_control_api_does_not_answer_to_the_name_of_a_service(live: RunningServer) -> None:
    for host in (HOST, WECHAT):
        url = f"https://{host}:{get_port(live)}/_emulator"
        for method, path in (("GET", "info"), ("GET", "journal"), ("POST", "reset"), ("POST", "rules")):
            answer = requests.request(method, f"{url}/{path}", verify=get_ca(live), timeout=10)
            assert answer.status_code == 403
            assert f"does not answer to the name '{host}" in answer.json()["error"]
    own = requests.get(f"{live.emulator.tls_url}/_emulator/info", verify=get_ca(live), timeout=10).json()
    assert (own["tls_port"], own["port"]) == (get_port(live), live.port)


# Faults, as curl tells them.


def run_curl(live: RunningServer, base: str, content: str) -> tuple[int, str]:
    """Return the exit code of curl, and what it received: the status, and how many bytes."""
    given = ["--cacert", get_ca(live), "--resolve", f"{HOST}:{get_port(live)}:127.0.0.1"]
    given += ["-w", "%{http_code} %{size_download}"]
    told = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "--max-time", "1", *given, base + encode_scan(content)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return told.returncode, told.stdout


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
CODES = {"reset": 56, "close": 52, "hang": 28, "truncate": 18}


@needs_curl
@pytest.mark.parametrize("name", [None, *sorted(find_faults())])
def test_curl_sees_each_fault_as_it_does_without_tls(live: RunningServer, name: str | None) -> None:
    if name is not None:
        parameters = {"bytes_per_second": 2_000} if name == "slow" else {}
        live.push_rule({"text": "play"}, fault={"name": name, **parameters})
    with_tls, without = (run_curl(live, base, "play") for base in (f"https://{HOST}:{get_port(live)}", live.url))
    assert with_tls == without
    assert with_tls[0] == CODES.get(str(name), 0)
    assert [entry.outcome for entry in live.list_entries()] == ["fault" if name else "pass"] * 2


# Bare connections.


@pytest.fixture
def connect(live: RunningServer) -> Iterator[Callable[[], socket.socket]]:
    made: list[socket.socket] = []

    def connect_once() -> socket.socket:
        made.append(socket.create_connection(("127.0.0.1", get_port(live)), timeout=5))
        return made[-1]

    yield connect_once
    for each in made:
        each.close()


@pytest.fixture
def greet(live: RunningServer, connect: Callable[[], socket.socket]) -> Iterator[Callable[[], ssl.SSLSocket]]:
    client = make_client(Path(get_ca(live)).read_bytes())
    made: list[ssl.SSLSocket] = []

    def greet_once() -> ssl.SSLSocket:
        made.append(client.wrap_socket(connect(), server_hostname=HOST))
        return made[-1]

    yield greet_once
    for each in made:
        each.close()


def read_all(connection: socket.socket) -> bytes:
    """Return all until the server hangs up."""
    found = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            found += part
    return found


def make_hello() -> bytes:
    """Return the first message of a handshake."""
    out = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()


HELLO = make_hello()
NO_TLS = {
    "HTTP": encode_request(),
    "NUL bytes": bytes(5000),
    "a long record": b"\x16\x03\x01\xff\xff" + bytes(70_000),
    "an old version": b"\x16\x03\x00" + HELLO[3:9] + b"\x03\x00" + HELLO[11:],
    "a hello that is cut and goes on as garbage": HELLO[:100] + b"x" * len(HELLO),
    "two hellos": HELLO + HELLO,
    "an alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
}


@pytest.mark.parametrize("data", NO_TLS.values(), ids=NO_TLS.keys())
def test_what_is_no_handshake_is_hung_up_on(
    live: RunningServer, connect: Callable[[], socket.socket], data: bytes
) -> None:
    connection = connect()
    with suppress(ConnectionError):
        connection.sendall(data)
    assert b"HTTP/1" not in read_all(connection)


@pytest.mark.parametrize("size", [0, 1, 5, 6, 100, len(HELLO) - 1, len(HELLO)])
@pytest.mark.parametrize("is_cut", [False, True])
def test_a_client_that_leaves_in_the_middle_of_a_handshake(
    live: RunningServer, connect: Callable[[], socket.socket], size: int, is_cut: bool
) -> None:
    connection = connect()
    connection.sendall(HELLO[:size])
    if is_cut:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    else:
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)


@pytest.mark.parametrize("size", [0, 1, 100, len(HELLO)])
def test_a_handshake_that_does_not_go_on_is_given_up(
    loop_name: str, size: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", 0.05)
    caplog.set_level(logging.DEBUG)
    with (
        make_server(loop_name, TLS) as live,
        closing(socket.create_connection(("127.0.0.1", get_port(live)), timeout=5)) as connection,
    ):
        connection.sendall(HELLO[:size])
        read_all(connection)  # which ends in time
    assert not [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING or each.exc_info]


def test_a_client_that_trusts_somebody_else(live: RunningServer, connect: Callable[[], socket.socket]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(connect(), server_hostname=HOST)


@pytest.mark.parametrize("data", [b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"])
@pytest.mark.parametrize("ending", ["goodbye", "bare end", "cut", "garbage"])
def test_a_client_that_leaves_in_the_middle_of_a_request(
    live: RunningServer, greet: Callable[[], ssl.SSLSocket], data: bytes, ending: str
) -> None:
    connection = greet()
    connection.sendall(data)
    if ending == "goodbye":
        with suppress(OSError):  # whatever came before the goodbye of the other side
            connection.unwrap().close()
        return
    bare = socket.socket(fileno=connection.detach())
    with closing(bare):
        bare.settimeout(5)
        if ending == "bare end":
            bare.shutdown(socket.SHUT_WR)
            read_all(bare)
        elif ending == "cut":
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            bare.sendall(b"no record of TLS at all")
            read_all(bare)


def test_bytes_that_are_no_http_are_refused_in_the_words_of_the_service(
    live: RunningServer, greet: Callable[[], ssl.SSLSocket]
) -> None:
    connection = greet()
    connection.sendall(b"nonsense\r\n\r\n")
    assert read_all(connection).startswith(b"HTTP/1.1 400 ")


def test_what_hangs_ends_with_its_client(live: RunningServer, greet: Callable[[], ssl.SSLSocket]) -> None:
    connection = greet()
    connection.sendall(encode_request(target=encode_scan("emu-fault-hang")))
    while not live.list_entries():
        """The call is on its way."""
    connection.close()
    live.run(wait_until_alone())


# A connection that was accepted elsewhere.


class Upgrading(asyncio.Protocol):
    """Stands where a proxy will: it starts TLS once a line has come, then hands the connection over."""

    def __init__(self, live: RunningServer) -> None:
        self._live = live
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        assert data == b"upgrade\n"
        self._transport.pause_reading()
        self._task = asyncio.create_task(self._upgrade())

    async def _upgrade(self) -> None:
        certificate = self._live.app.certificate
        assert certificate is not None
        self._transport.write(b"go on\n")
        served = self._live.emulator._http.make_connection()
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, served, certificate.context, server_side=True)
        assert transport is not None
        served.connection_made(transport)


@pytest.fixture
def upgraded(live: RunningServer) -> Iterator[socket.socket]:
    """Yield a connection on which a handshake may begin."""

    async def listen() -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: Upgrading(live), "127.0.0.1", 0)

    listening = live.run(listen())
    with socket.create_connection(listening.sockets[0].getsockname(), timeout=5) as connection:
        connection.sendall(b"upgrade\n")
        assert connection.recv(100) == b"go on\n"
        yield connection
    live.loop.call_soon_threadsafe(listening.close)


def test_a_connection_that_was_accepted_elsewhere_is_served_like_any(
    live: RunningServer, upgraded: socket.socket
) -> None:
    client = make_client(Path(get_ca(live)).read_bytes())
    with client.wrap_socket(upgraded, server_hostname=HOST) as connection:
        for _ in range(3):
            connection.sendall(encode_request(target=encode_scan("hello")))
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(encode_request(target=encode_scan("emu-fault-reset")))
        with closing(socket.socket(fileno=connection.detach())) as bare:
            bare.settimeout(5)
            parts = iter(lambda: bare.recv(65536), b"")  # what is left of the handshake
            with pytest.raises(ConnectionResetError):
                list(parts)
    assert [entry.outcome for entry in live.list_entries()] == ["fault", "pass", "pass", "pass"]


def test_a_call_that_comes_with_the_end_of_the_handshake_is_not_lost(
    live: RunningServer, upgraded: socket.socket
) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = make_client(Path(get_ca(live)).read_bytes()).wrap_bio(incoming, outgoing, server_hostname=HOST)
    while client.version() is None or outgoing.pending == 0:
        try:
            client.do_handshake()
            client.write(encode_request(target=encode_scan("hello")))
        except ssl.SSLWantReadError:
            upgraded.sendall(outgoing.read())
            incoming.write(upgraded.recv(65536))
    upgraded.sendall(outgoing.read())
    answer = b""
    while not answer:
        incoming.write(upgraded.recv(65536))
        with suppress(ssl.SSLWantReadError):
            answer = client.read(65536)
    assert answer.startswith(b"HTTP/1.1 200 ")
