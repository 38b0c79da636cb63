"""Percent-encoding in C is that of urllib, byte by byte."""

import re
from urllib.parse import parse_qsl, quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.percent import MOST, decoded, encoded, pairs

PIECES = [
    b"%41",
    b"%3D",
    b"%3d",
    b"%25",
    b"%0A",
    b"%0d%0a",
    b"%E4%BD%A0",
    b"%",
    b"%%",
    b"%4",
    b"%zz",
    b"=",
    b"==",
    b"=41",
]
PIECES += [
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"  ",
    b"\t",
    b".",
    b"\n.\n",
    b"_",
    b"a",
    b"\x00",
    b"\xff",
    b"+",
    b"=\n",
    b"%\n",
    b"%=\n",
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join) | st.binary(max_size=300)


@given(HOSTILE)
@example(b"%41 ")
@example(b" \n%41")
@example(b"%3D\n")
@example(b"%4")
@example(b"%")
def test_decoded(part: bytes) -> None:
    broken = re.search(rb"%(?![0-9A-Fa-f]{2})", part)
    assert decoded(part) == (None if broken else unquote_to_bytes(part))


@given(HOSTILE)
@example(b"\n.\n")
@example(b".")
@example(b"=2E %2E .")
@example(b"a" * 75 + b".")
@example(b"\r\n" * 50 + b"x" * 200 + b" ")
@example(bytes(range(256)) * 3)
def test_encoded(data: bytes) -> None:
    assert encoded(data).decode() == quote_from_bytes(data, safe="~")
    assert decoded(encoded(data)) == data


@given(
    HOSTILE.map(lambda raw: raw.replace(b"%", b"%25").replace(b"\xff", b"%ff")),
    st.sampled_from(["replace", "surrogateescape"]),
)
@example(b"a&=&b=c=d&&+=%2B", "replace")
def test_pairs(raw: bytes, errors: str) -> None:
    text = raw.decode("utf-8", "replace")
    assert pairs(text, errors) == parse_qsl(text, keep_blank_values=True, errors=errors)


def test_escaped_wrongly() -> None:
    assert pairs("a%zz=%41&%41=%", "strict") == [("a%zz", "A"), ("A", "%")]


def test_too_many() -> None:
    found = pairs("a=1&" * (MOST + 100), "strict")
    assert len(found) == MOST + 1
    assert found[-1] == ("a", "1&a=1&" + "a=1&" * 98)


@pytest.mark.parametrize("part", [b"%41" * 700_000, b"a%41" * 500_000, b"%3D=" * 500_000, b"%E4%BD%A0" * 200_000])
def test_large(part: bytes) -> None:
    plain = decoded(part)
    assert plain == unquote_to_bytes(part)
    assert decoded(encoded(plain)) == plain
