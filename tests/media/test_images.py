"""What the bytes of a picture say, and that hostile bytes say nothing worse than BrokenPicture."""

import hashlib
import io
import struct
import tracemalloc
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.GifImagePlugin import GifImageFile
from PIL.PngImagePlugin import PngImageFile

from emulator.media.card import draw_card
from emulator.media.images import (
    MAX_FRAMES,
    MAX_PIXELS,
    MAX_SIDE,
    BrokenPicture,
    Picture,
    count_pieces,
    inspect,
    sample_frames,
)

FORMATS = ("png", "jpeg", "gif", "bmp", "webp", "tiff", "ico")


def draw_picture(kind: str, width: int = 40, height: int = 30, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height), 1).save(file, kind, **{"sizes": [(width, height)], **options})
    return file.getvalue()


def draw_animation(kind: str, frames: int, **options: Any) -> bytes:
    images = [Image.new("RGB", (20, 10), (9 * n, 0, 255 - 9 * n)) for n in range(frames)]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:], **options)
    return file.getvalue()


def encode_png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))


def encode_bmp(width: int, height: int, header: int = 40) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<I" + ("HH" if header == 12 else "ii"), header, width, height)


def encode_gif(*blocks: bytes, width: int = 3, height: int = 2) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b"".join(blocks)


def encode_jpeg(*segments: bytes, width: int = 3, height: int = 2) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + b"\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width)


def encode_tiff(*entries: tuple[int, int, bytes], order: str = ">") -> bytes:
    rows = [struct.pack(order + "HHI", tag, kind, 1) + value for tag, kind, value in entries]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(rows))
    return head + b"".join(rows) + bytes(4)


