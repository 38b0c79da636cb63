"""Words in the remarks of pictures, as Pillow writes them, are found whatever stands beside them."""

import io
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from emulator.media.borders import STEPS, separate_texts
from emulator.media.card import draw_card
from emulator.media.images import inspect
from emulator.rules.codes import Codes, Table
from emulator.rules.item import add_picture, make_uploaded_item
from emulator.rules.magic_words import MagicWordReader

MAGIC = MagicWordReader(Codes({"one": Table([])}), [], {"block": 80, "review": 50})


def save_picture(format: str, **options: object) -> bytes:  # noqa: A002 - the word of Pillow
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, format, **options)
    return file.getvalue()


def make_png(text: str) -> bytes:
    info = PngInfo()
    info.add_text("Comment", text)
    return save_picture("png", pnginfo=info)


def make_international_png(text: str) -> bytes:
    info = PngInfo()
    info.add_itxt("Comment", text)
    return save_picture("png", pnginfo=info)


def make_exif_writer(format: str) -> Callable[[str], bytes]:  # noqa: A002
    def write(text: str) -> bytes:
        data = Image.Exif()
        data[0x010E] = text
        data[0x9286] = b"ASCII\0\0\0" + text.encode()
        return save_picture(format, exif=data)

    return write


KINDS: dict[str, Callable[[str], bytes]] = {
    "png": make_png,
    "itxt": make_international_png,
    "jpeg": lambda text: save_picture("jpeg", comment=text),
    "gif": lambda text: save_picture("gif", comment=text.encode()),
    "exif": make_exif_writer("jpeg"),
    "webp": make_exif_writer("webp"),
    "tiff": lambda text: save_picture("tiff", description=text),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["emu-block", "emu-porn-sexy-62.11", "emu-error-x"])
def test_a_word_that_is_the_whole_remark_or_its_end(kind: str, word: str) -> None:
    """About one PNG in four had a checksum that begins with a letter or digit, and hid the word."""
    for length in range(0, 150, 3):
        data = KINDS[kind]("-" * length + word)
        found = MAGIC.read("one", make_uploaded_item(1, data, {}))
        assert found is not None
        assert (found.words + found.warnings)[0].endswith(word), (length, data)


@pytest.mark.parametrize("first", range(46, 123))
def test_a_length_that_looks_like_a_letter_before_a_word(first: int) -> None:
    """The length of a comment stands right before it in JPEG and GIF."""
    for kind in ("jpeg", "gif"):
        data = KINDS[kind]("emu-block" + " " * (first - 9))
        assert MAGIC.read("one", add_picture(make_uploaded_item(1, b"", {}), inspect(data))) is not None


def test_a_word_across_two_pieces_of_a_gif() -> None:
    assert b"emu-block" in separate_texts(KINDS["gif"]("-" * 250 + "emu-block" + "-" * 300))


def test_what_follows_the_picture_stays_whole() -> None:
    for format_ in ("png", "jpeg", "gif", "webp", "bmp"):
        assert b"emu-block" in separate_texts(draw_card(["x"], 8, 8, format_) + b"emu-block")


def test_text_of_the_picture_itself_is_no_text() -> None:
    assert separate_texts(b"plain emu-block") == b"plain emu-block"
    assert separate_texts(b"") == b""


@given(st.sampled_from([KINDS[kind]("emu-block ...") for kind in KINDS]), st.data())
def test_broken_ones_are_no_harm(data: bytes, draw: st.DataObject) -> None:
    cut = draw.draw(st.integers(0, len(data)))
    at = draw.draw(st.integers(0, len(data)))
    harmed = data[:at] + draw.draw(st.binary(max_size=8)) + data[at:]
    for each in (data[:cut], harmed):
        found = separate_texts(each)
        assert len(each) - STEPS <= len(found) <= len(each) + 3 * STEPS


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0aaaaCRCC" * 300_000,
        b"\xff\xd8\xff" + b"\xff" * 3_000_000,
        b"\xff\xd8" + b"\xff\xfe\0\x02" * 700_000,
        b"GIF89a\1\0\1\0\0\0\0\x21\xfe" + b"\1a" * 1_500_000,
        b"GIF89a\1\0\1\0\0\0\0\x21\xf9" + b"\1a" * 1_500_000,
        b"RIFF\xff\xff\xff\0WEBP" + b"abcd\0\0\0\0" * 300_000,
        b"II*\0\x08\0\0\0" + struct.pack("<H", 65535) + struct.pack("<HHII", 1, 3, 100, 20) * 65535,
        b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8),
    ],
)
def test_as_many_parts_as_one_likes_cost_little(data: bytes) -> None:
    began = time.perf_counter()
    separate_texts(data)
    assert time.perf_counter() - began < 0.5  # a millisecond or two, and a copy
