"""Runs what the last stage built, as an engine runs a container: PID 1 of its namespace, on a network of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.image.dockerfile import Stage, fill_in, read_command, read_pairs
from tests.image.machine import PATH, Place

OFFLINE = Path(__file__).parents[1] / "exec" / "offline.py"
_FETCH = """
import sys, urllib.request
_, url, body = sys.argv
print(urllib.request.urlopen(url, body.encode() or None, timeout=20).read().decode())
"""
_TIMEOUT = 60  # seconds


class Image(NamedTuple):
    """What a container starts from.

    place: Where its files are.
    environment: Its variables.
    user: The user and the group that its process has, by their numbers.
    entry: The entry point.
    command: What follows it where nobody says otherwise.
    health: The command that tells whether it is well.
    """

    place: Place
    environment: dict[str, str]
    user: str
    entry: list[str]
    command: list[str]
    health: list[str]


def read_image(place: Place, stage: Stage) -> Image:
    texts = {step.name: step.text for step in stage.instructions}
    environment = {"PATH": PATH}
    for step in stage.instructions:
        if step.name == "ENV":
            environment |= read_pairs(fill_in(step.text, environment))
    commands = [read_command(texts[name]) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK")]
    return Image(place, environment, texts["USER"], *commands)


class Container(NamedTuple):
    """A container that runs: the process that started it, and its own by its number outside."""

    image: Image
    process: subprocess.Popen[str]
    pid: int

    def list_entry(self, *, user: str | None = None) -> list[str]:
        """Return what runs a command beside it: in its files and its network, with its variables."""
        uid, gid = (user or self.image.user).split(":")
        spaces = [f"--target={self.pid}", "--mount", "--net", "--root", f"--setuid={uid}", f"--setgid={gid}"]
        given = [f"{name}={value}" for name, value in self.image.environment.items()]
        return ["nsenter", *spaces, "env", "-i", "-C", "/", *given]

    def run(self, command: Sequence[str], *, user: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.list_entry(user=user), *command], capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )

    def fetch(self, url: str, body: str = "") -> Any:
        """Return the JSON that is answered to a GET, or to a POST of `body`, of its own Python, in its network."""
        done = self.run(["python", "-c", _FETCH, url, body])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def stop(self, number: int) -> tuple[int, str]:
        """Send a signal to its process; return the exit code, and what it wrote on standard error."""
        subprocess.run(["kill", f"-{number}", str(self.pid)], check=True)
        _, errors = self.process.communicate(timeout=_TIMEOUT)
        return self.process.returncode, errors


def find_child(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return int(child)


@contextmanager
def start(
    image: Image,
    volumes: Mapping[str, Path | None],
    arguments: Sequence[str] | None = None,
    sysctls: Mapping[str, int] | None = None,
) -> Iterator[Container]:
    """Run a container whose root cannot be written, with volumes by the paths where they are mounted.

    Where a volume is None, it is a new file system in memory, which anybody may write. `sysctls` hold in its network.
    As with an engine, no signal is ignored, even if this run ignores some.
    """
    root = image.place.root
    mounts = image.place.list_mounts(read_only=True)
    for path, folder in volumes.items():
        mounts.append(f"mount --bind {folder} {root}{path}" if folder else f"mount -t tmpfs tmpfs {root}{path}")
    mounts += [f"echo {value} > /proc/sys/{name.replace('.', '/')}" for name, value in (sysctls or {}).items()]
    given = [f"{name}={value}" for name, value in image.environment.items()]
    script = "\n".join(
        ["set -e", *mounts, 'exec chroot --userspec="$1" --groups= "$0" env -i --default-signal -C / "${@:2}"']
    )
    unshare = ["unshare", "--mount", "--pid", "--fork", "bash", "-c", script]
    line = [
        sys.executable,
        str(OFFLINE),
        *unshare,
        str(root),
        image.user,
        *given,
        *image.entry,
        *(arguments or image.command),
    ]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            assert first.startswith("Listening on "), first + process.stderr.read()
            yield Container(image, process, find_child(process.pid))
        finally:
            if process.poll() is None:
                os.kill(find_child(process.pid), signal.SIGKILL)  # with it, all that runs beside it ends