def encode_webp(chunk: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


IMAGE = b"," + bytes(9) + b"\x02" + b"\x02ab" + b"\0"
COMMENT = b"!\xfe\x04note\0"
TRAILER = b";"
FACTS = [
    *[
        (f"{kind} {w}x{h}", draw_picture(kind, w, h), kind, w, h)
        for kind in FORMATS
        for w, h in ((40, 30), (1, 1), (17, 200))
    ],
    *[(f"{kind} long", draw_picture(kind, 3000, 1), kind, 3000, 1) for kind in FORMATS if kind != "ico"],
    ("jpeg progressive", draw_picture("jpeg", progressive=True), "jpeg", 40, 30),
    ("jpeg grey", draw_picture("jpeg", mode="L", comment=b"\xff\xc0 inside a remark"), "jpeg", 40, 30),
    ("jpeg filler and bare marker", encode_jpeg(b"\xff\xff\xff\xe1\0\x04ab", b"\xff\x01"), "jpeg", 3, 2),
    ("jpeg table before frame", encode_jpeg(b"\xff\xc4\0\x08tables"), "jpeg", 3, 2),
    ("webp lossless", draw_picture("webp", lossless=True), "webp", 40, 30),
    ("webp alpha", draw_picture("webp", mode="RGBA"), "webp", 40, 30),
    ("webp extended", draw_picture("webp", 300, 30, exif=b"Exif\0\0"), "webp", 300, 30),
    ("webp largest", encode_webp(b"VP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6), "webp", 1 << 24, 1 << 24),
    ("webp upscaling bits", encode_webp(b"VP8 " + bytes(7) + b"\x9d\x01\x2a\x05\xc0\x06\xc0"), "webp", 5, 6),
    ("bmp from the top", encode_bmp(7, -5), "bmp", 7, 5),
    ("bmp of OS/2", encode_bmp(7, 5, header=12), "bmp", 7, 5),
    ("ico largest", draw_picture("ico", 256, 256, sizes=[(16, 16), (256, 256), (48, 48)]), "ico", 256, 256),
    ("ico by area", b"\0\0\1\0\2\0" + b"\x20\x01" + bytes(14) + b"\x10\x10" + bytes(14), "ico", 16, 16),
    ("ico wide", b"\0\0\1\0\2\0" + b"\x10\x10" + bytes(14) + b"\xc8\x0a" + bytes(14), "ico", 200, 10),
    ("tiff big-endian", encode_tiff((256, 3, b"\0\x07xx"), (257, 4, b"\0\0\0\x05")), "tiff", 7, 5),
    ("tiff little-endian", encode_tiff((256, 3, b"\x07\0xx"), (257, 4, b"\5\0\0\0"), order="<"), "tiff", 7, 5),
    ("gif 87a", b"GIF87a" + encode_gif(IMAGE, TRAILER)[6:], "gif", 3, 2),
    ("png absurd", encode_png(2**31 - 1, 2**31 - 1), "png", 2**31 - 1, 2**31 - 1),
    ("bmp absurd", encode_bmp(2**31 - 1, -(2**31)), "bmp", 2**31 - 1, 2**31),
    ("gif absurd", encode_gif(IMAGE, TRAILER, width=65535, height=65535), "gif", 65535, 65535),
    ("jpeg absurd", encode_jpeg(width=65535, height=65535), "jpeg", 65535, 65535),
    ("tiff absurd", encode_tiff((256, 4, b"\xff" * 4), (257, 4, b"\xff" * 4)), "tiff", 2**32 - 1, 2**32 - 1),
    ("png then web page", draw_picture("png") + b"<html><script>", "png", 40, 30),
    ("gif then archive", draw_picture("gif") + b"PK\x03\x04", "gif", 40, 30),
]


class TestLook:
    @pytest.mark.parametrize(("data", "kind", "width", "height"), [f[1:] for f in FACTS], ids=[f[0] for f in FACTS])
    def test_format_and_size_are_read(self, data: bytes, kind: str, width: int, height: int) -> None:
        assert inspect(data) == Picture(data, hashlib.sha256(data).hexdigest(), kind, width, height, 1)

    @pytest.mark.parametrize(
        "data",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"\xef\xbb\xbf \n<SVG>",
            b"<?xml version='1.0'?><!-- drawn --><svg>",
            b"<!DOCTYPE svg PUBLIC ''><svg>",
            b"<!--" + b"x" * 1013 + b"--><svg",
        ],
    )
    def test_svg_has_no_pixels(self, data: bytes) -> None:
        assert inspect(data)[2:] == ("svg", None, None, 1)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\0",
            b"hello",
            b"GIF8",
            b"GIF90a" + bytes(20),
            b"BMW and other marques, none of them pictures",
            b"BM" + bytes(40),
            b"RIFF\0\0\0\0WAVEfmt ",
            b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
            b"<html><body><svg/></body></html>",
            b"<!--" + b"x" * 1014 + b"--><svg",
            b"%PDF-1.7",
            b"\0\0\1\xba" + bytes(20),
            b" " + draw_picture("png"),
        ],
    )
    def test_other_bytes_are_no_picture(self, data: bytes) -> None:
        assert inspect(data) == Picture(data, hashlib.sha256(data).hexdigest(), None, None, None, 1)

    @pytest.mark.parametrize(
        "data",
        [
            encode_png(0, 5),
            encode_png(5, 0),
            encode_png(5, 5)[:-1] + b"?",
            encode_png(5, 5).replace(b"IHDR", b"CgBI"),
            encode_bmp(0, 5),
            encode_bmp(-5, 5),
            encode_gif(IMAGE, width=0),
            encode_gif(),
            encode_gif(TRAILER),
            encode_gif(COMMENT, TRAILER),
            encode_gif(TRAILER, IMAGE),
            encode_gif(IMAGE, b"\0", TRAILER),
            encode_gif(IMAGE, b"?"),
            encode_jpeg(b"\xff\xda\0\x02"),
            encode_jpeg(b"\xff\xd9"),
            encode_jpeg(b"\xff\xd8"),
            encode_jpeg(b"\xff\xe0\0\x02 "),
            encode_jpeg(width=0),
            b"\xff\xd8\xff",
            encode_webp(b"VP8X\x0a\0\0\0"),
            encode_webp(b"VP8L" + bytes(10)),
            encode_webp(b"VP8 " + bytes(20)),
            encode_webp(b"ANIM" + bytes(20)),
            b"\0\0\1\0\0\0",
            b"\0\0\1\0\xff\xff" + bytes(16),
            encode_tiff((256, 3, b"\0\x07xx")),
            encode_tiff((256, 2, b"\0\x07xx"), (257, 5, b"\0\0\0\x05")),
            b"MM\0*\xff\xff\xff\xff",
            b"II*\0\x08\0\0\0\xff\xff",
        ],
    )
    def test_a_broken_picture_is_refused(self, data: bytes) -> None:
        with pytest.raises(BrokenPicture, match=r"^(png|jpeg|gif|bmp|webp|ico|tiff): "):
            inspect(data)

    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_cut_picture_never_has_another_size(self, kind: str) -> None:
        """A cut file is no picture, a broken one, or one with the size of the whole: never one with another size."""
        data = draw_picture(kind)
        seen: set[object] = set()
        for end in range(len(data)):
            try:
                seen.add(inspect(data[:end])[2:5])
            except BrokenPicture:
                seen.add("broken")
        assert seen <= {(None, None, None), "broken", (kind, 40, 30)}
        assert "broken" in seen

    @pytest.mark.parametrize("kind", FORMATS)
    def test_agrees_with_pillow(self, kind: str) -> None:
        for size in ((1, 2), (255, 254), (256, 100)):
            data = draw_picture(kind, *size)
            with Image.open(io.BytesIO(data)) as image:
                assert inspect(data)[3:5] == image.size

    @settings(max_examples=500, deadline=None)
    @given(
        st.sampled_from([b"", *sorted({data[:n] for _, data, *_ in FACTS for n in (2, 8, 14, 16, 30)})]),
        st.binary(max_size=200),
    )
    @example(b"", b"")
    def test_random_bytes_are_read_or_broken(self, start: bytes, rest: bytes) -> None:
        self.look_or_break(start + rest)

    @settings(max_examples=500, deadline=None)
    @given(
        st.sampled_from([data for _, data, *_ in FACTS] + [draw_animation("gif", 3)]),
        st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=8),
    )
    def test_changed_bytes_are_read_or_broken(self, data: bytes, changes: list[tuple[int, int]]) -> None:
        changed = bytearray(data)
        for at, value in changes:
            changed[at % len(changed)] = value
        self.look_or_break(bytes(changed))

    def look_or_break(self, data: bytes) -> None:
        try:
            picture = inspect(data)
        except BrokenPicture:
            return
        assert picture.data is data
        assert picture.frames == 1 or (picture.format == "gif" and picture.frames > 1)
        assert (picture.width is None) == (picture.height is None) == (picture.format in (None, "svg"))
        assert picture.width is None or (picture.width > 0 and (picture.height or 0) > 0)

    @pytest.mark.parametrize("name", ["png absurd", "gif absurd", "jpeg absurd", "webp largest", "tiff absurd"])
    def test_memory_does_not_follow_the_declared_size(self, name: str) -> None:
        data = next(f[1] for f in FACTS if f[0] == name)
        inspect(data)
        tracemalloc.start()
        try:
            inspect(data)
            assert tracemalloc.get_traced_memory()[1] < 100_000
        finally:
            tracemalloc.stop()


