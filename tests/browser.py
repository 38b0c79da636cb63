"""A real browser without a window, and pages of other origins for it to open."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--virtual-time-budget=20000", "--dump-dom"),
)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")


class Origin:
    """Serve pages from an origin of its own, and count what is asked for. Use it as a context manager."""

    def __init__(self, pages: Callable[[str], Mapping[str, str]]) -> None:
        self.requested: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_PageHandler, self))
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        self.pages = pages(self.host)

    def __enter__(self) -> "Origin":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _PageHandler(BaseHTTPRequestHandler):
    """One request to an origin; `/` is a page of HTML, everything else a script."""

    def __init__(self, origin: Origin, *arguments: Any) -> None:
        self._origin = origin
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._origin.requested.append(self.path)
        body = self._origin.pages.get(self.path, "").encode()
        self.send_response(200)
        self.send_header("Content-Type", f"text/{'html' if self.path == '/' else 'javascript'}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the test says what it saw."""


def render_page(url: str, profile: Path) -> str:
    """Return the document that a browser ends with, after the scripts of the page at this address ran."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
