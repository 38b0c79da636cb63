"""Plays ready-made requests in one process that valgrind watches; a script, for it runs on trees older than itself.

`python driver.py FILE WAY COUNT MOMENT`: the first COUNT requests of FILE, by WAY, while the wall clock stands still at
MOMENT, in Unix seconds. All of FILE is read whatever COUNT is, so that only the calls differ.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

_LENGTH = 8  # bytes before each request in FILE
_TURNS = 1000  # of the loop within which every answer must have come


class Transport(asyncio.Transport):
    """The server's end of a connection that has no socket: keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 9)})
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def take(self) -> bytes:
        came = b"".join(self.written)
        self.written.clear()
        return came

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """The process ends soon."""

    abort = pause_reading = resume_reading = close

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""

    def get_write_buffer_size(self) -> int:
        return 0


def build_app() -> Any:
    """Every setting at its default, and ids that are the same in every run."""

    own = find_first(("discovery", "find_providers"), ("server", "find_providers"), ("server", "providers"))()
    load = find_first(("config.load", "load_settings"), ("settings", "load"))
    collect = find_first(
        *(("discovery", "collect_provided_settings"), ("provider", "collect_setting_names")),
        default=lambda providers: [quirk for each in providers for quirk in each.quirks],
    )
    flags = {"server": {"port": 0, "reload": False}, "seed": 1}
    return find_first(("building", "build"), ("server", "build"))(load(None, flags, {}, collect(own.values())), own)


def find_first(*places: tuple[str, str], default: Any = None) -> Any:
    """Return the first of these attributes of modules that this tree has, else the default."""
    found = (find_attribute(f"emulator.{module}", name) for module, name in places)
    return next((each for each in found if each is not None), default)


def find_attribute(module: str, name: str) -> Any:
    """Return what a module of this tree has, None where the tree is too old or too new for it."""
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


async def play_by_handler(requests: Sequence[bytes], count: int) -> None:
    """From the request as a value to the answer as a value; no HTTP."""
    from multidict import CIMultiDict

    from emulator.server import Emulator

    types = find_attribute("emulator.types", "WireRequest"), find_attribute("emulator.vocabulary", "WireRequest")
    request_type = types[0] or types[1]
    ready = []
    for request in requests:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        ready.append(request_type(method, target, CIMultiDict(line.partition(": ")[::2] for line in lines), body))
    answer = Emulator(build_app())._answer
    gc.collect()
    gc.freeze()
    for request in ready[:count]:
        response = await answer(request)
        if response.status != 200:
            sys.exit(f"answered with {response.status}: {response.body[:500]!r}")


async def play_by_connection(requests: Sequence[bytes], count: int) -> None:
    """From bytes received to bytes written, over one connection whose transport is ours."""
    from emulator.server import Emulator

    loop: Any = asyncio.get_running_loop()
    listen = loop.create_server
    factories: list[Any] = []

    def note_factory(factory: Any, *place: Any, **options: Any) -> Any:
        factories.append(factory)
        return listen(factory, *place, **options)

    loop.create_server = note_factory
    await Emulator(build_app()).start()
    transport, connection = Transport(), factories[0]()
    connection.connection_made(transport)
    gc.collect()
    gc.freeze()
    for request in requests[:count]:
        connection.data_received(request)
        came = b""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if transport.written:
                came += transport.take()
                if is_complete(came):
                    break
        if not came.startswith(b"HTTP/1.1 200 ") or not is_complete(came):
            sys.exit(f"answered with {came[:500]!r}")


def is_complete(answer: bytes) -> bool:
    """Whether it is a complete answer."""
    head, end, body = answer.partition(b"\r\n\r\n")
    return bool(end) and len(body) == int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])


WAYS = {"handler": play_by_handler, "connection": play_by_connection}


def read_requests(path: Path) -> list[bytes]:
    """The requests of a file."""
    requests = []
    data = memoryview(path.read_bytes())
    while data:
        end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
        requests.append(bytes(data[_LENGTH:end]))
        data = data[end:]
    return requests


def write_requests(path: Path, requests: Iterable[bytes]) -> None:
    """Write requests as `read_requests` reads them."""
    path.write_bytes(b"".join(len(request).to_bytes(_LENGTH, "big") + request for request in requests))


def main(path: str, way: str, count: str, moment: str) -> None:
    now = float(moment)
    time.time = lambda: now
    asyncio.run(WAYS[way](read_requests(Path(path)), int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
