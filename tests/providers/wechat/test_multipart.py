"""The reader against an independent one (the standard library's e-mail parser), and against hostile bodies."""

import email.policy
from email.parser import BytesParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.providers.wechat.multipart import _PARAMETER, BadMultipart, Part, parse_boundary, parse_parts
from tests.providers.wechat.builders import MEDIA, encode_multipart

TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
BOUNDARY = st.text(TOKEN + "'()+_,-./:=?", min_size=1, max_size=70)
NAME = st.text(TOKEN + " .-_()图片", max_size=20)
DATA = st.one_of(st.binary(max_size=200), st.text("\r\n-ab", max_size=40).map(str.encode))


def read_parts(body: bytes, mark: str = "bound") -> list[tuple[str | None, str | None, bytes]]:
    return [(part.name, part.filename, body[part.start : part.end]) for part in parse_parts(body, mark.encode())]


@given(st.lists(st.tuples(NAME, st.none() | NAME, DATA), min_size=1, max_size=5), BOUNDARY)
def test_reads_what_an_independent_parser_reads(given: list[tuple[str, str | None, bytes]], mark: str) -> None:
    sent = [(name, filename, data) for name, filename, data in given if f"--{mark}".encode() not in b"\r\n" + data]
    dispositions = [
        (f'form-data; name="{name}"' + ("" if filename is None else f'; filename="{filename}"'), data)
        for name, filename, data in sent
    ]
    if not sent:
        return
    body = encode_multipart(*dispositions, boundary=mark)
    assert read_parts(body, mark) == sent
    head = f'Content-Type: multipart/form-data; boundary="{mark}"\r\nMIME-Version: 1.0\r\n\r\n'.encode()
    # The e-mail parser takes any line end for one; only the bytes between the marks are compared.
    if all(b"\r" not in data and b"\n" not in data and data.isascii() for _name, _filename, data in sent):
        message = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        payloads = [str(part.get_payload()).encode() for part in message.iter_parts()]
        assert payloads == [data for _name, _filename, data in sent]
        assert [part.get_param("name", header="content-disposition") for part in message.iter_parts()] == [
            name for name, _filename, _data in sent
        ]


@given(st.binary(max_size=300) | st.text("-bound\r\n: ;=\"'", max_size=100).map(lambda text: f"--bound{text}".encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = parse_parts(body, b"bound")
    except BadMultipart:
        return
    for part in found:
        assert 0 < part.start <= part.end <= len(body)


@given(st.integers(0, 200))
def test_a_body_that_breaks_off_is_refused(length: int) -> None:
    whole = encode_multipart((MEDIA, b"0123456789"), ('form-data; name="b"', b""), ending=b"--")
    if length < len(whole):
        with pytest.raises(BadMultipart):
            parse_parts(whole[:length], b"bound")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; boundary="abc"', b"abc"),
        ('multipart/form-data; boundary="a b:c"', b"a b:c"),
        ("multipart/form-data;boundary=abc", b"abc"),
        ("multipart/form-data; Boundary=abc; charset=utf-8", b"abc"),
        ("multipart/form-data; charset=utf-8; boundary=abc", b"abc"),
        ("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk", b"----WebKitFormBoundary7MA4YWxk"),
        ("multipart/form-data; boundary=" + 70 * "x", 70 * b"x"),
        ("multipart/form-data; boundary=" + 71 * "x", None),
        ("multipart/form-data; boundary=", None),
        ('multipart/form-data; boundary=""', None),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=图", None),
        ('multipart/form-data; boundary="abc', None),
    ],
)
def test_the_boundary_is_read_from_the_header(header: str, expected: bytes | None) -> None:
    if expected is None:
        with pytest.raises(BadMultipart):
            parse_boundary(header)
    else:
        assert parse_boundary(header) == expected


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="media"; filename="a.png"', "media", "a.png"),
        ("form-data; name=media; filename=a.png", "media", "a.png"),
        ('form-data;name="media";filename="a.png"', "media", "a.png"),
        ('form-data; filename="a.png"; name="media"', "media", "a.png"),
        ('form-data; name="media"; filename="图片.png"', "media", "图片.png"),
        ("form-data; name=\"media\"; filename*=UTF-8''%E5%9B%BE.png", "media", "图.png"),
        ('form-data; name="media"; filename="x.png"; filename*=utf-8\'zh\'%E5%9B%BE.png', "media", "图.png"),
        ("form-data; name=\"media\"; filename*=nosuch''%41.png", "media", None),
        ('form-data; name="media"; filename=a.png; filename*=broken', "media", "a.png"),
        (r'form-data; name="media"; filename="a\"b.png"', "media", 'a"b.png'),
        (r'form-data; name="media"; filename="C:\photos\new.png"', "media", r"C:\photos\new.png"),
        ('form-data; name="media"; filename="a;b=c.png"', "media", "a;b=c.png"),
        ('form-data; name="media"; filename=""', "media", ""),
        ('form-data; name="media"', "media", None),
        ('form-data; NAME="media"; FileName="a"', "media", "a"),
        ("form-data", None, None),
        ("", None, None),
    ],
)
def test_names_of_parts_and_files_are_read(disposition: str, name: str | None, filename: str | None) -> None:
    assert read_parts(encode_multipart((disposition, b"x"))) == [(name, filename, b"x")]


