"""F5: pictures that claim to hold more than anybody can answer."""

import struct
import zlib

from tests.bench.signed import green, scan_image
from tests.torture.attack import Attack, Attacks
from tests.torture.peers import peer, plain, saying
from tests.torture.siege import Siege

MOST = 2**32 - 1
FETCHING = {"images": {"fetch": True, "private": True}}


def png(width: int, height: int, filler: int = 0) -> bytes:
    """The head of a PNG of that size, and so many bytes of chunks that say nothing."""
    head = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    empty = b"\0\0\0\0tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    start = b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))
    return start + empty * (filler // len(empty)) + b"\0\0\0\0IEND\xae\x42\x60\x82"


def gif(frames: int) -> bytes:
    """A GIF of one point with so many frames."""
    frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b"\x3b"


def scan_image_frames(siege: Siege) -> None:
    """A PNG of 1 x 4 294 967 295 points, a million frames wanted; then a picture 1 point high."""
    for picture in (png(1, MOST), png(MOST, 1), png(1, 10_000_000)):
        _scan(siege, picture)


def gif_frames(siege: Siege) -> None:
    """A GIF with 250 000 frames."""
    _scan(siege, gif(250_000))


def green_frames(siege: Siege) -> None:
    """The same by Green."""
    with peer(saying(plain(png(1, MOST)))) as host:
        task = {"dataId": "d", "url": host.url, "interval": 1, "maxFrames": 1_000_000}
        answer = siege.send(green(siege.host, "image/scan", {"scenes": ["porn"], "tasks": [task]}))
        siege.note(f"answer {len(answer.body) / 1e6:.1f} MB")


def fillers(siege: Siege) -> None:
    """20 pictures of 9 MB of empty chunks, looked at while they are fetched."""
    with peer(saying(plain(png(640, 480, 9_000_000)))) as host:
        for number in range(20):
            siege.send(scan_image(siege.host, {"Scene.1": "porn", "Task.1.ImageURL": f"{host.url}?{number}"}))


def _scan(siege: Siege, picture: bytes) -> None:
    with peer(saying(plain(picture))) as host:
        task = {"Scene.1": "porn", "Task.1.ImageURL": host.url}
        wanted = {"Task.1.Interval": "1", "Task.1.MaxFrames": "1000000"}
        answer = siege.send(scan_image(siege.host, task | wanted))
        siege.note(f"answer {len(answer.body) / 1e6:.1f} MB")


ATTACKS: Attacks = (
    Attack("F5 ScanImage, a million frames", scan_image_frames, FETCHING),
    Attack("F5 ScanImage, a GIF of 250 000 frames", gif_frames, FETCHING),
    Attack("F5 Green, a million frames", green_frames, FETCHING),
    Attack("F5 20 pictures of 9 MB in empty chunks", fillers, FETCHING),
)
