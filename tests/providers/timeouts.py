"""Downloads that are given up sooner than the documents say, so that tests need not wait; tests/test_figures.py has the
documented seconds.
"""

from dataclasses import replace

import pytest

from moderation_emulator.contract.running_server import RunningServer

SHORT_TIMEOUT = 0.3  # seconds: enough for a picture that does come


def shorten_timeout(live: RunningServer, monkeypatch: pytest.MonkeyPatch, provider: str, name: str) -> None:
    """Let an operation give up its downloads soon, for one test."""
    operations = live.app.providers[provider].operations
    image_limits = operations[name].image_limits
    assert image_limits is not None
    hasty = replace(operations[name], image_limits=image_limits._replace(seconds=SHORT_TIMEOUT))
    monkeypatch.setitem(operations, name, hasty)
