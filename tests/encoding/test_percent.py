"""Percent-encoding in C is that of urllib, byte by byte."""

import re
from urllib.parse import parse_qsl, quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.encoding.percent import MAX_PAIRS, decode, encode, parse_pairs

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
def test_bytes_are_decoded_as_by_urllib(part: bytes) -> None:
    broken = re.search(rb"%(?![0-9A-Fa-f]{2})", part)
    assert decode(part) == (None if broken else unquote_to_bytes(part))


@given(HOSTILE)
@example(b"\n.\n")
@example(b".")
@example(b"=2E %2E .")
@example(b"a" * 75 + b".")
@example(b"\r\n" * 50 + b"x" * 200 + b" ")
@example(bytes(range(256)) * 3)
def test_bytes_are_encoded_as_by_urllib(data: bytes) -> None:
    assert encode(data).decode() == quote_from_bytes(data, safe="~")
    assert decode(encode(data)) == data


@given(
    HOSTILE.map(lambda raw: raw.replace(b"%", b"%25").replace(b"\xff", b"%ff")),
    st.sampled_from(["replace", "surrogateescape"]),
)
@example(b"a&=&b=c=d&&+=%2B", "replace")
def test_pairs_are_parsed_as_by_urllib(raw: bytes, errors: str) -> None:
    text = raw.decode("utf-8", "replace")
    assert parse_pairs(text, errors) == parse_qsl(text, keep_blank_values=True, errors=errors)


def test_a_wrong_escape_is_left_as_it_is() -> None:
    assert parse_pairs("a%zz=%41&%41=%", "strict") == [("a%zz", "A"), ("A", "%")]


def test_too_many_pairs_are_not_parsed() -> None:
    found = parse_pairs("a=1&" * (MAX_PAIRS + 100), "strict")
    assert len(found) == MAX_PAIRS + 1
    assert found[-1] == ("a", "1&a=1&" + "a=1&" * 98)


@pytest.mark.parametrize("part", [b"%41" * 700_000, b"a%41" * 500_000, b"%3D=" * 500_000, b"%E4%BD%A0" * 200_000])
def test_large_values_are_decoded_and_encoded(part: bytes) -> None:
    plain = decode(part)
    assert plain == unquote_to_bytes(part)
    assert decode(encode(plain)) == plain
