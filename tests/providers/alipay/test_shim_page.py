"""The shim my in a real browser: a page of another origin loads it and calls across origins."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests import browser

pytestmark = browser.needs_chromium

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


def parse_shown(document: str) -> Any:
    """Return the JSON that a page wrote into its body."""
    body = re.search(r"<body>(.*)</body>", document, re.DOTALL)
    assert body is not None, document
    return json.loads(html.unescape(body[1]))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_another_origin(live: RunningServer, tmp_path: Path, kind: str) -> None:
    page = f"<!doctype html><meta charset=utf-8><body>{PAGES[kind].replace('%s', live.url)}</body>"
    with browser.Origin(lambda _host: {"/": page}) as origin:
        seen = parse_shown(browser.render_page(origin.url, tmp_path))
    assert seen["origin"] == origin.url
    assert seen["kept"] == ("mine" if kind == "script" else None)
    assert seen["usable"] is True
    assert json.loads(seen["answer"]["riskResult"]) == {"action": "REJECTED"}
    assert seen["error"]["error"] == "2"
    by_browser = live.list_entries()[0]
    assert dict(by_browser.headers)["Origin"] == origin.url
    assert dict(by_browser.response_headers)["Access-Control-Allow-Origin"] == "*"
