"""Draws a plain card with words on it: a sample picture that may carry a magic word in its metadata."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont


def draw_card(
    lines: Sequence[str],
    width: int = 256,
    height: int = 256,
    format: str = "png",  # noqa: A002 - the word of Picture
    comment: str | None = None,
) -> bytes:
    """Return a plain card with `lines` on it.

    `comment` is stored readably where the format has comments, else put behind the end of the picture.
    """
    from PIL import Image, ImageDraw

    text = "\n".join(lines)
    image = Image.new("RGB", (width, height), (236, 239, 241))
    ImageDraw.Draw(image).multiline_text(
        (width / 2, height / 2),
        text,
        fill=(38, 50, 56),
        font=_load_font(lines, width, height),
        anchor="mm",
        align="center",
    )
    remark = _make_remark(format, comment) if comment else {}
    file = io.BytesIO()
    image.save(file, format, sizes=[image.size], **remark)  # only an ICO has sizes: by default, reduced ones are added
    behind = comment.encode() if comment and not remark else b""
    return file.getvalue() + behind


def _load_font(lines: Sequence[str], width: int, height: int) -> "FreeTypeFont | ImageFont":
    """Return the default font, as large as the card allows."""
    from PIL import ImageFont

    widest = max((ImageFont.load_default(10).getlength(line) for line in lines), default=0)
    return ImageFont.load_default(max(1, min(9 * width / max(widest, 1), height / (2 * max(len(lines), 1)), 32)))


def _make_remark(format: str, comment: str) -> dict[str, Any]:  # noqa: A002
    """Return the arguments with which Pillow stores `comment` in a file of this format; empty if it cannot."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if format == "png":
        texts = PngInfo()
        texts.add_text("Comment", comment)
        return {"pnginfo": texts}
    if format == "webp":
        exif = Image.Exif()
        exif[0x010E] = comment.encode()  # ImageDescription
        return {"exif": exif}
    return {"comment": comment.encode()} if format in ("jpeg", "gif") else {}
