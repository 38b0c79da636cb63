"""Encodings: the same signature written otherwise than its scheme writes it, and the bytes that it stands for."""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import unquote

BASE64, HEX = "Base64", "hexadecimal in small letters"

_LONGEST = 4_000  # characters read of a signature: that of an RSA key of 16 384 bits has 2732 in Base64
_MOST_TIMES = 2  # times that a signature may have been percent-encoded too often
_TIMES = ("once: in a header it stands as it is", "twice", "three times")
_BLANK = "the + of the signature came as a blank: percent-encode the signature"
_DIGITS = re.compile(r"(?:[0-9A-Fa-f]{2})+").fullmatch
_ALPHABET = re.compile(r"[A-Za-z0-9+/_-]+").fullmatch


def encode_signature(signature: bytes, encoding: str) -> str:
    """Return a signature as its scheme writes it."""
    return signature.hex() if encoding == HEX else base64.b64encode(signature).decode()


def decode_signature(given: str, encoding: str, escapes: int = 0) -> dict[bytes, list[str]]:
    """Return the bytes that a signature may stand for, each with what is wrong with how it was written.

    A text can be read in more than one way; the reading with the fewest flaws stands first. `escapes` is how often the
    scheme percent-encodes a signature; these encodings are undone already.
    """
    found: dict[bytes, list[str]] = {}
    readings = chain.from_iterable(_decode_with_flaws(*each, encoding) for each in _unwrap(given[:_LONGEST], escapes))
    for data, flaws in sorted(readings, key=lambda reading: len(reading[1])):
        found.setdefault(data, flaws)
    return found


def _unwrap(given: str, escapes: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the signature as it came, then without what was added to it on its way; each with the flaws undone."""
    text, flaws = given, list[str]()
    for times in _TIMES[escapes : escapes + _MOST_TIMES]:
        yield text, flaws
        if " " in text:
            yield text.replace(" ", "+"), [*flaws, _BLANK]
        if text.split() != [text]:
            yield "".join(text.split()), [*flaws, "the signature holds blanks or line breaks: write it in one line"]
        plain = unquote(text)
        if plain == text:
            return
        text, flaws = plain, [f"the signature was percent-encoded {times}"]
    yield text, flaws


def _decode_with_flaws(text: str, flaws: list[str], encoding: str) -> Iterator[tuple[bytes, list[str]]]:
    for data, how in _iterate_decodings(text):
        wrong = [] if how == encoding else [f"the signature is {how} instead of {encoding}"]
        yield data, [*flaws, *wrong]


def _iterate_decodings(text: str) -> Iterator[tuple[bytes, str]]:
    if _DIGITS(text):
        digits = bytes.fromhex(text)
        yield digits, HEX if text == digits.hex() else "hexadecimal in capital letters"
    bare = text.rstrip("=")
    data = _decode_base64(bare)
    if data is None:
        return
    if "-" in bare or "_" in bare:
        how = "base64url"
    else:
        how = BASE64 if text == base64.b64encode(data).decode() else "Base64 without its = at the end"
    yield data, how
    if _DIGITS(inner := data.decode("latin-1")):
        yield bytes.fromhex(inner), "Base64 of its hexadecimal form"


def _decode_base64(bare: str) -> bytes | None:
    """Return the bytes of Base64 in either alphabet.

    Return None for other texts, and when the last letter holds bits that belong to no byte.
    """
    if not _ALPHABET(bare):
        return None
    try:
        data = base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None
    plain = base64.b64encode(data).decode().rstrip("=")
    return data if plain == bare.replace("-", "+").replace("_", "/") else None