class TestFrames:
    @pytest.mark.parametrize("frames", [1, 2, 3, 24])
    @pytest.mark.parametrize("options", [{}, {"loop": 0, "duration": 40, "comment": b"x" * 700}, {"interlace": 0}])
    def test_agrees_with_pillow(self, frames: int, options: dict[str, Any]) -> None:
        data = draw_animation("gif", frames, **options)
        with Image.open(io.BytesIO(data)) as image:
            assert isinstance(image, GifImageFile)
            assert inspect(data).frames == image.n_frames == frames

    def test_local_palettes_are_stepped_over(self) -> None:
        local = b"," + bytes(8) + b"\x81" + bytes(12) + b"\x02\x02ab\0"
        assert inspect(encode_gif(COMMENT, local, COMMENT, local, COMMENT, TRAILER, IMAGE)).frames == 2

    def test_the_trailer_may_be_missing(self) -> None:
        assert inspect(encode_gif(IMAGE, IMAGE)).frames == 2

    def test_a_cut_inside_a_block_is_damage(self) -> None:
        whole = encode_gif(COMMENT, IMAGE, IMAGE)
        ends = {len(encode_gif(COMMENT, IMAGE)): 1, len(whole): 2}
        for end in range(13, len(whole) + 1):
            if end in ends:
                assert inspect(whole[:end]).frames == ends[end]
            else:
                with pytest.raises(BrokenPicture):
                    inspect(whole[:end])

    @pytest.mark.parametrize(
        "data",
        [
            encode_gif(IMAGE, b"!\xf9\0" * 300_000, TRAILER),
            encode_gif(IMAGE[:-1] + b"\1a" * 600_000 + b"\0", TRAILER),
            encode_jpeg(b"\xff" * 600_000),
            encode_jpeg(b"\xff\x01" * 600_000),
        ],
        ids=["gif empty extensions", "gif tiny blocks", "jpeg filler", "jpeg bare markers"],
    )
    def test_a_walk_has_an_end(self, data: bytes) -> None:
        with pytest.raises(BrokenPicture):
            inspect(data)

    @pytest.mark.parametrize("kind", ["webp", "png"])
    def test_only_gif_counts(self, kind: str) -> None:
        assert inspect(draw_animation(kind, 3))[2:] == (kind, 20, 10, 1)


