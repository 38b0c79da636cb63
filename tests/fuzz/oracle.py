"""What is wrong with an answer, whatever was asked, and with a log."""

import re
from collections.abc import Iterable, Iterator

from emulator.discovery import find_providers
from tests.fuzz.lines import Answer
from tests.fuzz.shots import Kind

_TAG = b"<zq9"
_HARMLESS = (b"application/json", b"application/octet-stream", b"text/javascript", b"image/png", b"text/plain")
_PROVIDERS = find_providers().values()
_DOCUMENTED = {(row.status, row.code) for provider in _PROVIDERS for row in provider.errors.rows if row.status >= 500}
_INTERNAL_ERRORS = (
    re.compile(rb'"errcode":-1[,}]'),
    re.compile(rb'"error":"(?:3|SYSTEM_OUT_ERROR)"'),
    re.compile(rb"Internal(?:Server)?Error(?![.A-Za-z])"),
)


def find_problems(kind: Kind, answer: Answer) -> Iterator[str]:
    """Yield sentences, each about one thing."""
    if answer.status >= 500 and not _is_asked_for(kind, answer):
        yield f"an undocumented {answer.status}"
    if kind in (Kind.PLAIN, Kind.KEYED) and any(crash.search(answer.body) for crash in _INTERNAL_ERRORS):
        yield "the code of a mistake of the server's own"
    renderable = not answer.headers.get(b"content-type", b"").startswith(_HARMLESS)
    if renderable and _TAG in answer.body:
        yield "a tag of the caller's in what a browser renders"


def _is_asked_for(kind: Kind, answer: Answer) -> bool:
    """Return whether a rule or a magic word may have asked for this status."""
    codes = [code for status, code in _DOCUMENTED if status == answer.status]
    return kind in (Kind.RULED, Kind.MAGIC) and any(code.encode() in answer.body for code in codes)


def find_log_errors(lines: Iterable[str]) -> Iterator[str]:
    """Yield the errors of a log: the kind of each traceback and where it ends, and lines of errors without one."""
    error = place = ""
    for line in lines:
        if line.startswith("Traceback "):
            error, place = "", "nowhere"
        elif place and line.startswith('  File "'):
            place = line.strip()
        elif place and line and not line.startswith(" "):
            yield f"logged: {line.partition(':')[0]} at {place}"
            place = ""
        elif line.startswith(("ERROR", "CRITICAL")):
            if error:
                yield f"logged: {error[:200]}"
            error = line
    if error:
        yield f"logged: {error[:200]}"
