"""The client without pytest: a server of its own or one elsewhere, and every endpoint of one account."""

import copy
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.testing import Account, ControlError, Crashed, Emulator
from moderation_emulator.contract.running_server import RunningServer
from tests.testing.sdk import make_scan_text_call

ROOT = Path(__file__).parents[2]


@pytest.fixture
def account(live: RunningServer) -> Iterator[Account]:
    with Emulator(live.url).account() as fresh:
        yield fresh


def test_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMULATOR_URL", raising=False)
    (tmp_path / "emulator").mkdir()  # of the phone's, not ours
    (tmp_path / "emulator" / "__main__.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    with Emulator(serve=["--profile", "documented"]) as emulator:
        pid = emulator.control("GET", "info")["pid"]
        assert pid != os.getpid()
        assert emulator.settings()["profile"] == "documented"
        printed = CliRunner().invoke(main, ["env", "--json", "--url", emulator.url])
        assert emulator.env == json.loads(printed.stdout)
        assert make_scan_text_call(emulator)() == "pass"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ControlError, match="no emulator is running"):
        emulator.journal()
    assert repr(emulator) == "<Emulator default at no URL yet>"


def test_a_server_that_cannot_start_tells_why() -> None:
    with pytest.raises(Crashed, match="--nonsense"), Emulator(serve=["--nonsense"]):
        pass


def test_a_crash_is_reported_where_it_is_met() -> None:
    with Emulator(serve=["--verbose"]) as emulator:
        os.kill(emulator.control("GET", "info")["pid"], signal.SIGKILL)
        with pytest.raises(Crashed, match="ended with status -9"):
            emulator.journal()


def test_a_crash_that_nobody_met_is_reported_at_the_end() -> None:
    emulator = Emulator(serve=["--verbose"])
    emulator.__enter__()
    process = emulator._server._process
    assert process is not None
    process.kill()
    process.wait()
    with pytest.raises(Crashed, match="status -9"):
        emulator.__exit__()


def test_ctrl_c_may_have_ended_it_before_us() -> None:
    with Emulator(serve=["--verbose"]) as emulator:
        process = emulator._server._process
        assert process is not None
        process.send_signal(signal.SIGINT)
        process.wait()


def test_the_variable_names_a_server(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_URL", f"{live.url}/")
    with Emulator() as emulator:
        assert emulator.url == live.url
        assert emulator.id == "acc-1"
    assert live.control("GET", "accounts/default").status_code == 200  # it is not ours to delete


def test_a_control_api_with_a_token(monkeypatch: pytest.MonkeyPatch, start: Callable[..., RunningServer]) -> None:
    url = start({"control": {"token": "open-sesame"}}).url
    with pytest.raises(ControlError, match=r"401 .*token"):
        Emulator(url).journal()
    assert Emulator(url, token="open-sesame").journal() == []
    monkeypatch.setenv("MODERATION_EMULATOR_CONTROL__TOKEN", "open-sesame")
    assert Emulator(url).journal() == []


def test_what_cannot_be_a_server() -> None:
    with pytest.raises(ValueError, match="like http://127"):
        Emulator("127.0.0.1:8080")
    with pytest.raises(ValueError, match="takes no arguments"):
        Emulator("http://127.0.0.1:8080", serve=["--verbose"])


def test_a_server_that_is_not_there_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(ControlError, match=f"GET {url}/_emulator/journal.*refused"):
        Emulator(url).journal()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 from what is no emulator"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n[]", "404"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "no HTTP came back"),
        (b"", "closed"),
    ],
)
def test_somebody_else_there(said: bytes, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ControlError, match=told):
            Emulator(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=5).journal()
        thread.join()


def test_a_connection_that_was_closed_while_idle_is_opened_again() -> None:
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"items":[]}'
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(2):
                connection, _address = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        emulator = Emulator(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=5)
        assert emulator.journal() == emulator.journal() == []
        thread.join()
        emulator.__exit__()


def test_an_account_is_fresh_and_goes(live: RunningServer) -> None:
    emulator = Emulator(live.url)
    with emulator.account() as one, one.account(name="named") as other:
        assert len({emulator.id, one.id, other.id}) == 3
        assert other.name == "named"
        assert make_scan_text_call(one)() == "pass"
        assert [len(each.journal()) for each in (emulator, one, other)] == [0, 1, 0]
        assert one.alipay.pid == one.env["ALIPAY_PID"]
        assert one.wechat.secret == one.env["WECHAT_SECRET"]
        assert one.aliyun.uid == one.env["ALIYUN_UID"]
    assert live.control("GET", "accounts").json()["total"] == 1


def test_an_account_has_the_credentials_it_was_given_and_no_others(account: Account) -> None:
    with pytest.raises(AttributeError, match="credentials of the name 'tencent'"):
        _ = account.tencent
    assert not hasattr(account, "_tencent")
    assert copy.copy(account).aliyun == account.aliyun
    assert callable(copy.copy(account.aio).journal)


