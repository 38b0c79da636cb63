"""Encoders: how clients percent-encode, write JSON and turn a text into bytes before they sign it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, quote_plus

from emulator.signatures import rpc

_LONGEST = 20_000  # characters of JSON above which it is not rewritten
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def _replace_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _encode_like_java(text: str) -> str:
    return quote_plus(_replace_surrogates(text), safe="*").replace("~", "%7E")


def _encode_in_lower_case(text: str) -> str:
    return "".join(part.lower() if at % 2 else part for at, part in enumerate(_split_escapes(rpc.encode(text))))


def _split_escapes(text: str) -> Iterator[str]:
    """Yield the text in pieces: plain text and escapes in turns."""
    head, *rest = text.split("%")
    yield head
    for part in rest:
        yield f"%{part[:2]}"
        yield part[2:]


# The first is right: percent-encoding by RFC 3986, in capitals. The others are wrong ways that clients have.
ENCODERS: Mapping[str, Callable[[str], str]] = {
    "right": rpc.encode,
    "plus": lambda text: rpc.encode(text).replace("%20", "+"),
    "java": _encode_like_java,
    "javascript": lambda text: quote(_replace_surrogates(text), safe="!'()*~"),
    "tilde": lambda text: rpc.encode(text).replace("~", "%7E"),
    "star": lambda text: rpc.encode(text).replace("%2A", "*"),
    "slash": lambda text: quote(_replace_surrogates(text), safe="/~"),
    "lower": _encode_in_lower_case,
    "gbk": lambda text: quote(text, safe="~", encoding="gbk", errors="replace"),
    "twice": lambda text: rpc.encode(rpc.encode(text)),
    "none": _replace_surrogates,
}
ENCODER_CAUSES: Mapping[str, str] = {
    "plus": "a blank is signed as + instead of %20",
    "tilde": "~ is signed as %7E",
    "star": "* is signed as it is instead of %2A",
    "slash": "/ is signed as it is instead of %2F",
    "lower": "escapes are in small letters: %3a instead of %3A",
    "java": "encoded as Java's URLEncoder does: + * %7E must become %20 %2A ~",
    "javascript": "encoded as JavaScript's encodeURIComponent does: ! ' ( ) * must become %21 %27 %28 %29 %2A",
    "gbk": "the escapes are those of GBK instead of UTF-8",
    "twice": "names and values are percent-encoded twice before they are joined",
    "none": "names and values are not percent-encoded before they are joined",
}


def rewrite_json(text: str) -> Iterator[tuple[str, str]]:
    """Yield how JSON may be written otherwise, and the same JSON written so.

    Yield nothing for a long text, or for one that does not begin like JSON.
    """
    if len(text) > _LONGEST or text.lstrip()[:1] not in ("{", "["):
        return
    seen = {text}
    for how, other in (*_change_escapes(text), *_dump_again(text)):
        if other not in seen:
            seen.add(other)
            yield how, other


def _change_escapes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text with other escapes for the same letters."""
    yield "with \\u escapes", _BEYOND_ASCII.sub(lambda found: _escape(found[0], "04x"), text)
    yield "with \\u escapes in capitals", _BEYOND_ASCII.sub(lambda found: _escape(found[0], "04X"), text)
    # Two escapes of surrogates make one character; only UTF-16 joins them.
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text).encode("utf-16-le", "surrogatepass")
    yield "with its characters instead of \\u escapes", plain.decode("utf-16-le", "replace")
    yield "with \\/ for /", text.replace("\\/", "/").replace("/", "\\/")
    yield "with / for \\/", text.replace("\\/", "/")


def _dump_again(text: str) -> Iterator[tuple[str, str]]:
    """Yield the JSON as it looks when it was read and then written by other means."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    for blanks, marks in (("without blanks", (",", ":")), ("with a blank behind , and :", (", ", ": "))):
        for order, by_key in (("", False), (" and its keys sorted", True)):
            for escapes, ascii_only in (("", False), (" and with \\u escapes", True)):
                other = json.dumps(data, ensure_ascii=ascii_only, separators=marks, sort_keys=by_key)
                yield f"{blanks}{order}{escapes}", other
    for escapes, ascii_only in (("", False), (" and with \\u escapes", True)):
        other = json.dumps(data, ensure_ascii=ascii_only, separators=(",", ":")).replace("/", "\\/")
        yield f"without blanks and with \\/ for /{escapes}", other


def _escape(character: str, digits: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):{digits}}" for at in range(0, len(units), 2))


def encode_text(text: str, charset: str) -> bytes:
    """Return a text as bytes of a charset, or as a client makes them that takes the text for another charset.

    Such a mistake is named in place of the charset: `question marks`, `low bytes` or `twice`. Raises ValueError when
    the charset does not know the text.
    """
    if charset == "question marks":
        return text.encode("latin-1", "replace")
    if charset == "low bytes":
        return text.encode("utf-16-le", "surrogatepass")[::2]
    if charset == "twice":
        return text.encode("utf-8", "surrogateescape").decode("latin-1").encode("utf-8")
    return text.encode(charset, "surrogateescape")
