"""Percent-encoding of whole queries and forms in C: urllib takes a second for a few million escapes.

`binascii` knows quoted-printable (RFC 2045). Once its line breaks are removed, only the sign before the two digits
differs.
"""

import binascii
import re

MAX_PAIRS = 20_000  # pairs of a query or form

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Bytes that percent-encoding escapes and quoted-printable does not. % comes first, since the other escapes contain it.
_RESERVED = [37, *sorted({10, 13, *range(33, 127)} - _UNRESERVED - {37})]
_is_plain = re.compile(rb"[A-Za-z0-9\-._~]*+").fullmatch


def decode(part: bytes) -> bytes | None:
    """Return the decoded bytes; None when a percent sign is not followed by two hexadecimal digits."""
    escapes = part.count(b"%")
    if not escapes:
        return part
    if b"%\n" in part or b"%\r" in part:
        return None
    plain = binascii.a2b_qp(part.replace(b"=", b"%3D").replace(b"%", b"="))
    # Decoding makes each good escape two bytes shorter, and a bad escape at most one byte.
    return plain if len(plain) == len(part) - 2 * escapes else None


def encode(data: bytes) -> bytes:
    """Return the bytes with all but letters, digits and `-._~` escaped. Escapes have capital letters."""
    if _is_plain(data):
        return data
    for byte in _RESERVED:
        data = data.replace(bytes([byte]), b"%%%02X" % byte)
    # Quoted-printable escapes a dot that is alone in a line, and breaks lines with `=`.
    return binascii.b2a_qp(data, quotetabs=True).replace(b"=\n", b"").replace(b"=2E", b".").replace(b"=", b"%")


def parse_pairs(raw: str, errors: str) -> list[tuple[str, str]]:
    """Return the decoded pairs of a query or form.

    A name without `=` has an empty value; an empty piece is not a pair. A name or value with a wrong escape stays as it
    is. The text behind the first MAX_PAIRS pieces is one more pair. `errors` is how Python treats bytes that are not
    UTF-8.
    """
    found = []
    for piece in raw.encode("utf-8", "surrogateescape").replace(b"+", b" ").split(b"&", MAX_PAIRS):
        name, _, value = piece.partition(b"=")
        if piece:
            found.append((_decode_text(name, errors), _decode_text(value, errors)))
    return found


def _decode_text(part: bytes, errors: str) -> str:
    plain = decode(part)
    return (part if plain is None else plain).decode("utf-8", errors)
