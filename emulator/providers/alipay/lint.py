"""Lint: what mini programs do about the results of pictures that the real service forbids, or that is of no use."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from emulator.lint import LintFinding, filter_calls
from emulator.state.journal import Entry

_SUBMISSION, _QUERY = "my.ap.imgRisk", "my.ap.imgRiskCallback"

_PATIENCE = 0.5  # seconds to wait before asking for a result
_TOLERANCE = 0.02  # seconds by which the recorded times of two calls may be off

_APPLY = re.compile(rb"apply_id\W{1,12}([0-9A-Za-z-]{8,128})")


def find_early_polls(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield queries that came too soon after the submission."""
    submitted: dict[bytes, float] = {}
    for entry in filter_calls(entries, _SUBMISSION, _QUERY):
        if entry.operation == _SUBMISSION:
            submitted |= dict.fromkeys(_APPLY.findall(entry.response_body), entry.at)
            continue
        for asked in _parse_apply_ids(entry):
            waited = entry.at - submitted.get(asked, float("-inf"))
            if 0 <= waited < _PATIENCE - _TOLERANCE:
                yield LintFinding(
                    entry, "polled too early", f"asked {waited * 1000:.0f} ms after the submission: wait 500 ms"
                )


def find_unfetched_results(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield submissions with a result that nobody has asked for so far."""
    asked = {each for entry in filter_calls(entries, _QUERY) for each in _parse_apply_ids(entry)}
    for entry in filter_calls(entries, _SUBMISSION):
        if not asked.issuperset(_APPLY.findall(entry.response_body)):
            yield LintFinding(entry, "result never fetched", f"nobody asked so far: ask {_QUERY} for its apply_id")


def find_concurrent_queries(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield queries that were under way at the same time.

    They are seen only where answers take time (`latency` in the settings) and the clock runs.
    """
    last: Entry | None = None
    for entry in filter_calls(entries, _QUERY):
        if last is not None and entry.at - entry.seconds < last.at < entry.at:
            yield LintFinding(
                entry, "concurrent queries", f"entry {last.id} was under way: ask for one result at a time"
            )
        last = entry


def _parse_apply_ids(entry: Entry) -> list[bytes]:
    """Return the apply_ids that a query asks for, however they are wrapped."""
    target = entry.target.encode("utf-8", "surrogateescape")
    return _APPLY.findall(unquote_to_bytes(target) + b"\n" + unquote_to_bytes(entry.body))


LINT = (find_early_polls, find_unfetched_results, find_concurrent_queries)
