"""A provider without operations and error rows, as one that is just begun.

It refuses in its own form, and whoever asks the control API about it gets an answer.
"""

from collections.abc import Iterator

import pytest
import requests

from emulator.admission import Admission
from emulator.error_types import Refusal
from emulator.errors import Errors
from emulator.operation import Body
from emulator.provider import Gate, Provider, Wire
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse
from moderation_emulator.contract.kit import PROVIDERS, find_missing
from moderation_emulator.contract.raw_socket import Connection
from moderation_emulator.contract.running_server import RunningServer


def decode(request: WireRequest, _state: State) -> Call:
    return Call(request.path, {}, {})


def admit(_request: WireRequest, call: Call, _state: State) -> Admission:
    raise Refusal("NoSuchThing", f"{call.operation} is not there.")


def encode(_call: Call, _body: Body, _request_id: str, _state: State) -> WireResponse:
    raise AssertionError("There is nothing to be answered.")


def refuse(_request: WireRequest, _call: Call | None, refusal: Refusal, request_id: str, _state: State) -> WireResponse:
    return WireResponse(418, {"X-Id": request_id}, f"{refusal.code}: {refusal.detail}".encode())


EMPTY = Provider(
    name="empty",
    wire=Wire(("empty",), decode, encode, refuse),
    gate=Gate(admit),
    errors=Errors((), internal="Crash", unreadable="Unreadable"),
    operations={},
    credentials=next(iter(PROVIDERS.values())).credentials,
    limits={},
)


@pytest.fixture
def app() -> Iterator[RunningServer]:
    with RunningServer(None, EMPTY) as live:
        yield live


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", ["/empty", "/empty/", "/empty/a/b?c=d", "/empty?%ff"])
def test_it_refuses_in_its_own_form(app: RunningServer, method: str, path: str) -> None:
    answer = requests.request(method, f"{app.url}{path}", timeout=10)
    message = f"NoSuchThing: {path.partition('?')[0]} is not there."
    assert (answer.status_code, answer.text) == (418, "" if method == "HEAD" else message)
    (entry,) = app.list_entries()
    assert answer.headers["X-Id"] == entry.request_id
    assert (entry.provider, entry.code, entry.outcome) == ("empty", "NoSuchThing", "refused")
    assert entry.decided_by[0] == "gate"
    assert app.control("GET", f"journal/{entry.id}").json()["detail"] == message.partition(": ")[2]


def test_what_is_too_large_is_refused_in_its_own_form(app: RunningServer) -> None:
    with Connection(app) as connection:
        head = b"POST /empty/ HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n"
        answer = connection.send(head).read_answer()
    assert (answer.status, answer.body) == (418, b"Unreadable: It is too large.")


@pytest.mark.parametrize(
    "path",
    [
        *("info", "errors", "errors?provider=empty", "errors?lang=zh", "openapi.json", "metrics", "settings", "rules"),
        *("journal", "journal?provider=empty", "bill", "etiquette", "health", "accounts"),
    ],
)
def test_the_application_can_be_asked_about(app: RunningServer, path: str) -> None:
    requests.post(f"{app.url}/empty/a", timeout=10)
    assert requests.get(f"{app.url}/_emulator/{path}", timeout=10).status_code == 200


def test_its_errors_are_none(app: RunningServer) -> None:
    assert app.control("GET", "errors", provider="empty").json()["items"] == []


def test_rules_may_be_about_it_but_ask_for_no_error(app: RunningServer) -> None:
    app.push_rule({"provider": "empty"}, respond={"a": 1})
    assert requests.post(f"{app.url}/empty/a", timeout=10).status_code == 418  # the gate is asked first
    refused = app.control("POST", "rules", {"match": {"provider": "empty"}, "error": "NoSuchThing"})
    assert refused.status_code == 400
    assert refused.json()["problems"][0]["path"].startswith("$.error")


def test_the_page_of_help_names_its_path_prefix(app: RunningServer) -> None:
    page = requests.get(app.url, headers={"Accept": "text/html"}, timeout=10).text
    assert "<b>empty</b> at <code>/empty</code>" in page


def test_the_suite_says_what_to_write_next() -> None:
    call, rule = find_missing(EMPTY, None)
    assert call.startswith("Nothing says how to call empty: write tests/providers/empty/contract.py ")
    assert rule == "empty has no rule that shows it: write one in fixtures/empty/."
