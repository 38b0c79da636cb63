"""The protobuf of a cloud call, against bytes that wx-server-sdk really sent, and against one built by hand."""

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.providers.wechat.cloud.messages import asked, told
from tests.providers.wechat.cloud.forms import field, varint

# As captured of wx-server-sdk 2.6.3; apiType is written though it is 0.
CAPTURED = b'\x08\x00\x12\x1c\n\x1a\n\x05media\x12\x06\x89PNG\r\n"\tmedia.png'


def test_a_captured_request() -> None:
    message = asked(CAPTURED)
    (pair,) = message.openapiData.pair
    assert (message.apiType, message.appid) == (0, "")
    assert (pair.key, pair.value, pair.filename, pair.contenttype) == ("media", b"\x89PNG\r\n", "media.png", "")


def test_an_answer() -> None:
    written = told(respData=b"{}", contentType="text/plain", httpCode=200)
    assert written == field(1, b"{}") + field(2, b"text/plain") + b"\x20" + varint(200)


def test_a_negative_code_takes_ten_bytes() -> None:
    assert told(errorCode=-604101) == b"\x18" + varint(2**64 - 604101)
    assert len(told(errorCode=-1)) == 11


def test_unknown_and_repeated_fields_are_no_harm() -> None:
    message = asked(field(6, b"wx1") + field(99, b"?") + field(6, b"wx2"))
    assert message.appid == "wx2"


@pytest.mark.parametrize("cut", range(1, len(CAPTURED)))
def test_what_is_cut_off_is_refused_or_less(cut: int) -> None:
    try:
        message = asked(CAPTURED[:cut])
    except ValueError:
        return
    assert cut == 2
    assert len(message.openapiData.pair) == 0


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    with suppress(ValueError):
        assert asked(data).apiType is not None


def test_nobody_pays_for_protobuf_before_the_first_call() -> None:
    code = "import emulator.server, sys; emulator.server.providers(); sys.exit('google.protobuf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
