"""Cleaning: whatever a caller sends, a line holds no line break, no control character and no credential."""

import re

MAX_LENGTH = 500  # characters of a text

_SECRET = re.compile(
    r"""((?:access_?key_?id|secret|token|password|signature|sign|nonce|authorization)["']?\s?(?:[=:]|%3[dD])\s?["']?)"""
    r"""(?:(?<=")[^"]+|(?<=')[^']+|(?:(?:Bearer|Basic|acs)\s)?[^\s&"',;)}\]]+)""",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^/\s@]{1,200}@")


def clean(text: str, max_length: int = MAX_LENGTH) -> str:
    """Return one line of bounded length, without credentials and without anything that a terminal would obey."""
    line = text[: 2 * max_length]
    line = escape_unprintable(_IN_ADDRESS.sub("://***@", _SECRET.sub(r"\1***", line)))
    return line if len(line) <= max_length and len(text) <= 2 * max_length else f"{line[:max_length]}..."


def escape_unprintable(text: str) -> str:
    """Return the text with an escape in the place of each character that is not printable."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
