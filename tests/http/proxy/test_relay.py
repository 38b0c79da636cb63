"""What is led through: every byte, both ways, at the speed of the slower side."""

import hashlib
import os
import re
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from emulator.http import entrance
from moderation_emulator.contract.raw_socket import encode_request, settle
from tests.http.proxy.origins import CONTENT, DIGEST, MEGABYTE, fill, read_all, read_head, serve_http, serve_once
from tests.http.proxy.proxied import Client, Proxied, Trust, encode_basic, encode_connect, wait_until

Start = Callable[[str], Proxied]


def open_tunnel(proxied: Proxied, port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxied.port), 10)
    client.sendall(encode_connect(f"127.0.0.1:{port}"))
    assert read_head(client) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    return client


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# Whole clients.


@pytest.mark.parametrize("tls", [True, False])
def test_large_bodies_both_ways(proxied: Proxied, trust: Trust, tls: bool) -> None:
    with serve_http(trust.context if tls else None) as origin, proxied.open_session() as session:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{origin.port}"
        for _ in range(2):
            assert session.post(f"{url}/", CONTENT, timeout=20).text == DIGEST
            assert hashlib.sha256(session.get(f"{url}/large", timeout=20).content).hexdigest() == DIGEST
    assert len(proxied.asked) == (1 if tls else 4)  # a tunnel is kept, a request by address ends its connection


def test_a_request_by_address_reaches_the_host_as_if_there_were_no_proxy(proxied: Proxied) -> None:
    with serve_http() as origin, Client(proxied) as client:
        place = f"127.0.0.1:{origin.port}"
        call = encode_request(target=f"http://{place}/here?a=b", host=place, Proxy_Connection="keep-alive", X_One="1")
        client.send(call, wait=False)
        answer = client.read_answer()
        assert (answer.body, answer.headers["connection"]) == (b"/here?a=b", "close")
        assert client.read_rest() == b""
    assert origin.heads[0].splitlines() == [
        *("GET /here?a=b HTTP/1.1", f"Host: {place}", "X-One: 1", "Connection: close", ""),
    ]


def test_a_client_that_has_its_proxy_speak_tls(proxied: Proxied, trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """As axios does. The proxy then is who must trust the host."""
    with serve_http(trust.context) as origin:
        call = encode_request(target=f"https://127.0.0.1:{origin.port}/here", host=f"127.0.0.1:{origin.port}")
        with Client(proxied) as client:
            answer = client.send(call, wait=False).read_answer()
            assert (answer.status, "certificate verify failed" in answer.body.decode().lower()) == (502, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(trust.ca))
        monkeypatch.setattr(proxied.proxy, "_usual_trust", None)
        with Client(proxied) as client:
            answer = client.send(call, wait=False).read_answer()
            assert (answer.body, answer.headers["connection"], client.read_rest()) == (b"/here", "close", b"")


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n*A: b\r\n\r\nHTTP/1.1 200 OK\r\n"),
        (b"HTTP/1.0 404 No\r\n\r\n", b"HTTP/1.0 404 No\r\n*\r\n"),
        (b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\n*\r\n"),
        (
            b"HTTP/1.1 103 A\r\nL: 2\r\n\r\nHTTP/1.1 500 \r\n\r\n",
            b"HTTP/1.1 103 A\r\nL: 2\r\n\r\nHTTP/1.1 500 \r\n*\r\n",
        ),
        (b"HTTP/1.1 101 Up\r\nA: b\r\n\r\nHTTP/1.1 200 \n", b"HTTP/1.1 101 Up\r\nA: b\r\n\r\nHTTP/1.1 200 \n"),
        (b"no HTTP at all", b"no HTTP at all"),
        (b"HTTP/1.1 2", b"HTTP/1.1 2"),
        (b"", b""),
        (b"x" * 100_000, b"x" * 100_000),
    ],
)
@pytest.mark.parametrize("pieces", [1, 9, 100])
def test_an_answer_says_that_the_connection_ends(proxied: Proxied, answer: bytes, seen: bytes, pieces: int) -> None:
    size = len(answer) // pieces + 1

    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_head(connection)
        for at in range(0, len(answer), size):
            connection.sendall(answer[at : at + size])

    with serve_once(play) as port, Client(proxied) as client:
        client.send(encode_request(target=f"http://127.0.0.1:{port}/"), wait=False)
        assert client.read_rest() == seen.replace(b"*", b"Connection: close\r\n")


