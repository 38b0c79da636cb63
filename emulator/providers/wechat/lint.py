"""Lint: what mini programs do that wastes the tokens of the real service."""

from collections.abc import Iterator, Sequence

from emulator.lint import LintFinding
from emulator.providers.wechat.tokens import LIFETIME_SECONDS
from emulator.state.journal import Entry

_RENEWAL = 300  # seconds before its end when the renewal of a token is no waste


def find_needless_tokens(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield calls that fetched a token while an earlier one was still valid.

    A call that the gate refused may have been refused for its token. Fetching a new token after it is no waste.
    """
    last: Entry | None = None
    for entry in entries:
        if last is not None and entry.decided_by[0] == "gate" and entry.provider == last.provider:
            last = None
        if entry.operation != "cgi-bin/token" or entry.code is not None:
            continue
        if last is not None and 0 <= entry.at - last.at < LIFETIME_SECONDS - _RENEWAL:
            left = LIFETIME_SECONDS - (entry.at - last.at)
            advice = f"entry {last.id} fetched one for another {left:.0f} s, and the gate refused none since: keep it"
            yield LintFinding(entry, "token fetched per call", advice)
        last = entry


LINT = (find_needless_tokens,)
