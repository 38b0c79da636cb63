"""The protobuf of a cloud call, against bytes that wx-server-sdk really sent, and against one built by hand."""

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.providers.wechat.cloud.messages import MOST_PAIRS, encode_response, parse_request
from tests.providers.wechat.cloud.builders import encode_field, encode_varint

# As captured of wx-server-sdk 2.6.3; apiType is written though it is 0.
CAPTURED = b'\x08\x00\x12\x1c\n\x1a\n\x05media\x12\x06\x89PNG\r\n"\tmedia.png'


def test_a_captured_request() -> None:
    message = parse_request(CAPTURED)
    (pair,) = message.pairs
    assert (message.api_type, message.appid) == (0, "")
    assert (pair.key, pair.value, pair.filename, pair.contenttype) == ("media", b"\x89PNG\r\n", "media.png", "")


def test_an_answer_is_encoded_as_captured() -> None:
    written = encode_response(respData=b"{}", contentType="text/plain", httpCode=200)
    assert written == encode_field(1, b"{}") + encode_field(2, b"text/plain") + b"\x20" + encode_varint(200)


def test_a_negative_code_takes_ten_bytes() -> None:
    assert encode_response(errorCode=-604101) == b"\x18" + encode_varint(2**64 - 604101)
    assert len(encode_response(errorCode=-1)) == 11


def test_unknown_and_repeated_fields_are_no_harm() -> None:
    message = parse_request(encode_field(6, b"wx1") + encode_field(99, b"?") + encode_field(6, b"wx2"))
    assert message.appid == "wx2"


@pytest.mark.parametrize("cut", range(1, len(CAPTURED)))
def test_what_is_cut_off_is_refused_or_less(cut: int) -> None:
    try:
        message = parse_request(CAPTURED[:cut])
    except ValueError:
        return
    assert cut == 2
    assert message.pairs == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_raise_value_error(data: bytes) -> None:
    with suppress(ValueError):
        assert parse_request(data).api_type is not None


@pytest.mark.parametrize("number", [MOST_PAIRS - 1, MOST_PAIRS])
def test_as_many_pairs_as_may_be(number: int) -> None:
    assert len(parse_request(encode_field(2, encode_field(1, b"") * number)).pairs) == number


@pytest.mark.parametrize("number", [MOST_PAIRS + 1, 4_000_000])
def test_more_pairs_than_that(number: int) -> None:
    with pytest.raises(ValueError, match="more than 1000 pairs"):
        parse_request(encode_field(2, encode_field(1, b"") * number))


def test_nobody_pays_for_protobuf_before_the_first_call() -> None:
    find = "from emulator.discovery import find_providers; find_providers()"
    code = f"{find}; import sys; sys.exit('google.protobuf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
