"""What happened, as keys that stay and as one line to read; written out here in full, for others parse it."""

import time
from typing import Any

import pytest

from emulator.reports import log_line
from emulator.reports.call_log import CallLog
from emulator.reports.log_line import Fields
from emulator.rules.files import RulesReloaded
from emulator.state.callbacks.callback import Attempt
from emulator.state.events import CallbackAttempted, ControlChanged, Event, UnhandledRequest
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image, scan_text

AT = 1767600000.0
CLOCK = time.strftime("%H:%M:%S", time.localtime(AT))
CALL: Fields = {
    "account": "default",
    "provider": "aliyun_imageaudit",
    "operation": "ScanText",
    "method": "GET",
    "path": "/",
    "suggestion": "pass",
    "subject": "hello",
    "subjects": 1,
    "status": 200,
    "outcome": "pass",
    "code": None,
    "decided_by": {"kind": "default", "rule": None, "name": None},
    "detail": "",
    "causes": [],
}


def describe(live: RunningServer, event: Event | None = None, causes: tuple[str, ...] = ()) -> tuple[str, Fields]:
    """Return what is said of an event, by default of the last call, without how long it took and its number."""
    name, found = log_line.describe_event(event or live.list_entries()[0], live.state, list(causes))
    if name == "call":
        assert found.pop("id") == str(live.list_entries()[0].id)
        assert 0 < found.pop("duration_ms") < 60_000
    return name, found


def render(name: str, found: Fields) -> str:
    return log_line.render_line(AT, name, {"duration_ms": 12.34, **found})


def render_row(account: str, about: str, outcome: str, *rest: str, took: str = "") -> str:
    """Return a line with the columns as wide as they are, then the rest."""
    return "  ".join([CLOCK, f"{account:<10}", f"{about:<34}", f"{outcome:<11}", f"{took:>9}", *rest]).rstrip()


def make_attempt(status: int | None, error: str | None, manual: bool = False) -> CallbackAttempted:
    attempt = Attempt(AT, manual, status, error, 0.01234)
    return CallbackAttempted("acc-1", "cb-7", "http://a.test/push?x=1", 3, attempt)


def test_a_call_that_passes(live: RunningServer) -> None:
    scan_text(live, "hello")
    assert describe(live) == ("call", CALL)
    assert render("call", CALL) == render_row(
        "default", "aliyun_imageaudit ScanText", "200 pass", "hello", took="12.3 ms"
    )


def test_a_call_that_magic_decides(live: RunningServer) -> None:
    scan_text(live, "emu-ad", "hello", "hello again")
    found = CALL | {
        "suggestion": "block",
        "subject": "emu-ad",
        "subjects": 3,
        "outcome": "verdict",
        "decided_by": {"kind": "magic", "rule": None, "name": "emu-ad"},
    }
    assert describe(live) == ("call", found)
    rest = ("block emu-ad and 2 more", "by magic (emu-ad)")
    assert render("call", found) == render_row(
        "default", "aliyun_imageaudit ScanText", "200 verdict", *rest, took="12.3 ms"
    )


@pytest.mark.parametrize(("name", "shown"), [({"name": "no ads"}, "no ads"), ({}, None)])
def test_a_call_that_a_rule_decides(live: RunningServer, name: dict[str, str], shown: str | None) -> None:
    rule = live.push_rule({"text": {"contains": "advert"}}, verdict="ad", **name)
    scan_text(live, "an advert")
    _, found = describe(live)
    assert found["decided_by"] == {"kind": "rule", "rule": rule["id"], "name": shown}
    assert render("call", found).endswith(f"  block an advert  by rule ({shown or rule['id']})")


def test_a_call_that_is_refused_says_why(live: RunningServer) -> None:
    scan_text(live, "hello", secret="another")
    _, found = describe(live, causes=tuple("abcd"))
    assert (found["subject"], found["subjects"], found["suggestion"]) == (None, 0, None)
    assert (found["status"], found["outcome"], found["code"]) == (400, "refused", "SignatureDoesNotMatch")
    assert found["causes"] == ["a", "b", "c"]
    shown = render("call", found | {"detail": "it is so:"})
    assert shown.endswith("  12.3 ms  SignatureDoesNotMatch  by gate  it is so: a; b; c")


def test_a_call_without_operation_or_answer_is_known_by_its_path() -> None:
    found = CALL | {"account": None, "operation": None, "path": "/none", "status": None, "outcome": "fault"}
    assert render("call", found) == render_row("-", "aliyun_imageaudit /none", "--- fault", "hello", took="12.3 ms")


