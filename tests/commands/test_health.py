"""`health` and `wait`: exit codes, and that both give up whatever answers."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from emulator import probe
from emulator.cli import main
from emulator.commands import health, wait
from moderation_emulator.contract.running_server import RunningServer
from tests.commands.silent import DRAINING, READY, answering, make_dead_url

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"
LIST = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
OTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n{"


def run(verb: str, *arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(main, [verb, *arguments], env={"EMULATOR_URL": None, **environment})
    assert "Traceback" not in result.output
    return result


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten all timeouts, so that nobody waits here for seconds."""
    monkeypatch.setattr(health, "_TIMEOUT", 0.5)
    monkeypatch.setattr(wait, "_TIMEOUT", 0.2)
    monkeypatch.setattr(wait, "_PAUSE", 0.001)


@pytest.mark.parametrize("verb", ["health", "wait"])
def test_an_emulator_that_takes_calls(live: RunningServer, verb: str) -> None:
    for result in (run(verb, live.url), run(verb, f"{live.url}/"), run(verb, EMULATOR_URL=live.url)):
        assert (result.exit_code, result.stdout, result.stderr) == (0, "ok\n", "")


def test_no_token_is_needed(start: Callable[..., RunningServer]) -> None:
    assert run("health", start({"control": {"token": "sesame"}}).url).exit_code == 0


@pytest.mark.parametrize("verb", ["health", "wait"])
def test_without_url_it_asks_port_8080(monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    asked: list[str] = []

    def explain_nothing(url: str, _seconds: float) -> str:
        asked.append(url)
        return ""

    for module in (health, wait):
        monkeypatch.setattr(module, "explain_unready", explain_nothing)
    assert run(verb).exit_code == run(verb, EMULATOR_URL="").exit_code == 0
    assert asked == ["http://127.0.0.1:8080"] * 2


@pytest.mark.parametrize("verb", ["health", "wait"])
@pytest.mark.parametrize(
    "answer", [b"", b"H", b"SSH-2.0\r\n", PAGE, LIST, OTHER, LONG, DRAINING, b"HTTP/1.1 200 OK\r\n"]
)
def test_what_is_no_emulator_that_takes_calls(verb: str, answer: bytes) -> None:
    with answering(answer) as url:
        result = run(verb, url, *(("--timeout", "0.4") if verb == "wait" else ()))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    assert url in result.stderr


def test_one_that_is_stopping_says_so() -> None:
    with answering(DRAINING) as url:
        assert run("health", url).stderr == f"no emulator is ready at {url}: 503 draining\n"


def test_a_server_that_is_not_there_is_reported() -> None:
    url = make_dead_url()
    assert run("health", url).stderr == f"no emulator answers at {url}: Connection refused\n"
    result = run("wait", url, "--timeout", "0.5")
    assert result.exit_code == 1
    assert result.stderr == f"Waited 0.5 seconds: no emulator answers at {url}: Connection refused\n"


def test_it_waits_until_calls_are_taken() -> None:
    with answering(b"", PAGE, DRAINING, b"", DRAINING, READY) as url:
        assert run("wait", url).exit_code == 0


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read is in time, the whole is not."""
    over = threading.Event()
    monkeypatch.setattr(probe, "_exchange", lambda *_: over.wait(60))
    text = run("health", make_dead_url()).stderr
    over.set()
    assert "nothing came within 0.5 seconds" in text


@pytest.mark.parametrize("verb", ["health", "wait"])
@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "localhost", "ftp://a", "http://", "http://a:x", "http://a:99999", "http://["]
)
def test_what_is_no_url_is_wrong_usage(verb: str, url: str) -> None:
    result = run(verb, url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "http://127.0.0.1:8080" in result.stderr


@pytest.mark.parametrize("timeout", ["0", "-1", "x", "inf", "1e9"])
def test_what_is_no_time_to_wait(timeout: str) -> None:
    assert run("wait", make_dead_url(), "--timeout", timeout).exit_code == 2


def test_nan_ends_too() -> None:
    assert run("wait", make_dead_url(), "--timeout", "nan").exit_code == 1


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_ends_the_waiting() -> None:
    with answering(b"") as url:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "emulator", "wait", url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        while "http.client" not in process.stderr.readline():
            """It does not ask yet."""
        process.send_signal(signal.SIGINT)
        got, errors = process.communicate(timeout=20)
    assert (process.returncode, got) == (1, "")
    assert "Aborted!" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("verb", ["health", "wait"])
def test_it_starts_quickly(live: RunningServer, verb: str) -> None:
    """A container asks every few seconds."""
    script = (
        "import json, sys\n"
        "from emulator.cli import main\n"
        f"try: main(['{verb}', '{live.url}'])\n"
        "except SystemExit: print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    ours = {name for name in json.loads(done.stdout.splitlines()[-1]) if name.startswith("emulator.")}
    assert ours == {
        *("emulator.cli", "emulator.commands", f"emulator.commands.{verb}"),
        *("emulator.probe", "emulator.command_name", "emulator.compilation", "emulator.types"),
    }
