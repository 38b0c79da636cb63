"""Lint: what clients do that works in a test, but fails or costs with the real service.

Operations are known here by their documented names. An operation that is not served has no calls, so no findings.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from emulator.masking import mask_text
from emulator.resources.budgets import MIB
from emulator.resources.turns import take_turns
from emulator.state.journal import BODY_LIMIT, Entry

_TOKEN_LIFE, _RENEWAL = 7200, 300  # seconds that a token lasts, and seconds before its end when renewal is no waste
_PATIENCE = 0.5  # seconds to wait before asking for the result of my.ap.imgRisk
_BYTES_LIMIT = 64 * MIB  # bytes of the calls that are looked at
_TOLERANCE = 0.02  # seconds by which the recorded times of two calls may be off

_NONCE = re.compile(rb"[?&]SignatureNonce=([^&]+)")
_TEXT = re.compile(rb'"([^"\\]{1,200})"')
_TASK = re.compile(rb'"taskId"\s*:\s*"([^"]+)"')
_APPLY = re.compile(rb"apply_id\W{1,12}([0-9A-Za-z-]{8,128})")
_PROCESSING = re.compile(rb'"code"\s*:\s*280\b')


class LintFinding(NamedTuple):
    """One bad habit, seen in one call: the entry of the call, the name of the check, and advice to the client."""

    entry: Entry
    check: str
    advice: str


Entries = Sequence[Entry]


async def find_lint(newest_first: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return [{entry, account, operation, habit, advice}] for the journal of one account, newest first.

    Where the calls are many and large, only the newest are looked at.
    """
    entries: list[Entry] = []
    room = _BYTES_LIMIT
    async for entry in take_turns(newest_first):
        entries.append(entry._replace(items=()))
        room -= len(entry.target) + len(entry.body) + len(entry.response_body)
        if room < 0:
            break
    entries.reverse()
    found = [finding for check in _CHECKS for finding in await asyncio.to_thread(list, check(entries))]
    return [
        {
            "entry": str(entry.id),
            "account": entry.account,
            "operation": mask_text(entry.operation) if entry.operation else None,
            "habit": habit,
            "advice": advice,
        }
        for entry, habit, advice in sorted(found, key=lambda finding: -finding.entry.id)
    ]


def _find_reused_nonces(entries: Entries) -> Iterator[LintFinding]:
    first: dict[bytes, int] = {}
    for entry in entries:
        nonce = _find_nonce(entry)
        if nonce in first:
            advice = f"entry {first[nonce]} had the same SignatureNonce: make a new one for each call, retries as well"
            yield LintFinding(entry, "nonce reused", advice)
        elif nonce:
            first[nonce] = entry.id


def _find_nonce(entry: Entry) -> bytes:
    for name, value in entry.headers:
        if name.lower() == "x-acs-signature-nonce":
            return value.encode("utf-8", "surrogateescape")
    query = entry.target.partition("?")[2].encode("utf-8", "surrogateescape")
    found = _NONCE.search(b"&" + query) or _NONCE.search(b"&" + entry.body)
    return found[1] if found else b""


def _find_needless_tokens(entries: Entries) -> Iterator[LintFinding]:
    """Yield calls that fetched a token while an earlier one was still valid.

    A call that the gate refused may have been refused for its token. Fetching a new token after it is no waste.
    """
    last: Entry | None = None
    for entry in entries:
        if last is not None and entry.decided_by[0] == "gate" and entry.provider == last.provider:
            last = None
        if entry.operation != "cgi-bin/token" or entry.code is not None:
            continue
        if last is not None and 0 <= entry.at - last.at < _TOKEN_LIFE - _RENEWAL:
            left = _TOKEN_LIFE - (entry.at - last.at)
            advice = f"entry {last.id} fetched one for another {left:.0f} s, and the gate refused none since: keep it"
            yield LintFinding(entry, "token fetched per call", advice)
        last = entry


def _find_early_polls(entries: Entries) -> Iterator[LintFinding]:
    for entry in _filter_calls(entries, "image/results"):
        if _PROCESSING.search(entry.response_body):
            yield LintFinding(entry, "polled too early", "a task was still processing: wait longer, or take a callback")
    submitted: dict[bytes, float] = {}
    for entry in _filter_calls(entries, "my.ap.imgRisk", "my.ap.imgRiskCallback"):
        if entry.operation == "my.ap.imgRisk":
            submitted |= dict.fromkeys(_APPLY.findall(entry.response_body), entry.at)
            continue
        for asked in _parse_apply_ids(entry):
            waited = entry.at - submitted.get(asked, float("-inf"))
            if 0 <= waited < _PATIENCE - _TOLERANCE:
                yield LintFinding(
                    entry, "polled too early", f"asked {waited * 1000:.0f} ms after the submission: wait 500 ms"
                )


def _find_unfetched_results(entries: Entries) -> Iterator[LintFinding]:
    """Yield submissions with a result that nobody has asked for so far, and that no callback pushes."""
    fetched = {task for entry in _filter_calls(entries, "image/results") for task in _TEXT.findall(entry.body)}
    for entry in _filter_calls(entries, "image/asyncscan"):
        tasks = _TASK.findall(entry.response_body)
        missing = sum(task not in fetched for task in tasks) if b'"callback"' not in entry.body else 0
        if missing and len(entry.body) < BODY_LIMIT:
            yield LintFinding(
                *(entry, "result never fetched"),
                f"nobody asked for {missing} of {len(tasks)} tasks so far: ask image/results, or give a callback",
            )
    asked = {each for entry in _filter_calls(entries, "my.ap.imgRiskCallback") for each in _parse_apply_ids(entry)}
    for entry in _filter_calls(entries, "my.ap.imgRisk"):
        if not asked.issuperset(_APPLY.findall(entry.response_body)):
            yield LintFinding(
                entry, "result never fetched", "nobody asked so far: ask my.ap.imgRiskCallback for its apply_id"
            )


def _find_concurrent_queries(entries: Entries) -> Iterator[LintFinding]:
    """Yield queries that were under way at the same time.

    They are seen only where answers take time (`latency` in the settings) and the clock runs.
    """
    last: Entry | None = None
    for entry in _filter_calls(entries, "my.ap.imgRiskCallback"):
        if last is not None and entry.at - entry.seconds < last.at < entry.at:
            yield LintFinding(
                entry, "concurrent queries", f"entry {last.id} was under way: ask for one result at a time"
            )
        last = entry


def _filter_calls(entries: Entries, *operations: str) -> list[Entry]:
    """Return the calls of some operations that were answered without an error."""
    return [entry for entry in entries if entry.operation in operations and entry.code is None]


def _parse_apply_ids(entry: Entry) -> list[bytes]:
    """Return the apply_ids that a query asks for, however they are wrapped."""
    target = entry.target.encode("utf-8", "surrogateescape")
    return _APPLY.findall(unquote_to_bytes(target) + b"\n" + unquote_to_bytes(entry.body))


_CHECKS: tuple[Callable[[Entries], Iterator[LintFinding]], ...] = (
    _find_reused_nonces,
    _find_needless_tokens,
    _find_early_polls,
    _find_unfetched_results,
    _find_concurrent_queries,
)
