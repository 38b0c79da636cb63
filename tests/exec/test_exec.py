"""How `exec` runs a command: its arguments and streams, its signals, its end."""

import json
import os
import select
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.exec.led import EXEC, build_environment
from tests.exec.running import TIMEOUT, python, run_exec, start_exec

# A call of WeChat that is never answered: by the proxy, or by the preload.
HANG = """
import os, sys
from http.client import HTTPSConnection
from urllib.parse import urlsplit

connection = HTTPSConnection("api.weixin.qq.com", timeout=30)
if sys.argv[1] == "proxy":
    proxy = urlsplit(os.environ["HTTPS_PROXY"])
    connection = HTTPSConnection(proxy.hostname, proxy.port, timeout=30)
    connection.set_tunnel("api.weixin.qq.com", 443)
connection.request("POST", "/wxa/msg_sec_check?access_token=ACCESS_TOKEN", '{"content": "emu-fault-hang"}')
connection.sock.settimeout(0.5)
try:
    connection.getresponse()
except TimeoutError:
    print("hangs", flush=True)
if os.fork() == 0:  # a grandchild keeps the connection, until the test lets it go
    os.close(1)
    os.close(2)
    sys.stdin.read()
    os._exit(0)
"""
LEAVE_GRANDCHILD = """
import os, sys
if os.fork() == 0:
    os.closerange(1, 1 + int(sys.argv[1]))
    sys.stdin.read()
    os._exit(0)
"""
TRAP = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
signal.signal(signal.SIGHUP, lambda *_: sys.exit(6))
print("ready", flush=True)
signal.pause()
"""
INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, lambda *_: os.write(1, b"interrupted"))  # print may be at work just then
print("ready", flush=True)
raise SystemExit(int(input()))
"""
# Takes the terminal that is its standard input as its own, so that Ctrl-C there reaches all that it runs.
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


def read_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


# -- exit codes


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -TERM $$"], 143),
        (["sh", "-c", "kill -KILL $$"], 137),
        (["sh", "-c", "exit 255"], 255),
    ],
)
def test_the_exit_code_is_that_of_the_command(command: list[str], code: int) -> None:
    done = run_exec(command)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_a_command_that_cannot_be_run_ends_as_in_a_shell(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text", encoding="utf-8")
    for command, code, told in (
        ("no-such-command", 127, "no-such-command: command not found"),
        (str(tmp_path / "nothing"), 127, f"{tmp_path / 'nothing'}: command not found"),
        (str(file), 126, f"{file}: permission denied"),
        (str(tmp_path), 126, f"{tmp_path}: permission denied"),
    ):
        done = run_exec([command])
        assert (done.returncode, done.stdout) == (code, "")
        assert told in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument"),
        (["--no-such-option", "--", "true"], "--no-such-option"),
        (["--profile", "slow", "--", "true"], "slow"),
        (["--leaks", "ignore", "--", "true"], "ignore"),
        (["--fixtures", "no-such-folder", "--", "true"], "no-such-folder"),
        (["--config", "no-such-file.yaml", "--", "true"], "no-such-file.yaml"),
        (["--emulate", "not a name", "--", "true"], "not a name"),
    ],
)
def test_wrong_usage_is_told_and_nothing_is_run(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [*EXEC, *arguments], env=build_environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


# -- arguments and streams


def test_standard_input_reaches_the_command_and_standard_output_is_its_alone() -> None:
    text = "第一行\nsecond\n"
    done = run_exec(["cat"], given=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, text, "")


@pytest.mark.parametrize("argument", ["图片 😀", "a b\tc\nd", "*", "--verbose", "--", "", "\udcff\udcfe"])
def test_arguments_are_passed_on_as_they_are(argument: str) -> None:
    told = "import os, sys; print(ascii(sys.argv[1:]))"
    done = run_exec(python(told, argument, "last"))
    assert done.stdout == f"{[argument, 'last']!a}\n"


def test_what_is_verbose_is_told_on_standard_error() -> None:
    call = 'curl -s "$EMULATOR_URL/wxa/msg_sec_check?access_token=ACCESS_TOKEN" -d "{}" >/dev/null'
    done = run_exec(["sh", "-c", call], options=["--verbose"])
    assert (done.returncode, done.stdout) == (0, "")
    assert "security.msgSecCheck" in done.stderr


# -- signals


@pytest.mark.usefixtures("heeded")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to processes")
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 5), ("SIGHUP", 6)])
def test_a_signal_that_ends_reaches_the_command(name: str, code: int) -> None:
    with start_exec(python(TRAP)) as process:
        assert read_line(process.stdout) == "ready\n"
        process.send_signal(signal.Signals[name])
        assert process.wait(TIMEOUT) == code
        assert process.communicate() == ("", "")


