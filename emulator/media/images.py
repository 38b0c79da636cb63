"""What can be known about a picture without decoding it.

Sizes are read from the headers by hand. Pillow was tried and is not used. Opening alone decodes an ICO, and reserves
gigabytes for a WebP with an absurd canvas. It inflates PNG texts, warns about TIFF tags and accepts a truncated GIF.
"""

import hashlib
import math
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

MAX_FRAMES = 200  # frames of a picture that are inspected, even if more are asked for
MAX_SIDE, MAX_PIXELS = 30_000, 250_000_000  # pixels of a side, and in all (Green, image/scan, later pages)

_BLOCKS = 500_000  # steps of reading one header; a real GIF of 20 MB takes a sixth of them
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = {0x01, *range(0xD0, 0xD8)}  # markers without a length


class BrokenPicture(ValueError):
    """Bytes that begin like a picture, but with a damaged header or GIF block structure; or a huge picture."""


class Picture(NamedTuple):
    """A picture, or bytes that are not a picture.

    data: The bytes.
    sha256: Their SHA-256 in lower-case hexadecimal digits.
    format: The format by the first bytes; None if they are not a picture.
    width: The width in pixels; None for an SVG, and if the bytes are not a picture.
    height: The height in pixels; None as the width is.
    frames: The number of frames of a GIF, the only animation the documents cut into frames; 1 for all else.
    """

    data: bytes
    sha256: str
    format: str | None
    width: int | None
    height: int | None
    frames: int


def inspect(data: bytes, *, huge: bool = True) -> Picture:
    """Return what `data` says about itself. Raises BrokenPicture.

    Nothing is decoded, and neither time nor memory grows with the declared size. Unless `huge` pictures are wanted, one
    of more than 30 000 pixels a side or 250 million in all is broken too.
    """
    kind = _sniff(data)
    width = height = None
    frames = 1
    if kind in _SIZES:
        try:
            width, height = _SIZES[kind](data)
            if kind == "gif":
                frames = _count_gif_frames(data)
        except (struct.error, IndexError):
            raise BrokenPicture(f"{kind}: ends too early") from None
        if width < 1 or height < 1 or not (huge or _fits(width, height)):
            raise BrokenPicture(f"{kind}: {width} x {height} pixels")
    return Picture(data, hashlib.sha256(data).hexdigest(), kind, width, height, frames)


def count_pieces(picture_width: int, picture_height: int) -> int:
    """Return how many pieces a long picture is cut into; 1 when it is not long (ScanImage, Task.N.Interval)."""
    short, long = sorted((picture_width, picture_height))
    return long // short if long > 400 and 2 * long > 5 * short else 1


def sample_frames(count: int, interval: int, max_frames: int) -> list[int]:
    """Return which of `count` frames or pieces are inspected, from 0 (ScanImage, Task.N.MaxFrames), LISTED at most.

    No argument is below 1.
    """
    most = min(max_frames, MAX_FRAMES)
    step = max(interval, count // most)  # widened where it would not cover the whole picture
    return list(range(0, count, step)[:most])


def _fits(width: int, height: int) -> bool:
    return max(width, height) <= MAX_SIDE and width * height <= MAX_PIXELS


def _sniff(data: bytes) -> str | None:
    """Return the format by the first bytes, whatever a name or a declared type says."""
    for magic, kind in (
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"GIF87a", "gif"),
        (b"GIF89a", "gif"),
        (b"II*\0", "tiff"),
        (b"MM\0*", "tiff"),
        (b"\0\0\1\0", "ico"),
    ):
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    # Error pages and XML refusals of an object store are not pictures: the element itself has to be there.
    return "svg" if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head else None


def _read_png_size(data: bytes) -> tuple[int, int]:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    (check,) = struct.unpack_from(">I", data, 29)
    if (length, name, check) != (13, b"IHDR", zlib.crc32(data[12:29])):
        raise BrokenPicture("png: no sound IHDR")
    return width, height


def _read_jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_BLOCKS):
        lead, marker = data[at], data[at + 1]
        if lead != 0xFF or marker in (0x00, 0xD8, 0xD9, 0xDA):
            break
        if marker == 0xFF:  # filler
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise BrokenPicture("jpeg: no frame header before the scan")


def _read_gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _read_bmp_size(data: bytes) -> tuple[int, int]:
    (header,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return width, abs(height)  # negative if stored from the top


def _read_webp_size(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L" if data[20:21] == b"\x2f":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", data, 24)
            return (high_w << 16 | low_w) + 1, (high_h << 16 | low_h) + 1
    raise BrokenPicture("webp: no sound first chunk")


def _read_ico_size(data: bytes) -> tuple[int, int]:
    """Return the size of the largest picture inside; 0 stands for 256."""
    (count,) = struct.unpack_from("<H", data, 4)
    entries = [struct.unpack_from("<BB14x", data, 6 + 16 * n) for n in range(count)]
    return max(((width or 256, height or 256) for width, height in entries), key=math.prod, default=(0, 0))


def _read_tiff_size(data: bytes) -> tuple[int, int]:
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, directory)
    size = {256: 0, 257: 0}  # ImageWidth, ImageLength
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, _number, value = struct.unpack_from(order + "HHI4s", data, at)
        if tag in size and kind in (3, 4):  # SHORT, LONG
            (size[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), value)
    return size[256], size[257]


def _count_gif_frames(data: bytes) -> int:
    """Return the number of images. A file that ends between two blocks, without a trailer, is common and accepted."""
    at, frames, inside = 13 + _measure_palette(data[10]), 0, False
    for _ in range(_BLOCKS):
        if inside:  # a run of sub-blocks ends with an empty one
            inside = data[at] > 0
            at += 1 + data[at]
        elif at >= len(data) or data[at] == 0x3B:  # trailer
            break
        elif data[at] == 0x21:  # extension
            at, inside = at + 2, True
        elif data[at] == 0x2C:  # image
            at, inside, frames = at + 11 + _measure_palette(data[at + 9]), True, frames + 1
        else:
            raise BrokenPicture(f"gif: 0x{data[at]:02x} where a block should begin")
    else:
        raise BrokenPicture("gif: too many blocks")
    if not frames:
        raise BrokenPicture("gif: no image")
    return frames


def _measure_palette(flags: int) -> int:
    """Return the number of bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_SIZES: dict[str | None, Callable[[bytes], tuple[int, int]]] = {
    "png": _read_png_size,
    "jpeg": _read_jpeg_size,
    "gif": _read_gif_size,
    "bmp": _read_bmp_size,
    "webp": _read_webp_size,
    "tiff": _read_tiff_size,
    "ico": _read_ico_size,
}
