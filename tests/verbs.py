"""Tries each verb of an installed command: `python tests/verbs.py COMMAND [ARG]...`. It needs nothing but Python.

So it runs wherever a wheel is tried, on each system, and in the image.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

_TIMEOUT = 120  # seconds for one verb on a slow machine
_CALL = "http://127.0.0.1:8080/?Action=ScanText&Version=2019-12-30"


def run(command: Sequence[str], *arguments: str) -> str:
    """Return what a verb prints. It must end with 0."""
    done = subprocess.run([*command, *arguments], capture_output=True, encoding="utf-8", timeout=_TIMEOUT, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def try_serve(command: Sequence[str]) -> None:
    """Start a server, wait for it, ask how it is, and end it."""
    with subprocess.Popen([*command, "serve", "--port", "0"], stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        url = line.removeprefix("Listening on ").strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+|http://\[::1\]:\d+", url), line
        assert run(command, "wait", "--timeout", "30", url) == "ok\n"
        assert run(command, "health", url) == "ok\n"
        server.terminate()


def try_verbs(command: Sequence[str], folder: Path) -> None:
    """Try each verb that `--help` lists. `folder` is one to which the command can write."""
    expected = {
        ("check",): r"[1-9]\d* rules in [1-9]\d* files\n",
        ("completion", "bash"): "complete ",
        ("env", "--shell"): "export ",
        ("errors", "--json"): r'"InvalidImage\.NotFound"',
        ("exec", "--", command[-1], "health"): "ok\n",
        ("image", "block", "-o", str(folder / "test.jpg")): "",
        ("shim", "-o", str(folder)): "",
        ("sign", "rpc", "--key", "testId", "--secret", "testSecret", _CALL): "signature:",
    }
    listed = run(command, "--help").partition("Commands:\n")[2].partition("\n\n")[0]
    verbs = set(re.findall(r"^  (\w+)", listed, re.MULTILINE))
    assert verbs == {arguments[0] for arguments in expected} | {"serve", "wait", "health"}, verbs
    for arguments, pattern in expected.items():
        said = run(command, *arguments)
        assert re.search(pattern, said), said
    try_serve(command)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as own:
        try_verbs(sys.argv[1:], Path(own))
    sys.stdout.write(run(sys.argv[1:], "--version"))