@pytest.mark.usefixtures("heeded")
def test_ctrl_c_is_left_to_the_command() -> None:
    pty = pytest.importorskip("pty", reason="there are no terminals on Windows")
    terminal, end = pty.openpty()
    line = [*python(TAKE_TERMINAL), *EXEC, "--", *python(INTERRUPTED)]
    with subprocess.Popen(
        line, env=build_environment(), stdin=end, stdout=end, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            read_until(terminal, b"ready")
            os.write(terminal, b"\x03")
            read_until(terminal, b"interrupted")
            assert process.poll() is None
            os.write(terminal, b"9\n")
            assert process.wait(TIMEOUT) == 9
            assert process.stderr is not None
            assert process.stderr.read() == b""
        finally:
            process.kill()
            os.close(terminal)
            os.close(end)


def read_until(terminal: int, wanted: bytes) -> None:
    shown = b""
    while wanted not in shown:
        assert select.select([terminal], [], [], TIMEOUT)[0], shown
        shown += os.read(terminal, 4096)


# -- the end


def test_a_grandchild_is_not_waited_for() -> None:
    """It keeps the streams of exec open."""
    with start_exec(python(LEAVE_GRANDCHILD, "0")) as process:
        assert process.wait(TIMEOUT) == 0
        assert process.stdin is not None
        process.stdin.close()  # which ends the grandchild


def test_a_grandchild_with_streams_of_its_own_holds_no_pipe() -> None:
    """Who reads the output of exec sees its end, though the grandchild goes on."""
    with start_exec(python(LEAVE_GRANDCHILD, "2")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert (process.stdout.read(), process.stderr.read()) == ("", "")
        assert process.wait(TIMEOUT) == 0


def test_descriptors_that_are_given_are_passed_on_and_no_others() -> None:
    reading, writing = os.pipe()
    code = """
import os, sys
listed = sorted(map(int, os.listdir("/dev/fd")))
print(os.read(int(sys.argv[1]), 9), [each for each in listed if os.path.exists(f"/dev/fd/{each}")])
"""
    os.write(writing, b"given")
    with subprocess.Popen(
        [*EXEC, "--", *python(code, str(reading))], env=build_environment(), stdout=subprocess.PIPE, pass_fds=[reading]
    ) as process:
        assert process.communicate(timeout=TIMEOUT)[0].decode() == f"{b'given'!r} {[0, 1, 2, reading]}\n"
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("way", ["proxy", "preload"])
def test_a_call_that_hangs_is_not_waited_for(way: str) -> None:
    with start_exec(python(HANG, way)) as process:
        assert read_line(process.stdout) == "hangs\n"
        assert process.wait(TIMEOUT) == 0
        assert process.communicate() == ("", "")


@pytest.mark.parametrize("end", ["true", "exit 3", "kill -SEGV $$", "kill -KILL $$"])
def test_the_folder_of_trust_is_nobody_elses_and_goes_with_the_command(end: str, tmp_path: Path) -> None:
    shown = 'stat -c %a "$(dirname "$EMULATOR_CA")"; ls "$(dirname "$EMULATOR_CA")"; '
    done = run_exec(["sh", "-c", shown + end], env={"TMPDIR": str(tmp_path)})
    mode, *names = done.stdout.split()
    assert int(mode, 8) == stat.S_IRWXU
    assert {"ca.pem", "bundle.pem", "trust.p12"} <= set(names)
    assert not [name for name in names if "key" in name]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("heeded")
def test_the_folder_goes_when_exec_is_ended_whenever_that_is(tmp_path: Path) -> None:
    environment = {"TMPDIR": str(tmp_path)}
    with start_exec(["cat"], env=environment) as process:
        while not list(tmp_path.glob("moderation-emulator-*")):
            assert process.poll() is None
        process.terminate()  # while it is about to start
        assert process.wait(TIMEOUT) == 128 + signal.SIGTERM
    with start_exec(["sh", "-c", "echo ready; exec cat"], env=environment) as process:
        assert read_line(process.stdout) == "ready\n"
        process.terminate()
        assert process.wait(TIMEOUT) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


# -- more than one


def test_inside_another_exec() -> None:
    """The inner one leads, and what is stopped there is told there."""
    tell = (
        'echo "$EMULATOR_URL"; curl -s https://api.weixin.qq.com/cgi-bin/token; echo; curl -s https://sts.aliyuncs.com/'
    )
    inner = [sys.executable, "-m", "emulator", "exec", "--", "sh", "-c", f"{tell}; exit 0"]
    done = run_exec(["sh", "-c", 'echo "$EMULATOR_URL"; "$@"; echo $?', "sh", *inner])
    outer, url, answer, code = done.stdout.splitlines()
    assert outer != url
    assert json.loads(answer)["errcode"] == 41002
    assert code == "4"
    assert (done.returncode, done.stderr.count("sts.aliyuncs.com")) == (0, 1)


def test_two_side_by_side() -> None:
    command = [
        "sh",
        "-c",
        'echo "$EMULATOR_URL $EMULATOR_CA"; read line; exec curl -s "$EMULATOR_URL/_emulator/health"',
    ]
    with start_exec(command) as first, start_exec(command) as second:
        places = [read_line(process.stdout).split() for process in (first, second)]
        assert not set(places[0]) & set(places[1])
        for process in (first, second):
            told, errors = process.communicate("\n", timeout=TIMEOUT)
            assert (json.loads(told), errors, process.returncode) == ({"status": "ok"}, "", 0)
        assert not [ca for _url, ca in places if Path(ca).exists()]
