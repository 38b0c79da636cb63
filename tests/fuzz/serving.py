"""The emulator under fuzzing: a process of its own that calls no other host, and logs what it holds on SIGUSR1.

`python -m tests.fuzz.serving serve ...` takes the arguments of `moderation-emulator`.
"""

import ctypes
import gc
import ipaddress
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.servers import OWN_SETTINGS, Server, running
from tests.providers.alipay.gateway.builders import make_key_pair

HELD = "HELD"

_ACCOUNT = '[{"name": "default", "wechat": {"push_url": "http://127.0.0.1:9/push"}}]'


@dataclass
class FuzzedServer:
    """The server, and what it logged."""

    server: Server
    read: int = field(default=0, init=False)

    def read_log(self) -> list[str]:
        """Return the lines that were logged since the last look."""
        with Path(f"/proc/{self.server.pid}/fd/1").open("rb") as log:
            log.seek(self.read)
            data = log.read()
        self.read += len(data)
        return data.decode("utf-8", "replace").splitlines()

    def report_objects(self) -> None:
        """Let the server collect its garbage, give back what is free, and log how many objects it holds."""
        os.kill(self.server.pid, signal.SIGUSR1)


@contextmanager
def run_fuzzed_server(**settings: str) -> Iterator[FuzzedServer]:
    """Run a server on a free port, without magic words, with a short journal and settings of the environment."""
    given = {
        "SERVER__LOOP": "auto",
        "SERVER__RELOAD": "false",
        "MAGIC_WORDS": "false",
        "JOURNAL__SIZE": "500",
        "ACCOUNTS": _ACCOUNT,
        "ALIPAY__GATEWAY_PRIVATE_KEY": f"'{''.join(make_key_pair('gateway').pkcs8.splitlines()[1:-1])}'",
        **settings,
    }
    command = ["tests.fuzz.serving", "serve", "--port", "0"]
    with running(command, {f"{OWN_SETTINGS}{name}": value for name, value in given.items()}) as server:
        yield FuzzedServer(server)


def _guard(event: str, args: tuple[Any, ...]) -> None:
    """Forbid every look-up and every call but those of loopback, whatever a mutation made of an address."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not ipaddress.ip_address(args[1][0]).is_loopback:
        raise PermissionError(f"{args[1][0]} is not to be called")
    if event == "socket.getaddrinfo" and args[0] not in ("127.0.0.1", "::1", "localhost"):
        raise PermissionError("no name is to be looked up")


def _report_objects(*_: object) -> None:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    sys.stdout.write(f"{HELD} {len(gc.get_objects())}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve, with the guard on."""
    from emulator.cli import main as command

    sys.addaudithook(_guard)
    signal.signal(signal.SIGUSR1, _report_objects)
    sys.unraisablehook = lambda lost: logging.error("unraisable", exc_info=lost.exc_value)
    command()


if __name__ == "__main__":
    main()
