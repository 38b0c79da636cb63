"""A page of another origin leads a real browser to the gateway, whose answer repeats what the page wrote: none of it
may run, as it would run with the rights of the emulator's own pages.
"""

import json
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests import browser
from tests.providers.alipay.gateway import builders

pytestmark = browser.needs_chromium

TAKE_OVER = "fetch('/_emulator/accounts').then(() => fetch('//%s/taken'))"
INLINE = "<script>fetch('//%s/taken')</script>"


@pytest.fixture(params=["no key", "a key"])
def live(live: RunningServer, request: pytest.FixtureRequest) -> RunningServer:
    """Return a server with a key: the text that should have been signed comes back, and all parameters in it."""
    if request.param == "a key":
        builders.register(live)
    return live


@pytest.mark.parametrize("tag", ["<script src=//%s/script></script>", INLINE])
def test_nothing_of_the_page_runs(live: RunningServer, tmp_path: Path, tag: str) -> None:
    def render_pages(host: str) -> dict[str, str]:
        content = {"content": [tag.replace("%s", host)]}
        query = builders.encode_form({**builders.make_common(builders.DETECT, content), "sign": "x"})
        there = json.dumps(f"{live.url}/gateway.do?{query}").replace("<", r"\u003c")
        return {"/": f"<!doctype html><script>location = {there};</script>", "/script": TAKE_OVER.replace("%s", host)}

    with browser.Origin(render_pages) as origin:
        browser.render_page(origin.url, tmp_path)
    (entry,) = live.list_entries()
    assert dict(entry.headers)["Sec-Fetch-Mode"] == "navigate"
    assert "/script" not in origin.requested
    assert "/taken" not in origin.requested
