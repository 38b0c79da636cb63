"""Calls that lead to the emulator: through a tunnel with TLS, through one without, and by an absolute address."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import requests

from emulator.discovery import find_faults
from emulator.http import entrance
from moderation_emulator.contract.raw_socket import encode_request, settle
from tests.http.proxy.origins import read_head, serve_http
from tests.http.proxy.proxied import PICTURES, TALK, Client, Proxied, encode_connect, wait_until
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

TOKEN = "cgi-bin/token?grant_type=client_credential&appid={0.appid}&secret={0.secret}"


def make_token_path(proxied: Proxied) -> str:
    return TOKEN.format(proxied.live.state.accounts.default.credentials["wechat"])


def make_scan_target(text: str) -> str:
    params = {"Labels.1.Label": "ad", "Tasks.1.Content": text}
    return f"{PICTURES}/?{encode_query(sign_rpc('ScanText', params))}"


def open_tls(proxied: Proxied, client: socket.socket, name: str = TALK) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=proxied.trust.ca)
    return context.wrap_socket(client, server_hostname=name)


def open_tunnel(proxied: Proxied, place: str) -> socket.socket:
    """Return a socket that is in a tunnel."""
    client = socket.create_connection(("127.0.0.1", proxied.port), 10)
    client.sendall(encode_connect(place))
    assert read_head(client).startswith(b"HTTP/1.1 200 ")
    return client


# Clients as they are.


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_client_that_heeds_the_proxy_is_answered(proxied: Proxied, scheme: str) -> None:
    with proxied.open_session() as session:
        token = session.get(f"{scheme}://{TALK}/{make_token_path(proxied)}", timeout=10).json()
        assert token["expires_in"] == 7200
        scanned = session.get(f"{scheme}://{make_scan_target('hello emu-ad')}", timeout=10).json()
    assert scanned["Data"]["Elements"][0]["Results"][0]["Suggestion"] == "block"
    assert [entry.provider for entry in proxied.live.list_entries()] == ["aliyun_imageaudit", "wechat"]
    assert proxied.stopped == []


def test_calls_share_a_tunnel(proxied: Proxied) -> None:
    with proxied.open_session() as session:
        for n in range(50):
            assert session.get(f"https://{make_scan_target(f'hello {n}')}", timeout=10).status_code == 200
    assert proxied.asked == [(PICTURES, 443)]
    assert len(proxied.live.list_entries()) == 50


def test_a_call_by_address_ends_its_connection(proxied: Proxied) -> None:
    """The next one may be for another host; it would be answered by the emulator, too."""
    with serve_http() as origin, proxied.open_session() as session:
        for _ in range(2):
            answer = session.get(f"http://{TALK}/{make_token_path(proxied)}", timeout=10)
            assert (answer.json()["expires_in"], answer.headers["Connection"]) == (7200, "close")
            assert session.get(f"http://127.0.0.1:{origin.port}/here", timeout=10).text == "/here"
    assert proxied.asked == [(TALK, 80), ("127.0.0.1", origin.port)] * 2


def test_a_second_call_behind_one_by_address_is_not_answered(proxied: Proxied) -> None:
    call = encode_request(target=f"http://{TALK}/{make_token_path(proxied)}", host=TALK, Connection="keep-alive")
    with Client(proxied) as client:
        client.send(call + encode_request(target="http://other.test/second"))
        assert client.read_answer().json()["expires_in"] == 7200
        assert client.read_rest() == b""
    assert [entry.target for entry in proxied.live.list_entries()] == [f"/{make_token_path(proxied)}"]


def test_a_client_that_has_its_proxy_speak_tls_is_answered(proxied: Proxied) -> None:
    """As axios does: it sends the proxy an address with https:// in the clear."""
    with Client(proxied) as client:
        client.send(encode_request(target=f"https://{TALK}/{make_token_path(proxied)}", host=TALK))
        assert client.read_answer().json()["expires_in"] == 7200


def test_a_tunnel_to_port_80_has_no_tls(proxied: Proxied) -> None:
    """As undici opens it for http:// addresses; its connection is kept, for it knows one host."""
    with Client(proxied) as client:
        client.open_tunnel(f"{TALK}:80")
        for _ in range(3):
            client.send(encode_request(target=f"/{make_token_path(proxied)}", host=TALK))
            assert client.read_answer().json()["expires_in"] == 7200


def test_an_upload_by_address(proxied: Proxied) -> None:
    """What comes behind the head, in the same packet or later, is the body."""
    body = b'{"content":"' + b"x" * 200_000 + b'"}'
    call = encode_request("POST", f"http://{TALK}/wxa/msg_sec_check?access_token=x", body, host=TALK)
    for parts in [(call,), (call[:-9], call[-9:]), (call[:200], call[200:100_000], call[100_000:])]:
        with Client(proxied) as client:
            assert client.send(*parts).read_answer().json()["errcode"] == 40001
    assert {entry.body for entry in proxied.live.list_entries()} == {proxied.live.list_entries()[0].body}


def test_many_tunnels_at_once(proxied: Proxied) -> None:
    def call(n: int) -> int:
        with proxied.open_session() as session:
            return session.get(f"https://{make_scan_target(f'hello {n}')}", timeout=20).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(call, range(60))) == {200}


# What goes wrong.

CURL = shutil.which("curl")


