"""The log holds little, and nothing that hurts."""

import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from emulator.log.cleaning import clean
from emulator.log.records import LINES_PER_HOUR, LINES_PER_SECOND, REPEAT_SECONDS, RecordHandler
from emulator.log.writer import MAX_LINE_BYTES, Writer, encode_json_line
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_text


class Log:
    """A logger of its own that writes into a pipe; `seconds` is what time it is."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.reader, self.descriptor = os.pipe()
        os.set_blocking(self.reader, False)
        self.writer = Writer(self.descriptor)
        self.writer.start("text")
        self.records = RecordHandler(self.writer, lambda: self.seconds)
        self.logger = logging.Logger("test")
        self.logger.addHandler(self.records)

    def read(self) -> list[str]:
        self.writer.wait_until_written()
        try:
            return os.read(self.reader, 1_000_000).decode().splitlines()
        except BlockingIOError:
            return []

    def crash(self, text: str) -> None:
        try:
            int(text)
        except ValueError:
            self.logger.exception("a mistake with %s", text)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.records.close()
    for descriptor in (log.reader, log.descriptor):
        try:
            os.close(descriptor)
        except OSError:
            """A test closed it."""


def test_twenty_lines_a_second_and_the_rest_is_counted(log: Log) -> None:
    for number in range(1000):
        log.logger.warning("number %d", number)
    assert log.read() == [f"WARNING: number {number}" for number in range(LINES_PER_SECOND)]
    log.seconds = 1.0
    log.logger.warning("later")
    assert log.read() == ["WARNING: 980 more lines were left out", "WARNING: later"]
    log.seconds = 2.0
    log.logger.warning("later still")
    assert log.read() == ["WARNING: later still"]


def test_what_was_left_out_is_reported_in_the_end(log: Log) -> None:
    for number in range(LINES_PER_SECOND + 5):
        log.logger.warning("number %d", number)
    log.read()
    log.records.close()
    assert log.read() == ["WARNING: 5 more lines were left out"]


def test_a_flood_of_hours_has_an_end_and_hides_no_error(log: Log) -> None:
    seen = []
    for _ in range(600):
        log.seconds += 1.0
        for number in range(30):
            log.logger.warning("flood %s %d", log.seconds, number)
        seen += log.read()
    assert sum("flood" in line for line in seen) == LINES_PER_HOUR
    log.seconds += 1.0
    log.logger.error("an error")
    assert log.read() == ["WARNING: 16510 more lines were left out", "ERROR: an error"]
    log.seconds += 3600.0
    log.logger.warning("an hour later")
    assert log.read() == ["WARNING: an hour later"]


def test_a_traceback_is_short_and_counts(log: Log) -> None:
    def fail_deep(levels: int) -> None:
        if levels:
            fail_deep(levels - 1)
        raise ValueError("deep")

    for _ in range(50):
        try:
            fail_deep(200)
        except ValueError:
            log.logger.exception("a mistake")
    lines = log.read()
    assert len(lines) <= LINES_PER_SECOND
    assert lines[0] == "ERROR: a mistake"
    assert lines[-1] == "ValueError: deep"
    assert any("test_log.py" in line for line in lines)


HOSTILE = {
    "line breaks": (
        "a\r\nERROR: forged\n\x0b\x0c\x1c\x85\u2028\u2029b",
        "a\\r\\nERROR: forged\\n\\x0b\\x0c\\x1c\\x85\\u2028\\u2029b",
    ),
    "terminal": ("\x1b]0;owned\x07\x1b[2J\x9b2J\x08\x7f\x00", "\\x1b]0;owned\\x07\\x1b[2J\\x9b2J\\x08\\x7f\\x00"),
    "direction": ("\u202eabc\u2066\u200f", "\\u202eabc\\u2066\\u200f"),
    "half a character": ("\ud800", "\\ud800"),
    "Chinese": ("加我支付宝🙂", "加我支付宝🙂"),
    "length": ("x" * 1_000_000, "x" * 500 + "..."),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_holds_nothing_that_hurts(log: Log, name: str) -> None:
    text, shown = HOSTILE[name]
    log.logger.warning("%s", text)
    assert log.read() == [f"WARNING: {shown}"]
    log.seconds = 1.0
    log.crash(text)
    lines = log.read()
    assert len(lines) <= LINES_PER_SECOND
    assert all(line.isprintable() and len(line) < 600 for line in lines)
    assert not [line for line in lines if line.startswith("ERROR: forged")]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "GET /?AccessKeyId=LTAI123&Action=x&Signature=ab%3D+/=&SignatureNonce=77 HTTP",
            "GET /?AccessKeyId=***&Action=x&Signature=***&SignatureNonce=*** HTTP",
        ),
        ("/wxa/img_sec_check?access_token=12_abc-def", "/wxa/img_sec_check?access_token=***"),
        ('{"secret": "abc def", "appid": "wx0"}', '{"secret": "***", "appid": "wx0"}'),
        ("{'Authorization': 'acs LTAI:sig=', 'x': 1}", "{'Authorization': '***', 'x': 1}"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("x-acs-security-token: CAIS", "x-acs-security-token: ***"),
        ("AccessKeySecret%3Dabc&x", "AccessKeySecret%3D***&x"),
        ("sign=abc/def==&app_auth_token=x", "sign=***&app_auth_token=***"),
        ("to http://user:pass@host/x", "to http://***@host/x"),
        ("unknown magic word emu-porm; did you mean emu-porn?", "unknown magic word emu-porm; did you mean emu-porn?"),
    ],
)
def test_credentials_are_masked(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_nobody_waits_for_a_reader_that_does_not_read(log: Log) -> None:
    for number in range(6000):
        log.seconds += 3600.0
        log.logger.warning("%d %s", number, "x" * 400)
    os.set_blocking(log.reader, True)
    seen = b""
    while seen.count(b"\n") < 1000:
        seen += os.read(log.reader, 65536)
    log.seconds += 3600.0
    log.logger.warning("again")
    while not seen.endswith(b"again\n"):
        seen += os.read(log.reader, 65536)
    *lines, got, _again = seen.decode().splitlines()
    match = re.fullmatch("WARNING: ([0-9]+) more lines were left out", got)
    assert match is not None
    assert len(lines) + int(match[1]) == 6000
    assert [line.split()[1] for line in lines] == [str(number) for number in range(len(lines))]


@pytest.mark.parametrize("gone", ["closed", "broken", "full"])
def test_nothing_happens_when_nobody_can_read(log: Log, gone: str) -> None:
    if gone == "full":
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, log.descriptor)
        os.close(full)
    else:
        os.close(log.reader if gone == "broken" else log.descriptor)
    log.logger.error("nobody reads this")
    log.writer.wait_until_written()


def test_equal_records_are_reported_once_and_then_how_often_they_came(log: Log) -> None:
    for _ in range(1000):
        log.logger.warning("the same")
    log.logger.warning("another")
    assert log.read() == ["WARNING: the same", "WARNING: another"]
    log.seconds += REPEAT_SECONDS
    log.logger.warning("the same")
    assert log.read() == ["WARNING: 999 times more: the same", "WARNING: the same"]
    log.logger.warning("the same")
    log.records.close()
    assert log.read() == ["WARNING: 1 time more: the same"]


def test_what_waits_for_its_form_is_written_in_the_end() -> None:
    reader, descriptor = os.pipe()
    writer = Writer(descriptor)
    writer.put(0.0, lambda _at, form: [form], 0)
    writer.close()
    os.close(descriptor)
    assert os.read(reader, 100) == b"text\n"
    os.close(reader)


def render_number(number: int, _at: float, _form: str) -> list[str]:
    return [f"{number} {'x' * 400}"]


def test_a_descriptor_that_others_made_non_blocking_loses_nothing(log: Log) -> None:
    os.set_blocking(log.descriptor, False)
    for number in range(1000):
        log.writer.put(0.0, partial(render_number, number), 0)
    os.set_blocking(log.reader, True)
    seen = b""
    while seen.count(b"\n") < 1000:
        seen += os.read(log.reader, 65536)
    assert [line.split()[0] for line in seen.decode().splitlines()] == [str(number) for number in range(1000)]


def test_a_mistake_in_a_line_costs_this_line_alone(log: Log) -> None:
    log.writer.put(0.0, lambda _at, _form: [str(1 // 0)], 0)
    log.writer.put(0.0, lambda _at, _form: ["next"], 0)
    assert log.read() == ["ERROR: unhandled exception in a line of the log: ZeroDivisionError", "next"]


def test_a_line_has_an_end(log: Log) -> None:
    log.writer.put(0.0, lambda _at, _form: ["图" * 10_000], 0)
    (line,) = log.read()
    assert len(line.encode()) < MAX_LINE_BYTES
    assert line.endswith("图...")


def test_one_object_a_line(log: Log) -> None:
    log.writer.start("json")
    for number in range(LINES_PER_SECOND + 3):
        log.logger.warning("图 %d \x1b\ud800\u202e", number)
    log.seconds = 1.0
    log.crash("x")
    body = [json.loads(line) for line in log.read()]
    assert body[0].keys() == {"at", "event", "text", "traceback"}
    assert body[0]["text"] == "图 0 \\x1b\\ud800\\u202e"
    assert (body[LINES_PER_SECOND]["event"], body[LINES_PER_SECOND]["lines"]) == ("left out", 3)
    assert (body[-1]["event"], body[-1]["traceback"][-1][:10]) == ("error", "ValueError")


def test_an_object_stays_one_however_long_its_texts_are(log: Log) -> None:
    expected = {
        "text": "🙂" * 500,
        "traceback": ["🙂" * 500] * (LINES_PER_SECOND - 1),
        "decided_by": {"name": "🙂" * 500},
        "ms": 1.5,
    }
    log.writer.put(0.0, lambda at, _form: [encode_json_line(at, "error", expected)], 0)
    (line,) = log.read()
    assert len(line.encode()) < MAX_LINE_BYTES
    assert json.loads(line).keys() == {"at", "event", *expected}


def test_a_mistake_in_a_message_is_not_the_callers(log: Log) -> None:
    log.logger.warning("%d", "no number")
    assert log.read() == ["WARNING: %d"]


# What callers make the emulator say.


def test_a_warning_is_reported_once_for_each_account_and_reset(
    start: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture
) -> None:
    team = {"name": "team-b", "aliyun": {"access_key_id": "bId", "access_key_secret": "bSecret"}}
    live = start({"accounts": [team]})

    def count_records(**options: Any) -> int:
        before = len(caplog.records)
        for _ in range(10):
            assert scan_text(live, "emu-nothing-such", "emu-nothing-such", **options).status_code == 200
        return len(caplog.records) - before

    assert count_records() == 1
    assert count_records() == 0
    assert count_records(key="bId", secret="bSecret") == 1
    live.control("POST", "reset", account="default")
    assert count_records(key="bId", secret="bSecret") == 0
    assert count_records() == 1
    assert all(entry.warnings for entry in live.list_entries())


def test_so_many_different_warnings_and_no_more(live: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(30):
        scan_text(live, *(f"emu-nothing-{number}-{other}" for other in range(10)))
    assert len(caplog.records) == 100


def test_changes_to_all_accounts_are_logged_once(
    start: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture
) -> None:
    live = start({"accounts": [{"name": "team-b"}]})
    for _ in range(5):
        live.control("POST", "reset")
        live.control("POST", "clock", {"advance": 1})
    assert [record.getMessage().split()[0] for record in caplog.records] == ["reset", "turned"]
