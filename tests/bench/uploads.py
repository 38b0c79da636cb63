"""Uploads to WeChat's picture check as wire bytes: 30 KiB that no compression makes smaller, as photographs are."""

import struct
import zlib
from random import Random

from tests.bench.bare import UPLOADS

RISKY = "87014"
_HEAD = b"IHDR" + struct.pack(">II", 640, 480) + b"\x08\x02\0\0\0"
_START = b"\x89PNG\r\n\x1a\n\0\0\0\r" + _HEAD + struct.pack(">I", zlib.crc32(_HEAD))
PICTURE = _START + Random(30).randbytes(30 * 1024 - len(_START))


def encode_upload(host: str, _url: str) -> bytes:
    """Return one upload as curl sends it, with the token of the document's example."""
    mark = "------------------------d74496d66958873e"
    disposition = 'Content-Disposition: form-data; name="media"; filename="test.png"\r\nContent-Type: image/png'
    body = f"--{mark}\r\n{disposition}\r\n\r\n".encode() + PICTURE + f"\r\n--{mark}--\r\n".encode()
    lines = (
        f"POST {UPLOADS}?access_token=ACCESS_TOKEN HTTP/1.1",
        *(f"Host: {host}", "User-Agent: curl/8.5.0", "Accept: */*", f"Content-Length: {len(body)}"),
        f"Content-Type: multipart/form-data; boundary={mark}",
    )
    return "\r\n".join([*lines, "", ""]).encode() + body
