"""A page is let in only from the very address that it calls: any other port of this machine may serve anything."""

import json

import pytest

from emulator.control import PREFIX
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer

RULE = json.dumps({"match": {}, "verdict": "block"}).encode()
NAMES = ("127.0.0.1", "localhost", "[::1]", "emulator")
PORTS = ("", ":1", ":80", ":{port}", ":{port}0", ":0{port}", ":")


def get_status(live: RunningServer, host: str, origin: str) -> int:
    """Return the status of the answer to a page of this origin that wants to push a rule to this host."""
    asked = encode_request(
        "POST", f"{PREFIX}rules", RULE, host.format(port=live.port), Origin=origin.format(port=live.port)
    )
    return ask(live, asked).status


@pytest.mark.parametrize("name", NAMES)
def test_only_the_same_port_is_the_same_origin(live: RunningServer, name: str) -> None:
    for called in PORTS:
        got = {page: get_status(live, name + called, f"http://{name}{page}") for page in PORTS}
        assert got == {page: 201 if page == called else 403 for page in PORTS}


@pytest.mark.parametrize("called", NAMES)
def test_the_same_port_of_another_name_is_another_origin(live: RunningServer, called: str) -> None:
    got = {page: get_status(live, called + ":{port}", f"http://{page}:{{port}}") for page in NAMES}
    assert got == {page: 201 if page == called else 403 for page in NAMES}


@pytest.mark.parametrize(
    "origin",
    [
        *("127.0.0.1:{port}", "//127.0.0.1:{port}", "http:127.0.0.1:{port}", "http:/127.0.0.1:{port}"),  # no scheme
        *("http://127.0.0.1:{port}/", "http://127.0.0.1:{port}?", "http://127.0.0.1:{port}#"),
        *("http://a@127.0.0.1:{port}", "http://evil.example/http://127.0.0.1:{port}", "file://", "null"),
        *("http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port} http://evil.example"),
        "chrome-extension://127.0.0.1",
    ],
)
def test_what_only_holds_the_address_is_another_origin(live: RunningServer, origin: str) -> None:
    assert get_status(live, "127.0.0.1:{port}", origin) == 403
    assert not list(live.state.rule_engine.control)


def test_a_proxy_may_speak_tls_in_front(live: RunningServer) -> None:
    """We speak none, so such a page of this very address can only be one that a proxy serves."""
    assert get_status(live, "127.0.0.1:{port}", "https://127.0.0.1:{port}") == 201
