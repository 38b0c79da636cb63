"""What `exec` does where a system lacks what ours has, tried on a loop that says so."""

import subprocess
import sys

import pytest

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