def run_curl(proxied: Proxied, url: str, *options: str) -> int:
    limit = "0.3" if "fault-hang" in url or "fault-slow" in url else "10"
    command = [str(CURL), "-q", "-s", "-o", "/dev/null", "--max-time", limit, *options, url]
    return subprocess.run(command, check=False, timeout=20, env={}).returncode


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
@pytest.mark.parametrize("name", sorted(find_faults()))
def test_a_fault_is_the_same_by_every_way(proxied: Proxied, name: str) -> None:
    def run(scheme: str, *options: str) -> int:
        target = make_scan_target(f"emu-fault-{name}").replace(PICTURES, proxied.live.host if not options else PICTURES)
        return run_curl(proxied, f"{scheme}://{target}", *options)

    trusting = ("--proxy", proxied.url, "--cacert", str(proxied.trust.ca))
    plain = run("http")
    assert [run("http", *trusting), run("http", "--proxytunnel", *trusting), run("https", *trusting)] == [plain] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(508),
        b"\x15\x03\x01\x00\x02\x02\x30",
    ],
    ids=["no TLS", "half a hello", "an alert"],
)
def test_a_handshake_that_fails(proxied: Proxied, data: bytes) -> None:
    with Client(proxied) as client:
        client.open_tunnel(f"{TALK}:443")
        rest = client.send(data).finish().read_rest()
    assert rest[:1] in (b"", b"\x15")  # an alert, as the library likes
    proxied.live.run(proxied.wait_until_left())


def test_a_handshake_that_does_not_end(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(proxied) as client:
        monkeypatch.setattr(entrance, "HEAD_SECONDS", 0.05)
        assert client.open_tunnel(f"{TALK}:443").read_rest() == b""


def test_a_client_that_does_not_trust(proxied: Proxied) -> None:
    with proxied.open_session() as session:
        session.verify = True
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://{TALK}/", timeout=10)
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://{PICTURES}/", timeout=10)
    proxied.live.run(proxied.wait_until_left())


def test_a_call_in_the_same_packet_as_the_end_of_the_handshake(proxied: Proxied) -> None:
    """It comes before the loop has told that the handshake is over."""
    context = ssl.create_default_context(cafile=proxied.trust.ca)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=TALK)
    with open_tunnel(proxied, f"{TALK}:443") as client:
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        client.sendall(outgoing.read())
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                incoming.write(client.recv(65536))
        tls.write(encode_request(target=f"/{make_token_path(proxied)}", host=TALK))
        client.sendall(outgoing.read())
        answer = b""
        while not answer.endswith(b"}"):
            incoming.write(client.recv(65536))
            with suppress(ssl.SSLWantReadError):
                answer += tls.read(65536)
    assert b'"expires_in":7200' in answer


def test_a_client_that_leaves_a_tunnel_ends_its_call(proxied: Proxied) -> None:
    async def count() -> int:
        return len(asyncio.all_tasks())

    before = proxied.live.run(count())
    with open_tls(proxied, open_tunnel(proxied, f"{PICTURES}:443"), PICTURES) as client:
        client.sendall(encode_request(target=f"/{make_scan_target('emu-fault-hang').partition('/')[2]}", host=PICTURES))
        proxied.live.run(wait_until(lambda: len(proxied.live.list_entries()) == 1))
    proxied.live.run(proxied.wait_until_left())
    proxied.live.run(wait_until(lambda: len(asyncio.all_tasks()) <= before))


# The end.


def send(proxied: Proxied, data: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxied.port), 10)
    client.sendall(data)
    return client


def hang_by_address(proxied: Proxied, _listening: int) -> socket.socket:
    return send(proxied, encode_request(target=f"http://{make_scan_target('emu-fault-hang')}"))


def hang_in_a_tunnel(proxied: Proxied, _listening: int) -> socket.socket:
    client = open_tls(proxied, open_tunnel(proxied, f"{PICTURES}:443"), PICTURES)
    client.sendall(encode_request(target=f"/{make_scan_target('emu-fault-hang').partition('/')[2]}", host=PICTURES))
    return client


def begin_a_head(proxied: Proxied, _listening: int) -> socket.socket:
    return send(proxied, b"CONNECT ")


def begin_a_handshake(proxied: Proxied, _listening: int) -> socket.socket:
    return open_tunnel(proxied, f"{TALK}:443")


def be_led_through(proxied: Proxied, listening: int) -> socket.socket:
    return open_tunnel(proxied, f"127.0.0.1:{listening}")


def be_connected(proxied: Proxied, listening: int) -> socket.socket:
    with socket.create_connection(("127.0.0.1", listening)):  # all that the server takes
        return send(proxied, encode_connect(f"127.0.0.1:{listening}"))


@pytest.mark.parametrize(
    "begin",
    [hang_by_address, hang_in_a_tunnel, begin_a_head, begin_a_handshake, be_led_through, be_connected],
)
def test_close_ends_everything_at_once(proxied: Proxied, begin: Callable[[Proxied, int], socket.socket]) -> None:
    """Nobody waits for a call that hangs."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=0)
    with listening, begin(proxied, listening.getsockname()[1]) as client:
        if begin in (hang_by_address, hang_in_a_tunnel):
            proxied.live.run(wait_until(proxied.live.list_entries))
        proxied.live.run(settle())
        assert proxied.list_open()
        proxied.live.submit(proxied.proxy.close()).result(1)
        with suppress(ConnectionResetError, ssl.SSLEOFError):
            assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxied.port), 1)
    proxied.live.run(proxied.wait_until_left())


def test_it_listens_on_loopback_alone(proxied: Proxied) -> None:
    server: Any = proxied.proxy._server
    assert [each.getsockname() for each in server.sockets] == [("127.0.0.1", proxied.port)]