def test_outcomes_are_those_of_the_account_alone(account: Account, live: RunningServer) -> None:
    check, elsewhere = make_scan_text_call(account), make_scan_text_call(Emulator(live.url))
    assert account.verdict("ad", {"text": {"contains": "hell"}}, times=1)["remaining"] == 1
    assert [check(), check(), elsewhere()] == ["block", "pass", "pass"]
    account.error("Throttling", times=1)
    with pytest.raises(Exception, match="Throttling"):
        check()
    account.fault("reset", {"operation": "ScanText"})
    with pytest.raises(Exception, match="reset"):
        check()
    assert elsewhere() == "pass"
    account.reset()
    assert check() == "pass"
    assert len(account.journal()) == 1


def test_a_bad_rule_is_reported_as_the_server_tells_it(account: Account) -> None:
    with pytest.raises(ControlError) as refused:
        account.rule({"texd": "x"}, verdict="nonsense")
    assert refused.value.status == 400
    assert "$.match.texd: expected one of" in str(refused.value)
    assert "did you mean text?" in str(refused.value)
    assert refused.value.problems[0]["path"] == "$.match.texd"


def test_the_clock_is_frozen_and_advanced(account: Account) -> None:
    assert account.freeze()["frozen"]
    assert account.advance(7200)["offset"] == pytest.approx(7200, abs=60)
    assert not account.freeze(False)["frozen"]


def test_the_journal_is_read_and_filtered(account: Account) -> None:
    account.error("Throttling", times=1)
    check = make_scan_text_call(account, "一二三")
    with pytest.raises(Exception, match="Throttling"):
        check()
    check()
    assert [entry["code"] for entry in account.journal()] == [None, "Throttling"]
    (refused,) = account.journal(code="Throttling")
    assert account.journal(unmatched=True) == account.journal(outcome="pass")
    assert "一二三" in str(account.entry(refused["id"])["subjects"])
    with pytest.raises(ControlError, match="limitt"):
        account.journal(limitt=1)


def test_calls_are_verified_by_count_and_order(account: Account) -> None:
    check = make_scan_text_call(account)
    check()
    check()
    assert account.verify({"operation": "ScanText"})["matched"] == 2
    account.verify({"text": "hello"}, 2)
    account.verify({"text": "goodbye"}, 0)
    assert account.verify()["matched"] == account.verify(count=2)["matched"] == 2
    account.verify(order=[{"text": "hello"}, {"operation": "ScanText"}])
    account.verify({"outcome": "pass"}, {"min": 2, "max": 2}, [{"text": "hello"}])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            ({"operation": "ScanText"}, 1),
            r"expected 1 calls matching .*'ScanText'.*, there were 2\n.*ScanText",
        ),
        (
            ({"text": "hallo"},),
            r"at least 1 calls .* there were 0\n  #\d+ .* ScanText: text equals 'hallo', got 'hello'",
        ),
        (({"text": "hello"}, {"min": 3, "max": 4}), r"expected 3 to 4 calls .* there were 2"),
        (
            (None, None, [{"text": "hello"}, {"text": "bye"}]),
            r"2 calls in order, only the first 1 came\n.*'bye'",
        ),
    ],
)
def test_what_verify_complains_of(account: Account, asked: tuple[Any, ...], told: str) -> None:
    check = make_scan_text_call(account)
    check()
    check()
    with pytest.raises(AssertionError, match=told):
        account.verify(*asked)


def test_a_good_call_has_no_lint_findings(account: Account) -> None:
    make_scan_text_call(account)()
    assert account.etiquette() == []


def test_settings_change_for_one_account(account: Account, live: RunningServer) -> None:
    account.settings({"magic_words": False})
    assert make_scan_text_call(account, "emu-ad")() == "pass"
    assert make_scan_text_call(Emulator(live.url), "emu-ad")() == "block"
    assert account.settings()["magic_words"] is False


async def test_beside_a_running_loop(account: Account) -> None:
    assert (await account.aio.advance(60))["offset"] == pytest.approx(60, abs=30)
    assert await account.aio.journal() == []
    with pytest.raises(ControlError):
        await account.aio.error("NoSuchCode")


def test_importing_it_is_light() -> None:
    script = "import sys, moderation_emulator.plugin; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    loaded = set(done.stdout.split())
    assert "moderation_emulator.plugin" in loaded
    assert not loaded & {"aiohttp", "http.client", "yaml", "click", "orjson", "emulator"}


def test_the_kit_is_light_as_well() -> None:
    script = "import sys, moderation_emulator as kit; kit.Emulator; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True
    )
    loaded = set(done.stdout.split())
    assert "emulator.testing.account" in loaded
    assert not loaded & {"pytest", "aiohttp", "asyncio", "http.client", "yaml", "click", "orjson", "emulator.server"}


def test_it_needs_no_pytest() -> None:
    script = "import sys; sys.modules['pytest'] = None; from moderation_emulator import Emulator"
    subprocess.run([sys.executable, "-c", script], timeout=60, cwd=ROOT, check=True)
