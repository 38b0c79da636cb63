"""RPC HMAC-SHA1 (SignatureVersion 1.0): the parameter signature of Alibaba's gateway."""

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import count
from operator import itemgetter

from emulator.encoding import percent

Picker = Callable[[Sequence[str]], tuple[str, ...]]

_UNRESERVED = r"A-Za-z0-9\-._~"
_is_plain = re.compile(f"[{_UNRESERVED}]*+").fullmatch
_ESCAPES = {byte: chr(byte) if _is_plain(chr(byte)) else f"%{byte:02X}" for byte in range(256)}

# Canonical percent-encoding: upper-case hex, valid UTF-8, no needless escapes. Names must be plain, since an escaped
# name sorts otherwise than the decoded name. All repetitions are possessive, so that a hostile query costs one pass.
_NEXT = "%[89AB][0-9A-F]"
_ESCAPE = (
    "%(?:[01][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]"
    f"|(?:C[2-9A-F]|D[0-9A-F]){_NEXT}"
    f"|(?:E0%[AB][0-9A-F]|ED%[89][0-9A-F]|E[1-9A-CEF]{_NEXT}){_NEXT}"
    f"|(?:F0%[9AB][0-9A-F]|F4%8[0-9A-F]|F[1-3]{_NEXT}){_NEXT}{_NEXT})"
)
_PAIR = f"[{_UNRESERVED}]++=[{_UNRESERVED}]*+(?:{_ESCAPE}[{_UNRESERVED}]*+)*+"
_is_canonical = re.compile(f"{_PAIR}(?:&{_PAIR})*+").fullmatch


SHORT = 8192  # characters from which a query is not cached, and bytes from which a value is encoded in C


def encode(text: str) -> str:
    """Percent-encode as the scheme does: `a b*~` becomes `a%20b%2A~`.

    This never raises; a lone surrogate becomes `%3F`.
    """
    if _is_plain(text):
        return text
    data = text.encode("utf-8", "replace")
    return data.decode("latin-1").translate(_ESCAPES) if len(data) < SHORT else percent.encode(data).decode()


def build_canonical_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Return decoded pairs as a query: sorted by name, then by value, and encoded."""
    # Code points sort as their UTF-8 bytes do.
    return "&".join([f"{encode(name)}={encode(value)}" for name, value in sorted(pairs)])


def build_string_to_sign(method: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return the text that is signed for the decoded pairs of query and form together, without `Signature`."""
    query = build_canonical_query([pair for pair in pairs if pair[0] != "Signature"])
    return f"{method}&%2F&" + query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")


@lru_cache(16)
def parse_canonical(raw_query: str) -> tuple[tuple[str, ...], list[str]] | None:
    """Return the names and the still encoded values; None if the query is long or not canonically encoded.

    Reading a call and checking its signature both begin here, so the last results are cached. Do not change them.
    """
    if len(raw_query) >= SHORT or not _is_canonical(raw_query):
        return None
    words = raw_query.replace("=", "&").split("&")
    return tuple(words[::2]), words[1::2]


def build_canonical_string_to_sign(method: str, raw_query: str) -> str | None:
    """Return the string to sign without decoding the query.

    Return None if the query is long, not canonically encoded or repeats a name. A canonical form body may be joined to
    the query with `&`.
    """
    parts = parse_canonical(raw_query) if len(raw_query) < SHORT else parse_canonical.__wrapped__(raw_query)
    if parts is None:
        return None
    names, values = parts
    layout = _build_layout(names)
    if layout is None:
        return None
    heads, in_order = layout
    pieces = heads * 2  # a list of the right length: a head and a value in turns
    # All values are encoded once more in one go, joined by `&`, which none of them holds.
    pieces[1::2] = "&".join(in_order(values)).replace("%", "%25").split("&") if heads else []
    pieces[::2] = heads
    return f"{method}&%2F&{''.join(pieces)}"


def make_picker(positions: Sequence[int]) -> Picker:
    """Return a function that picks the values at `positions`, all in one go."""
    return itemgetter(*positions) if len(positions) > 1 else lambda values: tuple([values[at] for at in positions])


@lru_cache(256)
def _build_layout(names: tuple[str, ...]) -> tuple[list[str], Picker] | None:
    """Return the text before each value in the string to sign, and a picker of the values in that order.

    Return None when a name is repeated. The results are cached, since clients send their names in few orders.
    """
    if len(set(names)) != len(names):
        return None
    # Sorted by name alone, since as whole pairs `Task.10=` would come before `Task.1=`.
    order = [(name, at) for name, at in sorted(zip(names, count())) if name != "Signature"]
    heads = [f"{'%26' if n else ''}{name}%3D" for n, (name, _at) in enumerate(order)]
    return heads, make_picker([at for _name, at in order])


def sign(secret: str, text: str) -> str:
    """Return Base64(HMAC-SHA1(secret + "&", text))."""
    inner, outer = _start_hmac(secret)
    message = inner.copy()
    message.update(text.encode())
    code = outer.copy()
    code.update(message.digest())
    return b2a_base64(code.digest(), newline=False).decode()


@lru_cache(256)
def _start_hmac(secret: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    """Return the two digests of HMAC (RFC 2104) that have read only the key.

    They are cached, since reading the key takes longer than reading a text.
    """
    key = f"{secret}&".encode("utf-8", "surrogateescape")
    block = (hashlib.sha1(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    return hashlib.sha1(bytes(byte ^ 0x36 for byte in block)), hashlib.sha1(bytes(byte ^ 0x5C for byte in block))