def test_an_interim_answer_comes_at_once(proxied: Proxied) -> None:
    """A client that waits for it sends nothing more before."""

    def play(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.recv(1) == b"x"
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with serve_once(play) as port, Client(proxied) as client:
        call = encode_request("POST", f"http://127.0.0.1:{port}/", Expect="100-continue", Content_Length="1")
        assert client.send(call, wait=False).read_answer(head=True).status == 100
        assert client.send(b"x", wait=False).read_answer(head=True).status == 204


# Bare bytes.


def test_a_host_that_speaks_first(proxied: Proxied) -> None:
    def play(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")

    with serve_once(play) as port, open_tunnel(proxied, port) as client:
        assert read_all(client) == b"220 ready\r\n"


def test_what_comes_behind_the_head_is_led_through(proxied: Proxied) -> None:
    with serve_once(lambda connection: connection.sendall(connection.recv(5))) as port, Client(proxied) as client:
        client.send(encode_connect(f"127.0.0.1:{port}") + b"early", wait=False)
        assert client.read_rest() == b"HTTP/1.1 200 Connection established\r\n\r\nearly"


def test_a_way_that_is_finished_leaves_the_other_open(proxied: Proxied) -> None:
    """The client says that it is done; the host then answers with five megabytes."""

    def play(connection: socket.socket) -> None:
        assert read_all(connection) == CONTENT
        connection.sendall(CONTENT)

    with serve_once(play) as port, open_tunnel(proxied, port) as client:
        client.sendall(CONTENT)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == CONTENT
    proxied.live.run(proxied.wait_until_left())


def test_a_host_that_is_finished_still_listens(proxied: Proxied) -> None:
    def play(connection: socket.socket) -> None:
        connection.sendall(b"bye")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == CONTENT

    with serve_once(play) as port, open_tunnel(proxied, port) as client:
        assert read_all(client) == b"bye"
        client.sendall(CONTENT)
        client.shutdown(socket.SHUT_WR)
    proxied.live.run(proxied.wait_until_left())


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_slow_receiver_slows_the_sender(proxied: Proxied, way: str) -> None:
    """What nobody reads stays with the sender: the proxy holds two reads of a socket, the system some megabytes."""
    part, most = os.urandom(MEGABYTE), 64 * MEGABYTE
    sent: list[int] = []
    held: list[int] = []

    def send(connection: socket.socket) -> None:
        sent.append(fill(connection, part, most))
        held.extend(each.get_write_buffer_size() for each in proxied.list_open())
        connection.shutdown(socket.SHUT_WR)

    def receive(connection: socket.socket) -> None:
        proxied.live.run(wait_until(lambda: sent))
        assert len(read_all(connection)) == sent[0]

    up = way == "up"
    with serve_once(receive if up else send) as port, open_tunnel(proxied, port) as client:
        (send if up else receive)(client)
    assert MEGABYTE < sent[0] < most
    assert 0 < max(held) < MEGABYTE


@pytest.mark.parametrize("by", ["host", "client"])
def test_a_reset_of_either_side_is_one_of_the_other(proxied: Proxied, by: str) -> None:
    def play(connection: socket.socket) -> None:
        assert connection.recv(1) == b"x"
        if by == "host":
            reset(connection)
            return
        connection.sendall(b"y")
        with pytest.raises(ConnectionResetError):
            read_all(connection)

    with serve_once(play) as port, open_tunnel(proxied, port) as client:
        client.sendall(b"x")
        if by == "host":
            with pytest.raises(ConnectionResetError):
                read_all(client)
        else:
            assert client.recv(1) == b"y"
            reset(client)
    proxied.live.run(proxied.wait_until_left())


def test_a_reset_amid_much_that_nobody_reads(proxied: Proxied) -> None:
    def play(connection: socket.socket) -> None:
        with suppress(ConnectionError):
            fill(connection, CONTENT, 64 * MEGABYTE)

    with serve_once(play) as port:
        client = open_tunnel(proxied, port)
        proxied.live.run(settle())
        reset(client)
        proxied.live.run(proxied.wait_until_left())


def test_a_client_that_left_while_its_host_was_connected(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    find = proxied.proxy.find_route

    async def find_slowly(head: object) -> object:
        for each in proxied.list_open():
            each.abort()
        return await find(head)  # type: ignore[arg-type]

    monkeypatch.setattr(proxied.proxy, "find_route", find_slowly)
    with serve_once(read_all_or_reset) as port, Client(proxied) as client:
        assert client.send(encode_connect(f"127.0.0.1:{port}"), wait=False).read_rest() == b""
        proxied.live.run(proxied.wait_until_left())


def read_all_or_reset(connection: socket.socket) -> None:
    with suppress(ConnectionResetError):
        assert read_all(connection) == b""


# Hosts that cannot be reached.


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("127.0.0.1:1", "connection refused"),
        ("[::1]:1", "connection refused|cannot assign requested address|address family not supported.*"),
        ("nowhere.invalid:80", ".*(not known|failure in name resolution|no address).*"),
        ("a..b:80", ".*label.*"),
        (f"{'a' * 70}.test:80", ".*(label|not known|failure).*"),
    ],
)
@pytest.mark.parametrize("tunnel", [True, False])
def test_a_host_that_cannot_be_reached(proxied: Proxied, place: str, why: str, tunnel: bool) -> None:
    call = encode_connect(place) if tunnel else encode_request("PUT", f"http://{place}/", bytes(500_000))
    with Client(proxied) as client:
        answer = client.send(call, wait=False).read_answer()
        assert client.finish().read_rest() == b""
    pattern = rf"moderation-emulator: {re.escape(place)} cannot be reached: ({why})\.\n"
    assert answer.status == 502
    assert re.fullmatch(pattern, answer.body.decode(), re.IGNORECASE)


def test_a_host_that_does_not_answer(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "CONNECT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), Client(proxied) as client:  # all that it takes
            answer = client.send(encode_connect(f"127.0.0.1:{port}"), wait=False).read_answer()
    assert (answer.status, "it takes too long" in answer.body.decode()) == (504, True)


# The proxy that a user had.


def pass_by(connection: socket.socket, heads: list[bytes]) -> None:
    """Play a proxy that opens a tunnel to itself, and repeats what comes."""
    heads.append(read_head(connection))
    connection.sendall(b"HTTP/1.1 200 Welcome\r\n\r\n" if heads[0].startswith(b"CONNECT") else b"")
    connection.sendall(connection.recv(5))


def test_tunnels_go_out_by_the_proxy_of_the_user(start_proxy: Start) -> None:
    heads: list[bytes] = []
    with serve_once(partial(pass_by, heads=heads)) as port:
        proxied = start_proxy(f"http://me%40home:p%3Ass@127.0.0.1:{port}")
        with Client(proxied) as client:
            client.send(encode_connect("other.test:443", "Proxy-Authorization: Basic eA=="), wait=False)
            assert client.read_answer(head=True).status == 200
            assert client.send(b"hello", wait=False).read_rest() == b"hello"
    assert heads == [encode_connect("other.test:443", f"Proxy-Authorization: {encode_basic('me@home:p:ss')}")]


def test_requests_go_out_by_the_proxy_of_the_user(start_proxy: Start) -> None:
    heads: list[bytes] = []
    with serve_once(partial(pass_by, heads=heads)) as port:
        proxied = start_proxy(f"127.0.0.1:{port}")
        with Client(proxied) as client:
            client.send(encode_request("POST", "http://other.test/a", b"hello", host="other.test"), wait=False)
            assert client.read_rest() == b"hello"
    assert heads == [
        b"POST http://other.test/a HTTP/1.1\r\nHost: other.test\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    ]


def test_a_proxy_of_the_user_that_refuses_is_heard(start_proxy: Start) -> None:
    refusal = b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n"

    def refuse(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(refusal)

    with serve_once(refuse) as port, Client(start_proxy(f"http://127.0.0.1:{port}")) as client:
        assert client.send(encode_connect("other.test:443"), wait=False).read_rest() == refusal


def test_this_machine_is_called_without_the_proxy_of_the_user(start_proxy: Start) -> None:
    with serve_http() as origin, start_proxy("http://127.0.0.1:1").open_session() as session:
        for host in ("127.0.0.1", "localhost"):
            assert session.get(f"http://{host}:{origin.port}/here", timeout=10).text == "/here"


def test_a_proxy_of_the_user_that_is_away(start_proxy: Start) -> None:
    with Client(start_proxy("http://user:SECRETWORD@127.0.0.1:1")) as client:
        answer = client.send(encode_connect("other.test:443"), wait=False).read_answer()
    assert answer.status == 502
    assert answer.body == b"moderation-emulator: other.test:443 cannot be reached: connection refused.\n"
