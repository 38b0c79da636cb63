"""What `serve` logs on standard error: a line for each thing that happens, for those who look."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

COMMAND = [sys.executable, "-m", "emulator", "serve", "--port", "0"]
CALL = (
    r"\d\d:\d\d:\d\d  default     aliyun_imageaudit ScanText +200 verdict +[0-9.]+ ms  block emu-ad  by magic .emu-ad."
)


class Served:
    """A running `serve` whose standard error is read by the test when it likes to."""

    def __init__(self, process: "subprocess.Popen[bytes]", errors: int) -> None:
        self.process = process
        self._errors = errors
        self._seen = b""
        assert process.stdout is not None
        self.url = process.stdout.readline().decode().partition(" on ")[2].strip()

    def scan(self, text: str = "emu-ad", **options: Any) -> requests.Response:
        params = {"Labels.1.Label": "ad", "Tasks.1.Content": text}
        return requests.get(f"{self.url}/?{encode_query(sign_rpc('ScanText', params, **options))}", timeout=10)

    def control(self, method: str, path: str, body: Any = None) -> None:
        answer = requests.request(method, f"{self.url}/_emulator/{path}", json=body, timeout=10)
        assert answer.status_code < 400, answer.text

    def read_until(self, pattern: str) -> list[str]:
        """Return all lines that were written until one of them matched."""
        while not re.search(pattern, self._seen.decode(errors="replace")):
            assert select.select([self._errors], [], [], 20)[0], self._seen
            self._read()
        return self._seen.decode().splitlines()

    def end(self) -> list[str]:
        """Press Ctrl-C; return all lines to the end."""
        self.process.send_signal(signal.SIGINT)
        while self._read():
            """More comes."""
        assert self.process.wait(10) == 0
        return self._seen.decode().splitlines()

    def _read(self) -> bytes:
        try:
            got = os.read(self._errors, 65536)
        except OSError:  # nobody has the other end of the terminal any more
            return b""
        self._seen += got
        return got


@contextmanager
def start_serve(*arguments: str, terminal: bool = False, **environment: str) -> Iterator[Served]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("MODERATION_EMULATOR_")}
    ours, theirs = pytest.importorskip("pty").openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**clean, **environment},
    )
    os.close(theirs)
    try:
        yield Served(process, ours)
    finally:
        process.kill()
        process.communicate()
        os.close(ours)


# -- who gets lines


def test_on_a_terminal_each_call_is_reported() -> None:
    with start_serve(terminal=True) as process:
        process.scan()
        assert re.fullmatch(CALL, process.read_until("emu-ad")[0])
        assert len(process.end()) == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "terminal"),
    [
        ((), {}, False),
        (("--quiet",), {}, True),
        (("--verbose", "--quiet"), {}, False),
        ((), {"MODERATION_EMULATOR_SERVER__LOG": "off"}, True),
        (("--quiet",), {"MODERATION_EMULATOR_SERVER__LOG": "json"}, False),
    ],
    ids=str,
)
def test_no_line_is_written_for_who_does_not_look(
    arguments: tuple[str, ...], environment: dict[str, str], terminal: bool
) -> None:
    with start_serve(*arguments, terminal=terminal, **environment) as process:
        assert process.scan().status_code == 200
        assert process.end() == []


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--verbose",), {}),
        ((), {"MODERATION_EMULATOR_SERVER__LOG": "text"}),
        (("--verbose",), {"MODERATION_EMULATOR_SERVER__LOG": "off"}),
    ],
    ids=str,
)
def test_each_call_is_reported_to_whoever_asks(arguments: tuple[str, ...], environment: dict[str, Any]) -> None:
    with start_serve(*arguments, **environment) as process:
        process.scan()
        (line,) = process.end()
        assert re.fullmatch(CALL, line)


# -- what the lines say


def test_a_refusal_with_its_cause() -> None:
    with start_serve("--verbose") as process:
        process.scan(key="nobody")
        process.scan(secret="wrong")
        process.scan(common={"Timestamp": "2019-10-12T08:18:18Z"})
        requests.get(f"{process.url}/nowhere?access_token=abcdefgh", timeout=10)
        requests.post(f"{process.url}/alipay/nothing", timeout=10)
        with socket.create_connection(("127.0.0.1", int(process.url.rpartition(":")[2])), timeout=10) as connection:
            connection.sendall(b"\x16\x03\x01 as a client of TLS begins\r\n\r\n")
            connection.recv(1000)
        unknown, wrong, late, stray, beside, unread = process.end()
    assert re.search(r"-  +aliyun_imageaudit ScanText +404 refused .* InvalidAccessKeyId.NotFound  by gate  ", unknown)
    reason, _, hint = unknown.partition("; known are testId")
    assert reason.endswith('The AccessKeyId "nobody" is that of no account')
    assert hint == ", and with the quirk aliyun.any_key any is good."
    assert "SignatureDoesNotMatch" in wrong
    assert re.search(
        "no known slip fits: tried \\d+ ways with the secret of this key; .* or the secret is another one$", wrong
    )
    assert re.search(r"The stamp is \d+ s behind real time", late)
    assert "GET /nowhere" in stray
    assert "404 stray" in stray
    assert re.search("POST /alipay/nothing +404 stray  .*Nothing is emulated there", beside)
    assert re.search("400 stray  .*cannot be read as HTTP", unread)
    assert "abcdefgh" not in stray


def test_lines_for_reload_push_and_change(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("- {match: {text: mine}, verdict: ad}\n")
    with start_serve("--verbose", "--fixtures", str(tmp_path)) as process:
        process.control("POST", "rules", {"match": {"text": "加我"}, "verdict": "ad"})
        process.control("POST", "accounts", {"name": "b", "wechat": {"secret": "verySecret"}})
        process.control("GET", "rules")
        process.control("POST", "journal/verify", {"match": {}, "count": 0})
        process.read_until("POST accounts")
        rules.write_text("- {match: {text: other}, verdict: ad}\n")
        process.read_until("rule files")
        rules.write_text("- {match: {text: other}, verdikt: ad}\n")
        process.read_until("--- failed")
        lines = process.end()
    changes = [line for line in lines if "control " in line]
    assert [re.split(" {2,}", line)[2:4] for line in changes] == [
        ["control POST rules", "201 done"],
        ["control POST accounts", "201 done"],
    ]
    assert '"加我"' in changes[0]
    assert "verySecret" not in "".join(lines)
    read, failed = [line for line in lines if "  rule files " in line]
    assert re.search("read .* rules hold", read)
    assert "verdikt" in failed


def test_a_push_is_reported() -> None:
    with start_serve("--verbose") as process:
        account = {
            "name": "p",
            "wechat": {"appid": "wxp", "secret": "s" * 32, "push_url": "http://127.0.0.1:9/?token=abcdef"},
        }
        process.control("POST", "accounts", account)
        query = {"grant_type": "client_credential", "appid": "wxp", "secret": "s" * 32}
        token = requests.get(f"{process.url}/cgi-bin/token", params=query, timeout=10).json()["access_token"]
        media = {"media_url": "https://a.test/x.jpg", "media_type": 2, "version": 2, "scene": 1, "openid": "o"}
        url = f"{process.url}/wxa/media_check_async?access_token={token}"
        assert requests.post(url, json=media, timeout=10).json()["errcode"] == 0
        lines = process.read_until("push callback-1 attempt 1")
        process.end()
    line = next(line for line in lines if "push callback-1" in line)
    assert re.search(r"  p +push callback-1 attempt 1 +--- failed +[0-9.]+ ms  http://127.0.0.1:9/", line)
    assert "unreachable" in line
    assert not [each for each in lines if token in each or "s" * 32 in each or "abcdef" in each]


SECRETS = (
    *(
        "testSecret",
        "hidden-token-1",
        "hidden-secret-2",
        "hidden-password-3",
        "hidden-push-4",
        "SUREPRIVATE",
        "hidden-5",
    ),
    *("hidden-nonce", "0123456789abcdef0123456789abcdef"),
)


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_logged(form: str) -> None:
    with start_serve(MODERATION_EMULATOR_SERVER__LOG=form) as process:
        url = process.url
        made = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "password=hidden-password-3"})
        requests.get(f"{url}/?{encode_query(made)}", timeout=10)
        process.scan("x", common={"SecurityToken": "hidden-token-1", "SignatureNonce": "hidden-nonce"})
        picture = {
            "Scene.1": "porn",
            "Task.1.ImageURL": "https://me:hidden-password-3@a.test/x?sign=1&token=hidden-token-1",
        }
        requests.get(f"{url}/?{encode_query(sign_rpc('ScanImage', picture))}", timeout=10)
        query = {"grant_type": "client_credential", "appid": "wx0123456789abcdef"}
        requests.get(f"{url}/cgi-bin/token", params={**query, "secret": "hidden-secret-2"}, timeout=10)
        good = {**query, "secret": "0123456789abcdef0123456789abcdef"}
        token = requests.post(f"{url}/cgi-bin/stable_token", json=good, timeout=10).json()["access_token"]
        requests.post(f"{url}/cgi-bin/stable_token", json={**good, "force_refresh": "no"}, timeout=10)
        for given in (token, "hidden-token-1"):
            asked = {"access_token": given}
            requests.post(f"{url}/wxa/msg_sec_check", params=asked, json={"content": f"x {given}"}, timeout=10)
        headers = {"Authorization": "Basic aGlkZGVuLTU6aGlkZGVuLTU=", "Cookie": "session=hidden-5"}
        requests.post(f"{url}/green/image/scan", headers=headers, data=b"{}", timeout=10)
        requests.get(f"{url}/elsewhere?access_token=hidden-token-1&Signature=hidden-5", timeout=10)
        wechat = {"secret": "hidden-secret-2", "push_token": "hidden-push-4"}
        process.control(
            "POST", "accounts", {"name": "b", "aliyun": {"access_key_secret": "hidden-5"}, "wechat": wechat}
        )
        pem = "-----BEGIN PRIVATE KEY-----\nSUREPRIVATE\n-----END PRIVATE KEY-----"
        path = f"{url}/_emulator/alipay/apps/2021000000000000/public-key"
        requests.put(path, data=pem, timeout=10)
        lines = process.end()
    assert len(lines) >= 10
    message = "\n".join(lines)
    assert not [secret for secret in (*SECRETS, token, made["Signature"]) if secret in message]


def test_one_object_a_line_with_keys_that_stay() -> None:
    with start_serve(MODERATION_EMULATOR_SERVER__LOG="json", MODERATION_EMULATOR_SERVER__HOST="0.0.0.0") as process:
        url = process.url.replace("0.0.0.0", "127.0.0.1")
        process.url = url
        process.scan("加我 \x1b[2J\u202e emu-ad")
        process.control("POST", "reset", {})
        warning, call, change = [json.loads(line) for line in process.end()]
    assert warning.keys() == {"at", "event", "text", "traceback"}
    assert (call["event"], call["account"], call["operation"]) == ("call", "default", "ScanText")
    assert call.keys() == {
        *("at", "event", "id", "account", "provider", "operation", "method", "path", "subject", "subjects", "status"),
        *("suggestion", "outcome", "code", "decided_by", "detail", "causes", "duration_ms"),
    }
    assert call["subject"] == "加我 \\x1b[2J\\u202e emu-ad"
    assert (change["event"], change["path"], change["status"], change["body"]) == (
        "change",
        "/_emulator/reset",
        200,
        "{}",
    )


def test_lines_come_in_the_order_of_the_calls_to_the_last() -> None:
    with start_serve("--verbose") as process:
        for number in range(200):
            process.scan(f"text-{number}")
        lines = process.end()
    assert [line.rpartition("text-")[2] for line in lines] == [str(number) for number in range(200)]


# -- who does not read


def send_many_long(process: Served, number: int) -> None:
    params = {"Labels.1.Label": "ad", "Tasks.1.Content": "长" * 3000}
    with requests.Session() as session:
        for _ in range(number):
            assert session.post(process.url, data=sign_rpc("ScanText", params, method="POST"), timeout=10).ok


def test_a_stopped_reader_holds_up_no_call_and_learns_what_was_left_out() -> None:
    with start_serve("--verbose") as process:
        send_many_long(process, 400)
        *lines, got = process.end()
    match = re.fullmatch("WARNING: ([0-9]+) more lines were left out", got)
    assert match is not None
    assert int(match[1]) + len(lines) == 400
    assert all("ScanText" in line and len(line.encode()) < 4096 for line in lines)


def test_the_end_waits_for_no_reader() -> None:
    with start_serve("--verbose") as process:
        send_many_long(process, 400)
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(10) == 0
