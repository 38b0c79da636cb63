"""What comes in one packet is parsed piece by piece, in order, and others have their turn between the pieces."""

import asyncio
import gc
from typing import Any

import pytest
from aiohttp.web_protocol import RequestHandler

from moderation_emulator.contract.raw_socket import Connection, encode_request
from moderation_emulator.contract.running_server import RunningServer

PIECE = 32 * 1024
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = bytes(range(97, 123)) * 1000


def encode_chunks(body: bytes, size: int) -> bytes:
    """Return a body in chunks of this size."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 100, 10_000])
def test_a_body_in_chunks_arrives_whole(live: RunningServer, size: int) -> None:
    with Connection(live) as connection:
        connection.send(HEAD + encode_chunks(BODY, size) + encode_request(target="/nowhere"), wait=False)
        assert connection.read_answer().status == 400
        assert live.list_entries()[0].body == BODY
        assert connection.read_answer().status == 404


def test_thousands_of_calls_in_one_packet_are_answered_in_order(live: RunningServer) -> None:
    number = 3000
    with Connection(live) as connection:
        connection.send(b"".join(encode_request(target=f"/nowhere-{n}") for n in range(number)), wait=False)
        for n in range(number):
            assert f"/nowhere-{n};" in connection.read_answer().json()["error"]


def test_others_have_their_turn_between_the_pieces_of_a_packet(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[int] = []
    parse = RequestHandler.data_received

    def note_and_parse(connection: Any, data: bytes) -> None:
        if data:
            happened.append(len(data))
            asyncio.get_running_loop().call_soon(happened.append, 0)
        parse(connection, data)

    monkeypatch.setattr(RequestHandler, "data_received", note_and_parse)
    with Connection(live) as connection:
        assert connection.send(HEAD + encode_chunks(BODY, 1)).read_answer().status == 400
    assert sum(happened) == len(HEAD) + len(encode_chunks(BODY, 1))
    assert max(happened) == PIECE
    assert not [at for at, size in enumerate(happened[:-1]) if size and happened[at + 1]]


@pytest.mark.parametrize(
    "data",
    [
        encode_request(target="/nowhere"),
        HEAD + encode_chunks(BODY, 1000),
        encode_request("POST", "/nowhere", Content_Length="9"),
        b"NO HTTP\r\n\r\n",
        b"GET /half",
    ],
    ids=["a request", "a body", "half a body", "no HTTP", "half a head"],
)
def test_what_a_connection_held_is_free_when_it_is_lost(live: RunningServer, data: bytes) -> None:
    """Nothing waits for a search for garbage, which passes over what was there when many rules came."""
    gc.collect()
    gc.disable()
    try:
        with Connection(live) as connection:
            connection.send(data)
        with Connection(live) as another:
            another.send(encode_request(target="/nowhere"), wait=False).read_answer()
            assert len([each for each in gc.get_objects() if isinstance(each, RequestHandler)]) == 1
    finally:
        gc.enable()
