"""F5: pictures that claim to hold more than anybody can answer."""

import struct
import zlib

from tests.bench.signed import sign_green, sign_scan_image
from tests.torture.attack import Attack, Attacks
from tests.torture.peers import answer_with, encode_answer, running_peer
from tests.torture.siege import Siege

MOST = 2**32 - 1
FETCHING = {"images": {"fetch": True, "private": True}}


def encode_png(width: int, height: int, filler: int = 0) -> bytes:
    """Return the head of a PNG of that size, and so many bytes of chunks that say nothing."""
    head = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    empty = b"\0\0\0\0tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    start = b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))
    return start + empty * (filler // len(empty)) + b"\0\0\0\0IEND\xae\x42\x60\x82"


def encode_gif(frames: int) -> bytes:
    """Return a GIF of one point with so many frames."""
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b"\x3b"


def scan_image_frames(siege: Siege) -> None:
    """Scan a PNG of 1 x 4 294 967 295 points with a million frames wanted; then a picture 1 point high."""
    for picture in (encode_png(1, MOST), encode_png(MOST, 1), encode_png(1, 10_000_000)):
        _scan(siege, picture)


def scan_gif_frames(siege: Siege) -> None:
    """Scan a GIF with 250 000 frames."""
    _scan(siege, encode_gif(250_000))


def scan_green_frames(siege: Siege) -> None:
    """Scan the same pictures by Green."""
    with running_peer(answer_with(encode_answer(encode_png(1, MOST)))) as host:
        task = {"dataId": "d", "url": host.url, "interval": 1, "maxFrames": 1_000_000}
        answer = siege.send(sign_green(siege.host, "image/scan", {"scenes": ["porn"], "tasks": [task]}))
        siege.note(f"answer {len(answer.body) / 1e6:.1f} MB")


def scan_fillers(siege: Siege) -> None:
    """Scan 20 pictures of 9 MB of empty chunks, looked at while they are fetched."""
    with running_peer(answer_with(encode_answer(encode_png(640, 480, 9_000_000)))) as host:
        for number in range(20):
            siege.send(sign_scan_image(siege.host, {"Scene.1": "porn", "Task.1.ImageURL": f"{host.url}?{number}"}))


def _scan(siege: Siege, picture: bytes) -> None:
    with running_peer(answer_with(encode_answer(picture))) as host:
        task = {"Scene.1": "porn", "Task.1.ImageURL": host.url}
        wanted = {"Task.1.Interval": "1", "Task.1.MaxFrames": "1000000"}
        answer = siege.send(sign_scan_image(siege.host, task | wanted))
        siege.note(f"answer {len(answer.body) / 1e6:.1f} MB")


ATTACKS: Attacks = (
    Attack("F5 ScanImage, a million frames", scan_image_frames, FETCHING),
    Attack("F5 ScanImage, a GIF of 250 000 frames", scan_gif_frames, FETCHING),
    Attack("F5 Green, a million frames", scan_green_frames, FETCHING),
    Attack("F5 20 pictures of 9 MB in empty chunks", scan_fillers, FETCHING),
)
