"""Where the texts inside a picture begin and end, so that a checksum or length beside a text is not read as its letter.

A NUL is put around the comments of PNG, JPEG, GIF and WebP, and the texts of Exif and TIFF. Compressed texts are left
as they are. Nothing is decoded. At most STEPS steps are taken; what lies behind is left as it is.
"""

import struct
from collections.abc import Callable, Iterator
from itertools import islice

STEPS = 2000  # taken in one picture: they last a millisecond or two

_NUL = b"\0"
_TEXTS = {1, 2, 7}  # TIFF: bytes, ASCII, undefined
_LONG = 4  # bytes that a TIFF entry holds itself: too few for a magic word
_BELOW = {0x8769, 0x8825, 0xA005}  # TIFF: entries that point to other directories
_COMMENT, _APP1, _SCAN = 0xFE, 0xE1, 0xDA  # JPEG
_BARE = {0x01, *range(0xD0, 0xD9)}  # JPEG: markers without a length

Cut = tuple[int, int, bytes]  # position, number of bytes left out, and bytes put there instead


def separate_texts(data: bytes) -> bytes:
    """Return the picture with its texts separated. Texts of a GIF, cut into pieces of 255 bytes, are joined."""
    cuts: set[Cut] = set()
    try:
        for cut in islice(_iterate_cuts(data), STEPS):
            if cut is not None:
                cuts.add(cut)
    except (struct.error, IndexError):
        pass  # the picture ends too early: what was found until then counts
    if not cuts:
        return data
    pieces, begin = [], 0
    for at, left_out, instead in sorted(cuts):
        if begin <= at <= len(data):
            pieces += [data[begin:at], instead]
            begin = at + left_out
    pieces.append(data[begin:])
    return b"".join(pieces)


def _iterate_cuts(data: bytes) -> Iterator[Cut | None]:
    """Yield the cuts, in no order; None for a step without a cut."""
    for magic, walk in _WALKS:
        if data.startswith(magic):
            yield from walk(data)
            return


def _walk_png(data: bytes) -> Iterator[Cut | None]:
    at, name = 8, b""
    while name != b"IEND":  # what follows does not belong to the picture
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            return
        yield at + 8, 0, _NUL
        yield end, 0, _NUL  # the checksum begins here
        yield end + 4, 0, _NUL
        at = end + 4


def _walk_jpeg(data: bytes) -> Iterator[Cut | None]:
    at = 2
    while data[at] == 0xFF and data[at + 1] != _SCAN:
        marker = data[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            yield None
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            return
        yield at + 4, 0, _NUL
        yield end, 0, _NUL
        if marker == _APP1 and data.startswith(b"Exif\0\0", at + 4):
            yield from _walk_tiff(data, at + 10)
        at = end


def _walk_gif(data: bytes) -> Iterator[Cut | None]:
    at = 13 + _measure_palette(data[10])
    while data[at] in (0x21, 0x2C):
        extension = data[at] == 0x21
        kept = extension and data[at + 1] == _COMMENT
        at += 2 if extension else 11 + _measure_palette(data[at + 9])
        first = True
        while data[at]:
            yield (at, 1, _NUL if first else b"") if kept else None
            first, at = False, at + 1 + data[at]
        yield (at, 1, _NUL) if kept else None
        at += 1


def _walk_webp(data: bytes) -> Iterator[Cut | None]:
    at, whole = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at < whole:
        (size,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + size > whole:
            return
        yield at + 8, 0, _NUL
        yield at + 8 + size, 0, _NUL
        if data[at : at + 4] == b"EXIF":
            yield from _walk_tiff(data, at + (14 if data.startswith(b"Exif\0\0", at + 8) else 8))
        at += 8 + size + size % 2


def _walk_tiff(data: bytes, base: int = 0) -> Iterator[Cut | None]:
    """Yield the borders of the texts of all directories. Directories that point to each other are read once."""
    order = "<" if data[base : base + 2] == b"II" else ">"
    ahead, visited = list(struct.unpack_from(order + "I", data, base + 4)), set[int]()
    while ahead:
        directory = ahead.pop()
        yield None
        if directory in visited or not directory:
            continue
        visited.add(directory)
        (count,) = struct.unpack_from(order + "H", data, base + directory)
        for entry in range(base + directory + 2, base + directory + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(order + "HHII", data, entry)
            yield None
            if tag in _BELOW:
                ahead.append(value)
            elif kind in _TEXTS and number > _LONG:
                yield base + value, 0, _NUL
                yield base + value + number, 0, _NUL
        ahead += struct.unpack_from(order + "I", data, base + directory + 2 + 12 * count)


def _measure_palette(flags: int) -> int:
    """Return the number of bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_WALKS: tuple[tuple[bytes, Callable[[bytes], Iterator[Cut | None]]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _walk_png),
    (b"\xff\xd8\xff", _walk_jpeg),
    (b"GIF8", _walk_gif),
    (b"RIFF", _walk_webp),
    (b"II*\0", _walk_tiff),
    (b"MM\0*", _walk_tiff),
)
