"""The shim my in a real browser: a page of another origin loads it and calls across origins."""

import html
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.live import Live

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--virtual-time-budget=20000", "--dump-dom"),
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")

CALLS = """
const pid = '2088123456789012';
const seen = { origin: location.origin, kept: my.alert ? my.alert() : null, usable: my.canIUse('ap.imgRisk') };
const done = () => { document.body.textContent = JSON.stringify(seen); };
my.ap.imgRisk({
  pid,
  bizContext: { risk_type: 'img_risk', content: 'https://cdn.example.test/emu-block-emu-delay-0s.png' },
  success: ({ riskResult }) => my.ap.imgRiskCallback({
    pid,
    bizContext: { risk_type: 'img_risk_result', apply_id: JSON.parse(riskResult).apply_id },
    success: (answer) => { seen.answer = answer; },
    complete: () => my.textRiskIdentification({
      content: '', type: ['0'],
      fail: (error) => { seen.error = error; },
      complete: done,
    }),
  }),
});
"""

PAGES = {
    "script": "<script>var my = { alert: () => 'mine' };</script><script src='%s/alipay/my.js'></script>"
    "<script>" + CALLS + "</script>",
    "module": "<script type=module>import { my } from '%s/alipay/my.mjs';" + CALLS + "</script>",
    "xhr": "<script>delete window.fetch; window.fetch = undefined;</script><script src='%s/alipay/my.js'></script>"
    "<script>" + CALLS + "</script>",
}


class Page(BaseHTTPRequestHandler):
    """Answers everything with one page."""

    def __init__(self, page: str, *arguments: Any) -> None:
        self.page = page.encode()
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_: object) -> None:
        """The test says what it saw."""


@pytest.fixture
def host() -> Iterator[Callable[[str], str]]:
    """Serves a page from an origin of its own; its URL."""
    servers = []

    def served(page: str) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Page, page))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


def shown(url: str, profile: Path) -> Any:
    """The JSON that a page wrote into its body."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    body = re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    assert body is not None, done.stderr
    return json.loads(html.unescape(body[1]))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_another_origin(live: Live, host: Callable[[str], str], tmp_path: Path, kind: str) -> None:
    page = f"<!doctype html><meta charset=utf-8><body>{PAGES[kind].replace('%s', live.url)}</body>"
    url = host(page)
    seen = shown(url, tmp_path)
    assert seen["origin"] == url
    assert seen["kept"] == ("mine" if kind == "script" else None)
    assert seen["usable"] is True
    assert json.loads(seen["answer"]["riskResult"]) == {"action": "REJECTED"}
    assert seen["error"]["error"] == "2"
    by_browser = live.entries()[0]
    assert dict(by_browser.headers)["Origin"] == url
    assert dict(by_browser.response_headers)["Access-Control-Allow-Origin"] == "*"
