"""image: draw a sample picture that carries a magic word."""

import re
import sys
from pathlib import Path

import click

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".bmp": "bmp", ".webp": "webp"}

_SIZE = re.compile(r"([1-9]\d{0,3}|10000)[xX]([1-9]\d{0,3}|10000)", re.ASCII)
_MAX_PIXELS = 25_000_000
_RATE_ENDING = re.compile(r"-\d+(\.\d+)?$", re.ASCII)


@click.command("image")
@click.argument("verdict")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to; - is standard output, as PNG.")
@click.option("--size", default="256x256", show_default=True, help="Width and height in pixels.")
def command(verdict: str, output: str, size: str) -> None:
    """Draw a plain card that gets VERDICT wherever it is uploaded.

    VERDICT is a magic word, with or without `emu-`, or scene/label: pass, review, block, porn, porn/sexy,
    porn-62.11, error-87014, delay-3s. A rate has a decimal point. The ending of FILE tells the format: png, jpg, gif,
    bmp or webp. The word lies in the file as a remark: it survives renaming, but not when the picture is encoded anew.

    \b
    moderation-emulator image porn/sexy -o sexy.png
    """
    word = choose_magic_word(verdict)
    width, height = _parse_size(size)
    suffix = ".png" if output == "-" else Path(output).suffix.lower()
    if suffix not in FORMATS:
        raise click.BadParameter(f"{output!r} ends in none of {', '.join(FORMATS)}", param_hint="-o")
    from emulator.media.card import draw_card

    # Blanks separate the word from the neighbouring bytes of the format.
    data = draw_card([word], width, height, FORMATS[suffix], comment=f" {word} ")
    if output == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise click.BadParameter(f"{output!r} cannot be written: {error.strerror}", param_hint="-o") from None


def choose_magic_word(verdict: str) -> str:
    """Return the magic word for a verdict. Raises click.BadParameter if no provider knows such a word."""
    from emulator.discovery import find_faults, find_providers
    from emulator.rules.codes import Codes
    from emulator.rules.item import make_text_item
    from emulator.rules.magic_words import MagicWordReader
    from emulator.rules.outcome import find_label

    by_name = find_providers()
    codes = Codes({name: provider.errors.table for name, provider in by_name.items()})
    magic = MagicWordReader(codes, find_faults(), {"block": 80, "review": 50})
    given = verdict[4:] if verdict.lower().startswith("emu-") else verdict
    scene, label = find_label(given) or (None, None)
    candidates = [f"emu-{given}", f"emu-{scene}-{label}" if scene and label else f"emu-{given.replace('/', '-', 1)}"]
    warning = ""
    for word in candidates:
        for name in by_name:
            magic_words = magic.read(name, make_text_item(1, word))
            if magic_words and magic_words.words == (word,):
                return word
            warning = magic_words.warnings[0] if magic_words and magic_words.warnings else warning
    hint = magic.add_hint(warning).removeprefix("unknown magic word ")
    if not hint and _RATE_ENDING.search(given):
        hint = f"{candidates[0]}: a rate is a number up to 100 with a decimal point, as in emu-porn-62.0"
    raise click.BadParameter(hint or f"{candidates[0]}: no provider knows such a word", param_hint="VERDICT")


def _parse_size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None or int(match[1]) * int(match[2]) > _MAX_PIXELS:
        expected = f"WIDTHxHEIGHT, each from 1 to 10000, at most {_MAX_PIXELS} pixels"
        raise click.BadParameter(f"expected {expected}, got {text!r}", param_hint="--size")
    return int(match[1]), int(match[2])
