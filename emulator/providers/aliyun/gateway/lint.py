"""Lint: what callers of either gateway do that the real one refuses."""

import re
from collections.abc import Iterator, Sequence

from emulator.lint import LintFinding
from emulator.providers.aliyun.gateway.headers import HEADERS
from emulator.state.journal import Entry

_PARAMETER = "SignatureNonce"
_HEADER = HEADERS[_PARAMETER]
_NONCE = re.compile(rb"[?&]%s=([^&]+)" % _PARAMETER.encode())


def find_reused_nonces(entries: Sequence[Entry]) -> Iterator[LintFinding]:
    """Yield calls whose nonce an earlier call had."""
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
        if name.lower() == _HEADER:
            return value.encode("utf-8", "surrogateescape")
    query = entry.target.partition("?")[2].encode("utf-8", "surrogateescape")
    found = _NONCE.search(b"&" + query) or _NONCE.search(b"&" + entry.body)
    return found[1] if found else b""