@pytest.mark.parametrize(
    ("width", "height", "count"),
    [
        (100, 400, 1),  # tall enough in ratio, not longer than 400
        (100, 401, 4),
        (400, 100, 1),
        (401, 100, 4),
        (200, 500, 1),  # exactly 2.5
        (200, 501, 2),
        (500, 200, 1),
        (501, 200, 2),
        (160, 401, 2),
        (161, 401, 1),
        (100, 999, 9),
        (100, 1000, 10),
        (1, 65535, 65535),
        (1000, 1000, 1),
        (1, 1, 1),
        (10**9, 4 * 10**8, 1),
        (10**9 + 1, 4 * 10**8, 2),
    ],
)
def test_a_long_picture_has_so_many_pieces(width: int, height: int, count: int) -> None:
    assert count_pieces(width, height) == count


class TestHuge:
    """Limits of the pictures of two providers; who sets others asks for huge ones too."""

    @pytest.mark.parametrize(
        ("width", "height", "fits"),
        [
            (MAX_SIDE, 1, True),
            (MAX_SIDE + 1, 1, False),
            (1, MAX_SIDE + 1, False),
            (1, 2**32 - 1, False),
            (25_000, MAX_PIXELS // 25_000, True),
            (25_000, MAX_PIXELS // 25_000 + 1, False),
        ],
    )
    def test_huge_pictures_are_refused_where_not_allowed(self, width: int, height: int, fits: bool) -> None:
        data = encode_png(width, height)
        if fits:
            assert inspect(data, huge=False) == inspect(data)
        else:
            with pytest.raises(BrokenPicture):
                inspect(data, huge=False)
        assert inspect(data)[3:5] == (width, height)


class TestSampled:
    @pytest.mark.parametrize(
        ("count", "interval", "max_frames", "expected"),
        [
            (1, 1, 1, [0]),
            (10, 1, 1, [0]),
            (10, 3, 1, [0]),
            (10, 1, 10, list(range(10))),
            (10, 1, 100, list(range(10))),
            (10, 2, 100, [0, 2, 4, 6, 8]),
            (10, 2, 5, [0, 2, 4, 6, 8]),
            (10, 2, 4, [0, 2, 4, 6]),
            (10, 2, 3, [0, 3, 6]),
            (11, 2, 5, [0, 2, 4, 6, 8]),
            (12, 3, 4, [0, 3, 6, 9]),
            (13, 3, 4, [0, 3, 6, 9]),
            (16, 3, 4, [0, 4, 8, 12]),
            (100, 1, 10, list(range(0, 100, 10))),
            (5, 7, 2, [0]),
            (3, 1, 10**12, [0, 1, 2]),
            (10_000, 2, 100, list(range(0, 10_000, 100))),
            (10_000, 1, 10_000, list(range(0, 10_000, 50))),
            (2**32, 1, 10**12, list(range(0, 2**32 - 2**32 % 200, 2**32 // 200))[:200]),
        ],
    )
    def test_these_frames_are_sampled(self, count: int, interval: int, max_frames: int, expected: list[int]) -> None:
        assert sample_frames(count, interval, max_frames) == expected

    @given(st.integers(1, 5000), st.integers(1, 200), st.integers(1, 6000))
    def test_sampled_frames_cover_the_whole_evenly(self, count: int, interval: int, max_frames: int) -> None:
        indexes = sample_frames(count, interval, max_frames)
        assert indexes[0] == 0
        assert all(a < b for a, b in pairwise(indexes))
        assert indexes[-1] < count
        max_frames = min(max_frames, MAX_FRAMES)
        assert len(indexes) <= max_frames
        steps = {b - a for a, b in pairwise(indexes)}
        assert len(steps) <= 1
        if interval * max_frames < count:  # the whole is covered: as many as allowed, the step as wide as fits
            assert len(indexes) == max_frames
            assert not steps or min(steps) >= interval
        else:
            assert indexes == list(range(0, count, interval))


class TestCard:
    @pytest.mark.parametrize("kind", FORMATS)
    @pytest.mark.parametrize("comment", [None, "emu-review-50.5"])
    def test_a_card_is_drawn_in_every_format(self, kind: str, comment: str | None) -> None:
        data = draw_card(["review", "50"], 128, 64, kind, comment)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert (image.format, image.size) == (kind.upper(), (128, 64))
        assert inspect(data)[2:] == (kind, 128, 64, 1)
        assert (b"emu-review-50.5" in data) is (comment is not None)

    def test_a_comment_lies_where_readers_look(self) -> None:
        with Image.open(io.BytesIO(draw_card([], comment="note"))) as image:
            assert isinstance(image, PngImageFile)
            assert image.text == {"Comment": "note"}
        for kind in ("jpeg", "gif"):
            with Image.open(io.BytesIO(draw_card([], format=kind, comment="note"))) as image:
                assert image.info["comment"] == b"note"
        with Image.open(io.BytesIO(draw_card([], format="webp", comment="note"))) as image:
            assert image.getexif()[0x010E] == "note"

    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_comment_beyond_ascii(self, kind: str) -> None:
        data = draw_card(["x"], 20, 20, kind, "图片")
        assert inspect(data)[2] == kind
        assert "图片".encode() in data

    def test_the_same_card_twice(self) -> None:
        assert draw_card(["pass"], comment="a") == draw_card(["pass"], comment="a") != draw_card(["pass"], comment="b")

    @pytest.mark.parametrize(
        ("lines", "width", "height"),
        [(["W" * 60], 256, 256), (["two", "lines"], 64, 64), (["x"] * 8, 100, 100), (["wide and low"], 900, 60)],
    )
    def test_the_words_are_there_and_fit(self, lines: list[str], width: int, height: int) -> None:
        with Image.open(io.BytesIO(draw_card(lines, width, height))) as image:
            ground = Image.new("RGB", image.size, image.getpixel((0, 0)))
            left, top, right, bottom = _find_difference(image, ground)
        assert 0 < left < right < width
        assert 0 < top < bottom < height

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (300, 1)])
    def test_tiny_cards_are_drawn(self, width: int, height: int) -> None:
        assert inspect(draw_card(["words"], width, height))[3:5] == (width, height)

    def test_a_card_is_a_png_of_256_pixels(self) -> None:
        assert inspect(draw_card(["pass"]))[2:] == ("png", 256, 256, 1)


def _find_difference(image: Image.Image, ground: Image.Image) -> tuple[int, int, int, int]:
    from PIL import ImageChops

    box = ImageChops.difference(image, ground).getbbox()
    assert box is not None, "nothing was drawn"
    return box
