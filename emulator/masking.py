"""Masking: credentials are never shown whole, wherever they stand and however they are written.

A credential is recognised by the name before it, in a query, a form, JSON, a multipart body, XML or a header. It may be
whole or cut off, in one format inside another, and escaped once or more. It is also recognised by its look:
`//user:password@host`, `Basic ...`. However hostile a text is, no part of it is read more than a fixed number of times:
every repetition below is bounded, or reads what is then hidden.
"""

import base64
import binascii
import re
import string
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

# Endings of the names of credentials. Capitals, hyphens, underscores and a plural s make no difference.
_ENDINGS = ("secret", "token", "key", "password", "passwd", "pwd", "passphrase", "authorization", "cookie")
_HARMLESS = ("publickey", "objectkey")  # and `key` alone
_HEADERS = ("authorization", "cookie")
_PUNCTUATION = re.compile("[^a-z0-9]")
_NAME_CHARACTERS = f"{string.ascii_letters}{string.digits}_.-"
_MAX_NAME_LENGTH = 80  # characters of a name

_E = "(?:25)*"  # `%3D` is `%253D` when it is encoded once more, and so on
_QUOTE = f"%{_E}2[27]"
_BLANKS = rf"(?:[\s+]|%{_E}20){{0,20}}+"

# What stands between a name and its value, then the value. A value may be cut off by the end of the text.
_match_after = re.compile(
    rf"""
      (?P<b>\\*)["']\s{{0,99}}(?::|=>?)\s{{0,99}}(?:
          (?P=b)(?P<q>["'])(?P<text>(?:[^"'\\]++|(?!(?<!\\)(?P=b)(?P=q)).)*+)
        | \[(?P<list>[^\]]*+)
        | (?!(?:null|true|false)\b)(?P<bare>[^\s,\]}}"'\[{{\\]++))
    | {_QUOTE}{_BLANKS}(?::|%{_E}3A){_BLANKS}(?:
          {_QUOTE}(?P<encoded>(?:%{_E}5C%{_E}2[27]|(?!{_QUOTE})[^&\s"'])*+)
        | (?P<digits>[0-9]++))
    | =["']?(?P<value>[^&\s"'<>\\\#]*+)
    | :[ \t]{{0,9}}["'](?P<quoted>[^\r\n"'\\]*+)
    | %(?P<level>{_E})3D(?P<inner>(?:(?!%(?:(?P=level))?26)[^&\s"'<>\\])*+)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
).match
_match_after_header = re.compile(r""":[ \t]{0,9}["']?(?P<line>[^\r\n"'\\&<>{}\[\]]++)""").match
_match_after_tag = re.compile("[^<>]{0,200}>(?P<element>[^<]*+)").match
_match_after_part = re.compile(
    r""""?(?:;[^\r\n]{0,200}+)?(?:\r?\n[^\r\n]{1,200}+){0,3}+\r?\n\r?\n(?P<part>(?:[^\r\n]++|(?!\r?\n--).)*+)""",
    re.DOTALL,
).match
_USER_INFO = re.compile(
    rf"(?P<begin>(?::|%{_E}3A)(?:\\?/|%{_E}2F){{2}})"
    rf"(?P<value>(?:(?!%{_E}(?:2F|3F|23))[^/?\#\s\"'<>\\&]){{1,2000}})(?=@|%{_E}40)",
    re.IGNORECASE,
)
_SCHEME = re.compile(
    rf"\b(?P<scheme>basic|bearer)(?:[ +]|%{_E}20){{1,9}}+(?P<value>(?:[A-Za-z0-9+/=._~-]|%{_E}(?:2B|2F|3D)){{8,}}+)",
    re.IGNORECASE,
)
# Escapes of letters, digits and `-._`, none of which needs an escape: `%73`, `%2573`, `\u0073`.
_NEEDLESS_ESCAPE = re.compile(rf"(?:%{_E}|\\+u00)(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A])", re.IGNORECASE)
_HINTS = ("@", "%40", "basic", "bearer")


class _Endings:
    """The endings by which the names of credentials are known."""

    def __init__(self, names: Iterable[str]) -> None:
        self.written = tuple(names)
        self.plain = tuple(map(_simplify, self.written))
        self.hints = (*self.written, *_HINTS)
        alternatives = "|".join(map(re.escape, self.written))
        self.search = re.compile(f"(?:{alternatives})s?(?![A-Za-z0-9_.-])", re.IGNORECASE).search


def add_endings(names: Iterable[str]) -> None:
    """Have values masked as well whose names end like this, in this process, from now on."""
    global _endings  # noqa: PLW0603 - what is a secret must be known wherever something is written
    if new := {name.lower() for name in names} - {*_endings.written}:
        _endings = _Endings((*_endings.written, *sorted(new)))
        _is_secret.cache_clear()


def is_secret(name: str) -> bool:
    """Return whether a name is that of a credential, such as AccessKeySecret and X-Api-Key, but not AccessKeyId."""
    return _is_secret(name[-_MAX_NAME_LENGTH:])


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    plain = _simplify(unquote(unquote(name)))
    return plain.endswith(_endings.plain) and plain != "key" and not plain.endswith(_HARMLESS)


def _simplify(name: str) -> str:
    """Return the name without what makes no difference: capitals, punctuation, a plural s."""
    return _PUNCTUATION.sub("", name.lower()).removesuffix("s")


_endings = _Endings(_ENDINGS)


def mask_secret(secret: str) -> str:
    """Return the first characters of a credential, and stars."""
    return f"{secret[: min(4, len(secret) // 2)]}****"


def mask_text(text: str) -> str:
    """Return the text with every credential masked. If it holds one, needless escapes of letters are undone."""
    plain = _unescape(text)
    lowered = plain.lower()
    if not any(mark in lowered for mark in _endings.hints):
        return text
    parts: list[str] = []
    at = 0
    for start, end in _iterate_spans(plain):
        parts += plain[at:start], mask_secret(plain[start:end])
        at = end
    hidden = "".join([*parts, plain[at:]])
    hidden = _USER_INFO.sub(lambda found: f"{found['begin']}****", hidden)
    hidden = _SCHEME.sub(_mask_scheme, hidden)
    return text if hidden == plain else hidden


def list_secrets(text: str) -> list[str]:
    """Return the credentials in a text that are recognised by their name, as they are written there."""
    plain = _unescape(text)
    return [plain[start:end] for start, end in _iterate_spans(plain)]


def _unescape(text: str) -> str:
    if "%" not in text and "\\u" not in text:
        return text
    return _NEEDLESS_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _iterate_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each value that has the name of a credential and is not empty."""
    at = 0
    while (ending := _endings.search(text, at)) is not None:
        at = ending.end()
        before = text[max(0, ending.start() - _MAX_NAME_LENGTH) : ending.start()]
        name = _get_name_prefix(before) + ending[0]
        if is_secret(name) and (found := _match_value(text, before.rstrip(_NAME_CHARACTERS), name, at)) is not None:
            start, at = found.span(found.lastgroup or 0)
            if start < at:
                yield start, at


def _match_value(text: str, before: str, name: str, at: int) -> re.Match[str] | None:
    """Return the match of what follows a name; its last group that matched is the value.

    What may follow depends on the text before the name.
    """
    if before.endswith(("name=", 'name="')):
        return _match_after_part(text, at)
    if before.endswith("<"):
        return _match_after_tag(text, at)
    # A plain word with a colon is a header only at the beginning of a line or object; elsewhere it is prose.
    is_header = "-" in name or "_" in name or name.lower() in _HEADERS or before.endswith(("\n", "{"))
    return _match_after(text, at) or (_match_after_header(text, at) if is_header else None)


def _get_name_prefix(before: str) -> str:
    """Return the part of a name before its ending, without the rest of an escape that stands before the name."""
    rest = before.rstrip(_NAME_CHARACTERS)
    part = before[len(rest) :]
    if rest.endswith("%"):
        return re.sub("^(?:25)*[0-9A-Fa-f]{2}", "", part)
    return part[1:] if rest.endswith("\\") else part


def _mask_scheme(found: re.Match[str]) -> str:
    """Mask what follows Basic if it is a name and a password, and what follows Bearer if it is a long word.

    Anything else is prose and stays.
    """
    value = unquote(unquote(found["value"]))
    real = len(value) >= 16
    if found["scheme"].lower() == "basic":
        try:
            real = b":" in base64.b64decode(value + "==")
        except binascii.Error:
            real = False
    return f"{found[0][: -len(found['value'])]}{mask_secret(found['value'])}" if real else found[0]
