"""Downloads that are given up sooner than the documents say, so that tests need not wait; tests/test_figures.py has the
documented seconds.
"""

from dataclasses import replace

import pytest

from tests.live import Live

SOON = 0.3  # seconds: enough for a picture that does come


def soon(live: Live, monkeypatch: pytest.MonkeyPatch, provider: str, name: str) -> None:
    """Let an operation give up its downloads soon, for one test."""
    operations = live.house.providers[provider].operations
    pictures = operations[name].pictures
    assert pictures is not None
    hasty = replace(operations[name], pictures=pictures._replace(seconds=SOON))
    monkeypatch.setitem(operations, name, hasty)
