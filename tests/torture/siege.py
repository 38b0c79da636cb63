"""One attack under way: sends what it is given, counts it, and keeps what is to be said of it."""

import http.client
import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.servers import Server

TIMEOUT = 55.0  # seconds for one answer
AT_ONCE = 8  # calls, where many are sent


class Answer(NamedTuple):
    """What came back; status 0 where the server hung up or said nothing in time."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


NOTHING = Answer(0, {}, b"")


class Siege:
    """What an attack may use. `server` listens on its own; `folder` is for files, `fixtures` is read by the server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.calls = 0
        self.bytes = 0
        self.statuses: Counter[int] = Counter()
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.over = False  # set by an attack that ends the server itself
        self._open: set[socket.socket] = set()

    @property
    def fixtures(self) -> Path:
        return self.folder / "fixtures"

    @property
    def host(self) -> str:
        return self.server.netloc

    def note(self, words: str) -> None:
        """Say something in the verdict."""
        self.notes.append(words)

    def fail_if(self, happened: bool, words: str) -> None:
        """Say what must not happen, if it did; the whole run is then lost."""
        if happened:
            self.faults.append(words)

    def connect(self) -> socket.socket:
        """Open a connection that is closed at the end of the attack."""
        made = socket.create_connection((self.server.host, self.server.port), TIMEOUT)
        self._open.add(made)
        return made

    def close(self) -> None:
        """Close all connections; whoever waits at one gets nothing."""
        for each in tuple(self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                each.close()
        self._open.clear()

    def send(self, *parts: bytes, timeout: float = TIMEOUT, method: str = "GET") -> Answer:
        """Send the bytes of one call on a connection of its own; return the answer."""
        answer, line = NOTHING, self.connect()
        self.calls += 1
        try:
            line.settimeout(timeout)
            try:
                for part in parts:
                    line.sendall(part)
                    self.bytes += len(part)
            except ConnectionError:
                pass  # refused before all was sent: the answer may still be there
            came = http.client.HTTPResponse(line, method=method)
            came.begin()
            answer = Answer(came.status, dict(came.getheaders()), came.read())
        except (OSError, http.client.HTTPException):
            pass
        finally:
            self._open.discard(line)
            line.close()
        self.statuses[answer.status] += 1
        return answer

    def encode_request(
        self, method: str, target: str, body: bytes = b"", kind: str = "application/json", **headers: str
    ) -> bytes:
        """Return the bytes of a call; `X_Name="value"` adds a header."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def ask(self, method: str, target: str, body: bytes = b"", **options: str) -> Answer:
        """Make a call that is written here; return the answer."""
        return self.send(self.encode_request(method, target, body, **options), method=method)

    def control(self, method: str, path: str, form: Any = None) -> Answer:
        """Call the control API; return the answer."""
        return self.ask(method, f"/_emulator/{path}", b"" if form is None else json.dumps(form).encode())

    def storm(self, calls: Iterable[Callable[[], Any]], at_once: int = AT_ONCE) -> None:
        """Make many calls, some at a time."""
        pool = ThreadPoolExecutor(at_once)
        try:
            for done in [pool.submit(call) for call in calls]:
                done.result()
        except BaseException:
            self.close()  # or those under way would be waited for
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def repeat(self, request: bytes, times: int, at_once: int = AT_ONCE) -> None:
        """Send the same call many times."""
        self.storm((lambda: self.send(request) for _ in range(times)), at_once)

    def wait_until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait at most so many seconds; return whether it became true."""
        end = time.monotonic() + seconds
        while not (held := true()) and time.monotonic() < end:
            time.sleep(0.1)
        return held

    def render_verdict(self) -> str:
        """Return what is to be said of it all, in few words."""
        seen = ", ".join(f"{count} x {status or 'nothing'}" for status, count in sorted(self.statuses.items()))
        return "; ".join([*([seen] if seen else []), *self.notes, *(f"FAILED: {words}" for words in self.faults)])


def encode_multipart(parts: Iterable[tuple[str, bytes]], mark: str = "torture") -> tuple[bytes, str]:
    """Return a body of parts, each with what follows `Content-Disposition: form-data`, and its Content-Type."""
    written = (
        b"--%b\r\nContent-Disposition: form-data%b\r\n\r\n%b\r\n" % (mark.encode(), named.encode(), data)
        for named, data in parts
    )
    return b"".join([*written, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"
