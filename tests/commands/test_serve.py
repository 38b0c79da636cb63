"""`serve` as a real process, and what it refuses before it listens."""

import errno
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.commands.serve import _is_loopback
from emulator.http.port import explain_failure
from emulator.process import choose_loop_factory
from moderation_emulator.contract.raw_socket import encode_request
from tests.commands.process import CLEAN, COMMAND, Process, encode_call


@contextmanager
def start_serve(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> Iterator[Process]:
    process = Process(*arguments, stdout=stdout, **environment)
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def connect(url: str) -> Iterator[socket.socket]:
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        yield connection


# Running, on both loops.


def test_on_the_loop_of_asyncio_until_sigterm() -> None:
    with start_serve(MODERATION_EMULATOR_SERVER__LOOP="asyncio") as process:
        assert re.fullmatch(r"Listening on http://127\.0\.0\.1:[1-9][0-9]*\n", process.first)
        assert process.scan_text("hello").status_code == 200
        assert_faults_work(process)
        second = subprocess.run(
            [*COMMAND, "--port", process.url.rpartition(":")[2]],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert (second.returncode, second.stdout) == (3, "")
        message = r"Cannot listen on 127\.0\.0\.1:[0-9]+: address already in use\. Try --port 0 for a free one\.\n"
        assert re.fullmatch(message, second.stderr)
        assert process.scan_text("unhurt").status_code == 200
        with connect(process.url) as idle:
            idle.sendall(encode_request(target=f"/?{encode_call('hello')}"))
            assert idle.recv(4096).startswith(b"HTTP/1.1 200")
            assert process.end(signal.SIGTERM, timeout=5) == (0, "", "")


def test_on_uvloop_with_ipv6_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text("- {match: {text: mine}, verdict: ad}\n")
    config = tmp_path / "emulator.yaml"
    config.write_text("server: {host: 127.0.0.1, port: 1, loop: asyncio}\nseed: 7\njournal: {size: 5}\n")
    arguments = ("--host", "::1", "--config", str(config), "--fixtures", str(tmp_path / "rules"), "--profile", "fast")
    with start_serve(*arguments, MODERATION_EMULATOR_SERVER__LOOP="uvloop") as process:
        assert re.fullmatch(r"http://\[::1\]:[1-9][0-9]*", process.url)
        assert process.scan_text("mine").json()["Data"]["Elements"][0]["Results"][0]["Label"] == "ad"
        info = requests.get(f"{process.url}/_emulator/info", timeout=10).json()
        assert info["port"] == int(process.url.rpartition(":")[2])
        assert info["fixtures"]["dirs"][0] == str(tmp_path / "rules")
        assert_faults_work(process)
        assert process.end(signal.SIGINT, timeout=5) == (0, "", "")


def assert_faults_work(process: Process) -> None:
    """Assert that faults work that reach for the socket itself."""
    for fault, seen in (("reset", ConnectionResetError), ("close", RemoteDisconnected)):
        with pytest.raises(requests.exceptions.ConnectionError) as failed:
            process.scan_text(f"emu-fault-{fault}")
        assert type(failed.value.args[0].args[1]) is seen
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        process.scan_text("emu-fault-truncate")


def test_calls_under_way_are_answered_before_the_end() -> None:
    with start_serve() as process, connect(process.url) as connection:
        connection.sendall(encode_request(target=f"/?{encode_call('emu-delay-300ms')}"))
        with connect(process.url) as other:  # once this is answered, the first call is under way
            other.sendall(encode_request(target=f"/?{encode_call('hello')}"))
            assert other.recv(4096).startswith(b"HTTP/1.1 200")
        assert process.end(signal.SIGTERM, timeout=5) == (0, "", "")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_while_calls_end_health_says_that_it_goes_away() -> None:
    with start_serve() as process, connect(process.url) as connection:
        connection.sendall(encode_request(target=f"/?{encode_call('emu-delay-1500ms')}"))
        assert process.scan_text("hello").status_code == 200
        health = f"{process.url}/_emulator/health"
        assert requests.get(health, timeout=10).json() == {"status": "ok"}
        process.signal(signal.SIGTERM)
        while (answer := requests.get(health, timeout=10)).status_code == 200:
            """The signal is on its way."""
        assert (answer.status_code, answer.json()) == (503, {"status": "draining"})
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert process.end(signal.SIGTERM, timeout=5) == (0, "", "")


def test_a_rule_file_is_read_again_unless_nobody_wants_that(tmp_path: Path) -> None:
    rules = tmp_path / "mine.yaml"
    rules.write_text("- {match: {text: mine}, verdict: ad}\n")
    for flag, seen in (("--reload", True), ("--no-reload", False)):
        with start_serve("--fixtures", str(rules), flag) as process:
            rules.write_text(f"- {{match: {{text: {flag}}}, verdict: ad}}\n")
            giving_up = threading.Timer(20, process.kill)
            giving_up.start()
            generation = 1
            while seen and generation == 1:
                generation = requests.get(f"{process.url}/_emulator/info", timeout=10).json()["fixtures"]["generation"]
            if not seen:
                assert requests.post(f"{process.url}/_emulator/rules/reload", timeout=10).json()["generation"] == 2
            giving_up.cancel()
            assert process.scan_text(flag).json()["Data"]["Elements"][0]["Results"][0]["Label"] == "ad"
            assert process.end(signal.SIGTERM, timeout=5)[0] == 0


def test_clients_that_hang_on_do_not_keep_it_alive() -> None:
    """Containers are killed ten seconds after they were asked to stop."""
    with start_serve() as process, connect(process.url) as connection:
        connection.sendall(encode_request(target=f"/?{encode_call('emu-fault-hang')}"))
        assert process.scan_text("hello").status_code == 200
        assert process.end(signal.SIGTERM, timeout=6)[0] == 0


def test_callbacks_that_wait_do_not_keep_it_alive(tmp_path: Path) -> None:
    """What is pushed again in some seconds, or late, is said once and goes nowhere."""
    config = tmp_path / "emulator.yaml"
    config.write_text("accounts: [{name: default, wechat: {push_url: 'http://127.0.0.1:9/'}}]\n")
    with start_serve("--config", str(config)) as process:
        for name in ("emu-callback-late", "emu-block"):
            call = {"media_url": f"https://a.test/{name}.png", "media_type": 2}
            answer = requests.post(
                f"{process.url}/wxa/media_check_async?access_token=ACCESS_TOKEN", json=call, timeout=10
            )
            assert answer.json()["errcode"] == 0
        listed = f"{process.url}/_emulator/callbacks"
        while requests.get(listed, timeout=10).json()["items"][0]["pushes"] < 2:
            """The last try of the second is two seconds away."""
        code, _, errors = process.end(signal.SIGTERM, timeout=1.5)
        assert (code, errors.count("\n")) == (0, 1)
        assert "stopped with 2 callbacks still to be pushed" in errors


def test_on_a_terminal_it_says_what_to_try_and_elsewhere_than_at_home_it_warns() -> None:
    terminal, end = pytest.importorskip("pty", reason="needs terminals of POSIX").openpty()
    try:
        with start_serve("--host", "0.0.0.0", stdout=end) as process:
            shown = b""
            giving_up = threading.Timer(20, process.kill)
            giving_up.start()
            while b"fixtures from" not in shown:
                shown += os.read(terminal, 4096)
            giving_up.cancel()
            line = next(line for line in shown.decode().splitlines() if line.startswith("Try:  "))
            answer = subprocess.run(
                ["sh", "-c", line.removeprefix("Try:  ")], capture_output=True, text=True, check=True
            )
            assert '"type":"0"' in answer.stdout.replace(" ", "")
            code, _, errors = process.end(signal.SIGTERM)
    finally:
        os.close(terminal)
        os.close(end)
    lines = shown.decode().splitlines()
    url = lines[0].removeprefix("Listening on ")
    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*", url)
    assert "0.0.0.0 stands for every address of this machine" in shown.decode()
    assert "Credentials of aliyun: access_key_id testId, access_key_secret testSecret, uid 1234567890" in lines
    (tried,) = (line.removeprefix("Try:  ") for line in lines if line.startswith("Try:  "))
    assert tried.startswith(f"curl -s {url}/")
    (keys,) = (line.removeprefix("Keys: ").partition("   ")[0] for line in lines if line.startswith("Keys: "))
    assert "testSecret" in subprocess.run(["sh", "-c", keys], capture_output=True, text=True, check=True).stdout
    assert code == 0
    assert re.fullmatch(r"WARNING: listening on 0\.0\.0\.0: .*\n", errors)


@pytest.mark.parametrize(("name", "expected"), [("auto", True), ("uvloop", True), ("asyncio", False)])
def test_the_loop_is_uvloop_unless_asyncio_is_chosen(name: str, expected: bool) -> None:
    uvloop = pytest.importorskip("uvloop")
    loop = choose_loop_factory(name)()
    loop.close()
    assert isinstance(loop, uvloop.Loop) is expected


@pytest.mark.parametrize(
    ("host", "home"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "10.0.0.1", "emulator", "localhost.example", "")],
)
def test_only_loopback_hosts_are_loopback(host: str, home: bool) -> None:
    assert _is_loopback(host) is home


# The terminal goes away, or was never there.


def find_free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def wait_until_healthy(port: int) -> bool:
    """Return whether a server answers there within half a minute."""
    began = time.monotonic()
    while time.monotonic() - began < 30:
        try:
            return requests.get(f"http://127.0.0.1:{port}/_emulator/health", timeout=10).status_code == 200
        except requests.ConnectionError:
            """Not yet."""
    return False


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("where", [">&-", "<&- >&- 2>&-", ">/dev/full", ">/dev/full 2>/dev/full", "2>/dev/full"])
def test_it_serves_though_nobody_can_be_told(where: str, loop: str) -> None:
    port = find_free_port()
    serve = f"exec {shlex.join(COMMAND[:-1])} {port} --host 0.0.0.0 {where}"
    environment = {**os.environ, "MODERATION_EMULATOR_SERVER__LOOP": loop}
    process = subprocess.Popen(["sh", "-c", serve], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    try:
        assert wait_until_healthy(port)
        requests.post(f"http://127.0.0.1:{port}/_emulator/reset", timeout=10)
        process.terminate()
        out, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    assert b"Cannot listen" not in errors
    assert (b"standard output cannot be written: No space left on device" in errors) is (where == ">/dev/full")
    assert out == (f"Listening on http://127.0.0.1:{port}\n".encode() if where == "2>/dev/full" else b"")


def test_it_serves_into_a_pipe_that_nobody_reads() -> None:
    port = find_free_port()
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([*COMMAND[:-1], str(port)], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    try:
        assert wait_until_healthy(port)
        process.terminate()
        _, errors = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0
    assert re.fullmatch(r"WARNING: standard output cannot be written: Broken pipe; listening on http://.*\n", errors)


def test_the_exit_code_is_the_same_when_nobody_can_be_told(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("profil: fast\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for arguments, code in ((["--port", str(taken.getsockname()[1])], 3), (["--config", str(config)], 2)):
            with Path("/dev/full").open("w") as full:
                assert subprocess.run([*COMMAND, *arguments], stderr=full, timeout=30, check=False).returncode == code


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_when_the_terminal_goes_calls_under_way_are_answered(loop: str) -> None:
    with start_serve(MODERATION_EMULATOR_SERVER__LOOP=loop) as process, connect(process.url) as connection:
        connection.sendall(encode_request(target=f"/?{encode_call('emu-delay-300ms')}"))
        assert process.scan_text("hello").status_code == 200
        assert process.end(signal.SIGHUP, timeout=5) == (0, "", "")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def test_under_nohup_it_stays() -> None:
    nohup = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    )
    process = subprocess.Popen([sys.executable, "-c", nohup, *COMMAND], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().partition(" on ")[2].strip()
        process.send_signal(signal.SIGHUP)
        assert requests.get(f"{url}/_emulator/health", timeout=10).status_code == 200
        process.terminate()
        process.communicate(timeout=10)
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_ctrl_c_again_ends_it_at_once(loop: str) -> None:
    with start_serve(MODERATION_EMULATOR_SERVER__LOOP=loop) as process, connect(process.url) as connection:
        connection.sendall(encode_request(target=f"/?{encode_call('emu-delay-30s')}"))
        health = f"{process.url}/_emulator/health"
        assert process.scan_text("hello").status_code == 200
        process.signal(signal.SIGINT)
        while requests.get(health, timeout=10).status_code == 200:
            """The signal is on its way."""
        assert process.end(signal.SIGINT, timeout=5) == (-signal.SIGINT, "", "")


# What callers make it say.


def test_a_flood_of_warnings_is_few_lines() -> None:
    with start_serve() as process:
        account = {"name": "\x1b[2Ja\nERROR: forged", "aliyun": {"access_key_secret": "not-to-be-told"}}
        requests.post(f"{process.url}/_emulator/accounts", json=account, timeout=10)
        for number in range(50):
            process.scan_text(f"emu-unheard-of emu-unheard-of-{number}")
            requests.post(f"{process.url}/_emulator/reset", timeout=10)
        code, _, errors = process.end(signal.SIGTERM)
    lines = errors.splitlines()
    assert code == 0
    assert len([line for line in lines if "all 2 accounts" in line]) == 1
    assert all(line.startswith("WARNING: ") and line.isprintable() for line in lines)
    counted = re.compile(r"WARNING: (\d+) (?:more lines were left out|times? more: .*)").fullmatch
    assert sum(int(match[1]) if (match := counted(line)) else 1 for line in lines) == 101


# Refused before it listens.


def serve(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=environment)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)
    return result


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("profile: fast\nservr: {port: 1}\n", ":2: $.servr: expected one of "),
        ("server:\n  port: eighty\n", ':2: $.server.port: expected integer, got "eighty"'),
        ("profile: [\n", ":2: $: expected valid YAML"),
        ("quirks:\n  imageaudit.default_format: YAML\n", ":2: $.quirks['imageaudit.default_format']: expected one of "),
    ],
)
def test_a_bad_configuration_is_reported_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text(text)
    result = serve("--config", str(config))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{config}{told}")
    assert result.stderr.count("\n") == 1


def test_bad_rules_are_reported_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("- match: {}\n  verdict: nothing-like-this\n")
    (tmp_path / "a.yaml").write_text("- {match: {}, verdict: pass}\n- {match: {ulr: x}, verdict: porn}\n")
    result = serve("--fixtures", str(tmp_path))
    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{tmp_path / 'a.yaml'}:2: $[1].match.ulr: expected one of ")
    assert "did you mean url?" in first
    assert second.startswith(f"{tmp_path / 'b.yaml'}:2: $[0].verdict: expected one of ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--config", "nowhere.yaml"), "nowhere.yaml:1: $: expected a readable file"),
        (("--fixtures", "nowhere"), "nowhere"),
        (("--fixtures", "/dev/zero"), "/dev/zero:1: $: expected a readable file, got a pipe or a device"),
        (("--config", "/dev/zero"), "/dev/zero:1: $: expected a readable file, got a pipe or a device"),
        (("--port", "65536"), "65536"),
        (("--port", "eighty"), "eighty"),
        (("--profile", "slow"), "slow"),
        (("--hots", "x"), "--hots"),
        (("--host", ""), "at least 1 characters"),
        (("extra",), "extra"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple[str, ...], told: str) -> None:
    result = serve(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize("verb", [("serve", "--fixtures"), ("serve", "--config"), ("check",)])
def test_a_pipe_is_refused(tmp_path: Path, verb: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    arguments = [sys.executable, "-m", "emulator", *verb, str(tmp_path / "pipe.yaml")]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
    message = f"{tmp_path / 'pipe.yaml'}:1: $: expected a readable file, got a pipe or a device\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", message)


def test_an_unknown_variable_is_refused() -> None:
    result = serve(MODERATION_EMULATOR_SERVER__PROT="1")
    assert result.exit_code == 2
    assert result.stderr.startswith("MODERATION_EMULATOR_SERVER__PROT: $.server.prot: expected one of ")


def test_accounts_that_share_a_credential(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("accounts: [{name: team-b, aliyun: {access_key_id: testId}}]\n")
    result = serve("--config", str(config))
    assert result.exit_code == 2
    assert "'testId' belongs to two accounts: default, team-b" in result.stderr


# Names and places.


def test_names_that_the_control_api_answers_to() -> None:
    allowed = ("--allow-host", "emu.lan", "--allow-host", "registry.example.com__g__emu")
    with start_serve(*allowed, MODERATION_EMULATOR_CONTROL__HOSTS="other.lan") as process:
        for host, status in {
            "emu.lan": 200,
            "registry.example.com__g__emu:80": 200,
            "other.lan": 200,
            "registry.example.com__g__other": 403,
        }.items():
            answer = requests.get(f"{process.url}/_emulator/info", headers={"Host": host}, timeout=10)
            assert answer.status_code == status, host


@pytest.mark.parametrize(
    ("host", "told", "advice"),
    [
        ("no-such-host.invalid", "", None),
        ("192.0.2.1", "cannot assign requested address", "--host takes an address of this machine"),
    ],
)
def test_a_place_that_cannot_be_had_is_reported_once_with_what_helps(host: str, told: str, advice: str | None) -> None:
    second = subprocess.run(
        [*COMMAND, "--host", host], capture_output=True, text=True, timeout=30, check=False, env=CLEAN
    )
    assert (second.returncode, second.stdout) == (3, "")
    (line,) = [each for each in second.stderr.splitlines() if not each.startswith("WARNING")]
    assert line.startswith(f"Cannot listen on {host}:0: {told}")
    assert line.count(host) == 1
    assert "--port" not in line
    assert (advice is None) or line.endswith(f"{advice}.")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EADDRINUSE, "address already in use. Try --port 0 for a free one"),
        (errno.EACCES, "permission denied. Ports below 1024 may want more rights; try --port 8080"),
        (errno.EMFILE, "too many open files"),
    ],
)
def test_advice_stands_only_where_it_fits(number: int, advice: str) -> None:
    said_twice = f"error while attempting to bind on address ('127.0.0.1', 80): {os.strerror(number).lower()}"
    assert explain_failure(OSError(number, said_twice)) == advice
    with_tls = advice.replace("--port 8080", "--tls 8443").replace("--port", "--tls")
    assert explain_failure(OSError(number, said_twice), "--tls 8443") == with_tls