def test_what_stands_around_the_parts_is_no_part() -> None:
    body = encode_multipart((MEDIA, b"x"), preamble=b"hello\r\n", ending=b"-- \r\nand good bye\r\n--bound\r\n")
    assert read_parts(body) == [("media", "a.png", b"x")]
    assert parse_parts(b"--bound--", b"bound") == parse_parts(b"--bound--\r\n", b"bound") == []


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n--boundary", b"\n--bound--", b"\r\n--boun", b"\r\r\n"])
def test_content_that_only_looks_like_a_boundary(data: bytes) -> None:
    assert read_parts(encode_multipart((MEDIA, data))) == [("media", "a.png", data)]


def test_a_part_may_have_other_headers_or_none() -> None:
    head = (
        b"--bound\r\nContent-Type: image/png\r\nX: "
        + 9000 * b"y"
        + b"\r\ncontent-disposition:form-data; name=media\r\n\r\n"
    )
    assert read_parts(head + b"1\r\n--bound \t\r\n\r\n2\r\n--bound--") == [("media", None, b"1"), (None, None, b"2")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"--bound",
        b"--bound\r\n",
        b"--bound\n\n1\n--bound--",
        b"--bound\r\nContent-Disposition: form-data\r\n\r\n1",
        b"--boundX\r\n\r\n1\r\n--boundX--",
        b"--bound\r\nX: " + 20_000 * b"y" + b"\r\n\r\n1\r\n--bound--",
        101 * b"--bound\r\n\r\n\r\n" + b"--bound--",
        b"--bound\r\n\r\n" + 101 * b"\r\n--boundX" + b"\r\n--bound--",
    ],
)
def test_a_broken_body_is_refused(body: bytes) -> None:
    with pytest.raises(BadMultipart):
        parse_parts(body, b"bound")


def test_a_hundred_parts_are_read() -> None:
    assert len(parse_parts(100 * b"--bound\r\n\r\n\r\n" + b"--bound--", b"bound")) == 100
    assert len(parse_parts(b"--bound\r\n\r\n" + 99 * b"\r\n--boundX" + b"\r\n--bound--", b"bound")) == 1
    assert len(parse_parts(b"--bound" + b" \t" * 1_000_000 + b"\r\n\r\n\r\n--bound--", b"bound")) == 1


@pytest.mark.parametrize("unit", [';a="', ";a", ';a="\\"', "; ", ";a=", '";', ';a="" '])
def test_a_header_is_read_once(unit: str) -> None:
    """Each parameter begins behind the end of the one before, also where a quotation never ends."""
    header = (unit * 16_384)[:16_384]
    spans = [match.span() for match in _PARAMETER.finditer(header)]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert sum(end - begin for begin, end in spans) <= len(header)


def test_a_part_knows_where_it_lies() -> None:
    body = encode_multipart((MEDIA, b"abc"))
    at = body.index(b"abc")
    assert parse_parts(body, b"bound") == [Part("media", "a.png", at, at + 3)]
