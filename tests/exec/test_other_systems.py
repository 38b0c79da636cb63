"""What `exec` does where a system lacks what ours has, tried on a loop that says so."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.exec.led import TIMEOUT, build_environment

# The event loop of Windows takes no handlers of signals.
ON_SUCH_A_LOOP = """
import asyncio, sys
from emulator import process
from emulator.cli import main

class Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *_):
        raise NotImplementedError

process.choose_loop_factory = lambda _: Loop
main(["exec", "--", *sys.argv[1:]])
"""
# Windows has neither these modules nor these functions.
ON_SUCH_A_SYSTEM = """
import asyncio, os, sys

def refuse(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = refuse
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "uvloop"):
    sys.modules[name] = None
for name in ("fork", "geteuid", "getuid", "mkfifo", "openpty", "setsid", "uname"):
    delattr(os, name)
from emulator.cli import main
main()
"""
ENDED_BY_CTRL_C = """
import os, signal, sys, urllib.request
for process in (os.getppid(), os.getpid()):  # as a terminal sends it
    try:
        os.kill(process, signal.SIGINT)
    except KeyboardInterrupt:
        print(urllib.request.urlopen(os.environ["EMULATOR_URL"] + "/_emulator/health").status)
sys.exit(7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to one process is what POSIX has")
def test_ctrl_c_is_left_to_the_command(heeded: None) -> None:
    """The emulator goes on until the command has ended in its own way."""
    line = [sys.executable, "-c", ON_SUCH_A_LOOP, sys.executable, "-c", ENDED_BY_CTRL_C]
    done = subprocess.run(line, env=build_environment(), capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("200\n", "", 7)


@pytest.mark.skipif(sys.platform == "win32", reason="it is tried on such a system itself")
def test_serve_needs_nothing_that_posix_alone_has(heeded: None, tmp_path: Path) -> None:
    """TLS and the key of Alipay's gateway included; Ctrl-C ends it."""
    with_tls = ["--tls", "0", "--tls-out", str(tmp_path / "trust")]
    line = [sys.executable, "-c", ON_SUCH_A_SYSTEM, "serve", "--port", "0", *with_tls, "--fixtures", str(tmp_path)]
    environment = build_environment({"XDG_STATE_HOME": str(tmp_path)})
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("Listening on ").strip()
        assert requests.get(f"{url}/_emulator/accounts/default", timeout=TIMEOUT).json()["alipay"]["gateway_public_key"]
        assert requests.get(f"{url}/_emulator/info", timeout=TIMEOUT).json()["fixtures"]["dirs"][0] == str(tmp_path)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "moderation-emulator" / "alipay_gateway_private.pem").exists()