@pytest.mark.parametrize(
    ("status", "error", "manual", "about", "outcome"),
    [
        (200, None, False, "push cb-7 attempt 3", "200 answered"),
        (500, None, True, "push cb-7 by hand", "500 answered"),
        (None, "slow: more than 3 s", False, "push cb-7 attempt 3", "--- failed"),
    ],
)
def test_a_push_is_a_line(
    live: RunningServer, status: int | None, error: str | None, manual: bool, about: str, outcome: str
) -> None:
    name, found = describe(live, make_attempt(status, error, manual))
    assert (name, found) == (
        "push",
        {
            "account": "default",
            "callback": "cb-7",
            "attempt": 3,
            "manual": manual,
            "url": "http://a.test/push?x=1",
            "status": status,
            "error": error,
            "duration_ms": 12.3,
        },
    )
    rest = filter(None, ("http://a.test/push?x=1", error))
    assert render(name, found) == render_row("default", about, outcome, *rest, took="12.3 ms")


def test_of_an_account_that_is_gone_the_id_is_reported(live: RunningServer) -> None:
    assert describe(live, make_attempt(200, None)._replace(account="acc-99"))[1]["account"] == "acc-99"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"name": "\xe5\x9b\xbe",\n "error": "x"}', '{"name":"\u56fe","error":"x"}'),
        (b"[1,\n 2", "[1, 2"),  # cut off
        (b"-----BEGIN KEY-----", None),
        (b"", None),
    ],
)
def test_a_change_is_a_line(live: RunningServer, body: bytes, shown: str | None) -> None:
    name, found = describe(live, ControlChanged("team-b", "POST", "/_emulator/rules?x=1", 201, body))
    assert (name, found) == (
        "change",
        {"account": "team-b", "method": "POST", "path": "/_emulator/rules?x=1", "status": 201, "body": shown},
    )
    assert render(name, found) == render_row("team-b", "control POST rules?x=1", "201 done", shown or "")


def test_a_change_of_all_accounts(live: RunningServer) -> None:
    assert describe(live, ControlChanged(None, "POST", "/_emulator/reset", 200, b""))[1]["account"] is None


@pytest.mark.parametrize(("problem", "outcome"), [("", "read"), ("a.yaml:3: no such key", "--- failed")])
def test_a_reload_is_a_line(live: RunningServer, problem: str, outcome: str) -> None:
    name, found = describe(live, RulesReloaded(41, problem))
    assert (name, found) == ("reload", {"rules": 41, "problem": problem or None})
    assert render(name, found) == render_row("-", "rule files", outcome, "41 rules hold", problem)


def test_a_stray_request(live: RunningServer) -> None:
    name, found = describe(live, UnhandledRequest("PUT", "/nowhere", 404, "nobody answers there"))
    assert (name, found) == (
        "stray",
        {"method": "PUT", "path": "/nowhere", "status": 404, "detail": "nobody answers there"},
    )
    assert render(name, found) == render_row("-", "PUT /nowhere", "404 stray", "nobody answers there")


def test_the_gravest_suggestion_and_what_names_the_first_picture(live: RunningServer) -> None:
    scan_image(live, "https://a.test/one.jpg", "https://a.test/emu-review.jpg")
    assert describe(live)[1]["suggestion"] == "review"
    assert describe(live)[1]["subject"] == "https://a.test/one.jpg"
    scan_image(live, "https://a.test/emu-review.jpg", "https://a.test/emu-porn.jpg")
    assert describe(live)[1]["suggestion"] == "block"


@pytest.mark.parametrize(("length", "shown"), [(160, "a" * 160), (161, "a" * 160 + "...")])
def test_a_long_text_is_cut(live: RunningServer, length: int, shown: str) -> None:
    scan_text(live, "a" * length)
    assert describe(live)[1]["subject"] == shown


class Kept:
    """A writer of the log that keeps what it is given."""

    def __init__(self) -> None:
        self.given: list[tuple[float, Any, int]] = []

    def put(self, at: float, drawn: Any, size: int) -> None:
        self.given.append((at, drawn, size))


def test_signatures_are_explained_for_the_first_five_of_a_second(live: RunningServer) -> None:
    scan_text(live, "hello", secret="another")
    kept = Kept()
    log = CallLog(live.state, kept, lambda: AT)  # type: ignore[arg-type]
    log.log_event(live.list_entries()[0])
    ((at, drawn, size),) = kept.given
    assert at == AT
    assert size > 500
    lines = [drawn(moment, "text")[0] for moment in (AT, AT, AT + 0.9, AT, AT, AT, AT + 1)]
    unexplained = len(lines[5])
    assert [len(each) > unexplained for each in lines] == [True] * 5 + [False, True]


def test_another_event_than_a_call_weighs_four_kib(live: RunningServer) -> None:
    kept = Kept()
    CallLog(live.state, kept, lambda: AT).log_event(RulesReloaded(1, ""))  # type: ignore[arg-type]
    assert kept.given[0][2] == 4096
