"""Lint: what callers of Green do that costs or fails with the real service."""

import re
from collections.abc import Iterator, Sequence

from emulator.lint import LintFinding, filter_calls
from emulator.providers.aliyun.gateway.lint import find_reused_nonces
from emulator.providers.aliyun.green.results import find_task_ids
from emulator.state.journal import BODY_LIMIT, Entry

_SUBMISSION, _QUERY = "image/asyncscan", "image/results"

_TEXT = re.compile(rb'"([^"\\]{1,200})"')
_PROCESSING = re.compile(rb'"code"\s*:\s*280\b')


def find_early_polls(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield queries for a task that was still processing."""
    for entry in filter_calls(entries, _QUERY):
        if _PROCESSING.search(entry.response_body):
            yield LintFinding(entry, "polled too early", "a task was still processing: wait longer, or take a callback")


def find_unfetched_results(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield submissions with a result that nobody has asked for so far, and that no callback pushes."""
    queries = filter_calls(entries, _QUERY)
    fetched = {text.decode("utf-8", "replace") for entry in queries for text in _TEXT.findall(entry.body)}
    for entry in filter_calls(entries, _SUBMISSION):
        tasks = find_task_ids(entry.response_body)
        missing = sum(task not in fetched for task in tasks) if b'"callback"' not in entry.body else 0
        if missing and len(entry.body) < BODY_LIMIT:
            yield LintFinding(
                *(entry, "result never fetched"),
                f"nobody asked for {missing} of {len(tasks)} tasks so far: ask {_QUERY}, or give a callback",
            )


LINT = (find_reused_nonces, find_early_polls, find_unfetched_results)
