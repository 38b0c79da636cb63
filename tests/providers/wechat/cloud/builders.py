"""Cloud calls by hand: protobuf and multipart written and read without the emulator's code."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import requests

from emulator.media.card import draw_card
from moderation_emulator.contract.running_server import RunningServer

PNG = draw_card([], 64, 64)
BOUNDARY = "bound"
TC3 = "TC3-HMAC-SHA256 Credential=any/2026-01-01/tcb/tc3_request, SignedHeaders=host, Signature=00"
SHA1 = "q-sign-algorithm=sha1&q-ak=any&q-sign-time=1;2&q-signature=00"


def encode_varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def encode_field(number: int, data: bytes) -> bytes:
    """Return a length-delimited field."""
    return encode_varint(number << 3 | 2) + encode_varint(len(data)) + data


def encode_pair(key: str, value: bytes, filename: str = "") -> bytes:
    named = encode_field(4, filename.encode()) if filename else b""
    return encode_field(1, encode_field(1, key.encode()) + encode_field(2, value) + named)


def encode_data(*pairs: bytes, appid: str = "", api_type: int = 0) -> bytes:
    """Return a CommApiData."""
    program = encode_field(6, appid.encode()) if appid else b""
    return b"\x08" + encode_varint(api_type) + encode_field(2, b"".join(pairs)) + program


def encode_media(value: bytes = PNG, filename: str = "media.png") -> bytes:
    return encode_data(encode_pair("media", value, filename))


def encode_parameters(**given: Any) -> bytes:
    return encode_data(*(encode_pair(key, json.dumps(value).encode()) for key, value in given.items()))


def encode_multipart(fields: Mapping[str, bytes | None]) -> bytes:
    """Return a multipart form; a field that is None is left out."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
        if value is not None
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def encode_form(request_data: bytes, api: str = "security.imgSecCheck", **more: bytes | None) -> bytes:
    """Return the form of a call."""
    known = {"action": b"wx.openApi", "apiName": api.encode(), "requestData": request_data, "eventId": b"1"}
    return encode_multipart({**known, **more})


def post(live: RunningServer, sent: Any, authorization: str = TC3, **headers: str) -> requests.Response:
    given = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **headers}
    if authorization:
        given["Authorization"] = authorization
    return requests.post(f"{live.url}/admin?env=local&seqId=1", data=sent, headers=given, timeout=20)


class CloudAnswer(NamedTuple):
    """An answer as the SDK reads it: `gateway` is the name of a gateway's error, else `platform` and `api` are set."""

    gateway: str = ""
    platform: int = 0
    api: Any = None


def parse_answer(answer: requests.Response) -> CloudAnswer:
    assert answer.status_code == 200
    if answer.headers["Content-Type"] == "application/json; charset=utf-8":
        error = answer.json()
        assert error.keys() == {"code", "message", "requestId"}
        return CloudAnswer(gateway=error["code"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    fields = dict(_iterate_fields(answer.content))
    code = fields.get(3, 0)
    if code:
        assert fields.keys() == {3}
        return CloudAnswer(platform=code - 2**64)
    assert fields[4] == 200
    assert b"application/json" in fields[2]
    return CloudAnswer(api=json.loads(fields[1]))


def _iterate_fields(message: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def read_varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    while at < len(message):
        tag = read_varint()
        value: Any = read_varint()
        if tag & 7 == 2:
            at, value = at + value, message[at : at + value]
        yield tag >> 3, value
