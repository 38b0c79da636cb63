import io
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from emulator.cli import main
from emulator.commands.image import FORMATS, choose_magic_word
from emulator.media.images import inspect
from emulator.rules.labels import SCENES, SUGGESTIONS, TEXT_LABELS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import read_code, upload


def run_image(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["image", *arguments])


@pytest.mark.parametrize("suffix", [*FORMATS, ".PNG"])
@pytest.mark.parametrize("size", ["1x1", "256x256", "750x1334", "1024x3"])
def test_format_and_size(tmp_path: Path, suffix: str, size: str) -> None:
    file = tmp_path / f"card{suffix}"
    assert run_image("block", "-o", str(file), "--size", size).exit_code == 0
    picture = inspect(file.read_bytes())
    assert picture.format == FORMATS[suffix.lower()]
    assert f"{picture.width}x{picture.height}" == size
    with Image.open(file) as opened:
        opened.load()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("verdict", "word"), [("block", "emu-block"), ("porn/sexy", "emu-porn-sexy")])
def test_the_word_stands_alone_in_the_bytes(tmp_path: Path, suffix: str, verdict: str, word: str) -> None:
    file = tmp_path / f"card{suffix}"
    run_image(verdict, "-o", str(file))
    assert f" {word} ".encode() in file.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif"])
@pytest.mark.parametrize(("verdict", "expected"), [("block", 87014), ("pass", 0), ("error-45009", 45009)])
def test_uploaded_under_another_name_it_gets_its_verdict(
    live: RunningServer, tmp_path: Path, suffix: str, verdict: str, expected: int
) -> None:
    file = tmp_path / f"card{suffix}"
    run_image(verdict, "-o", str(file))
    assert read_code(upload(live, file.read_bytes(), "holiday")) == expected
    assert live.list_entries()[0].decided_by[0] == "magic"


def test_every_word_of_the_table_can_be_drawn() -> None:
    for verdict in (*SUGGESTIONS, *SCENES, *TEXT_LABELS):
        assert choose_magic_word(verdict) == choose_magic_word(f"emu-{verdict}") == f"emu-{verdict}"
    for scene, labels in SCENES.items():
        for label in labels:
            assert (
                choose_magic_word(f"{scene}/{label}") == choose_magic_word(f"{scene}-{label}") == f"emu-{scene}-{label}"
            )


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("sexy", "emu-porn-sexy"),
        ("porn-sexy-62.11", "emu-porn-sexy-62.11"),
        ("porn/sexy-62.11", "emu-porn-sexy-62.11"),
        ("delay-3s", "emu-delay-3s"),
        ("fault-reset", "emu-fault-reset"),
        ("error--604102", "emu-error--604102"),
        ("error-InvalidImage.NotFound", "emu-error-InvalidImage.NotFound"),
        ("callback-late", "emu-callback-late"),
    ],
)
def test_a_verdict_becomes_a_magic_word(verdict: str, word: str) -> None:
    assert choose_magic_word(verdict) == word


def test_standard_output_takes_nothing_but_the_picture() -> None:
    command = [sys.executable, "-m", "emulator", "image", "review", "-o", "-", "--size", "20x30"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=30)
    assert done.stderr == b""
    with Image.open(io.BytesIO(done.stdout)) as opened:
        assert (opened.format, opened.size) == ("PNG", (20, 30))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pron", "-o", "x.png"], "did you mean emu-porn?"),
        (["porn-62", "-o", "x.png"], "emu-porn: 62 is no rate, for emu-porn-62.0 would be one"),
        (["emu-porn-sexy-7", "-o", "x.png"], "for emu-porn-sexy-7.0 would be one"),
        (["porn/sexy-62", "-o", "x.png"], "for emu-porn-sexy-62.0 would be one"),
        (["porn-101", "-o", "x.png"], "emu-porn-101: a rate is a number up to 100 with a decimal point"),
        (["porn-100.5", "-o", "x.png"], "as in emu-porn-62.0"),
        (["porn/sexi", "-o", "x.png"], "emu-porn/sexi"),
        (["porn-sexi", "-o", "x.png"], "emu-porn-sexi"),
        (["error-nosuch", "-o", "x.png"], "emu-error-nosuch"),
        (["two words", "-o", "x.png"], "emu-two"),
        (["porn emu-ad", "-o", "x.png"], "emu-porn emu-ad"),
        (["", "-o", "x.png"], "emu-"),
        (["porn", "-o", "x.tiff"], ".webp"),
        (["porn", "-o", "noending"], ".webp"),
        (["porn", "-o", "x.png", "--size", "0x5"], "WIDTHxHEIGHT"),
        (["porn", "-o", "x.png", "--size", "10000x2501"], "at most"),
        (["porn", "-o", "x.png", "--size", "99999x1"], "WIDTHxHEIGHT"),
        (["porn", "-o", "x.png", "--size", "wide"], "WIDTHxHEIGHT"),
        (["porn", "-o", "no/such/folder/x.png"], "cannot be written"),
        (["porn"], "'-o'"),
        ([], "VERDICT"),
    ],
)
def test_what_cannot_be_drawn_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run_image(*arguments)
    assert result.exit_code == 2
    assert told in result.output
    assert not list(tmp_path.iterdir())
