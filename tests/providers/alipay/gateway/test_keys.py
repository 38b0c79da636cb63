"""The gateway's own key: set, made once and kept, or made for as long as the process lives."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.providers.alipay.gateway import keys
from emulator.signatures import rsa2
from tests.live import Live
from tests.providers.alipay.gateway import forms


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place of its own, and no key that is known already."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    keys.kept.cache_clear()
    yield tmp_path
    keys.kept.cache_clear()


def again() -> str:
    keys.kept.cache_clear()
    return keys.kept()


def test_made_once_and_kept(home: Path) -> None:
    key = keys.kept()
    (file,) = [path for path in home.rglob("*") if path.is_file()]
    assert file.name == keys.FILE
    assert again() == key == file.read_text(encoding="ascii")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_many_that_start_at_once_all_have_the_same(home: Path) -> None:
    script = "from emulator.providers.alipay.gateway.keys import kept; print(kept())"

    def started(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(started, range(4)))
    assert found == {keys.kept() + "\n"}


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----", "é"])
def test_a_spoilt_file_is_left_alone(home: Path, content: str) -> None:
    folder = keys.folder()
    folder.mkdir(parents=True)
    (folder / keys.FILE).write_text(content, encoding="utf-8")
    key = keys.kept()
    assert rsa2.public_of(key)
    assert keys.kept() == key
    assert (folder / keys.FILE).read_text(encoding="utf-8") == content


def test_where_nothing_can_be_kept(home: Path) -> None:
    (home / "moderation-emulator").write_text("a file where the folder should be", encoding="utf-8")
    keys.folder().parent.mkdir(parents=True, exist_ok=True)
    if not keys.folder().exists():
        keys.folder().write_text("the same", encoding="utf-8")
    key = keys.kept()
    assert rsa2.public_of(key)
    assert keys.kept() == key


@pytest.mark.parametrize(("system", "part"), [("win32", "Local"), ("darwin", "Library"), ("linux", "state")])
def test_folders_of_each_system(monkeypatch: pytest.MonkeyPatch, system: str, part: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert part in keys.folder().parts
    assert keys.folder().name == "moderation-emulator"


def test_a_key_that_is_set_signs(home: Path) -> None:
    with Live({"alipay": {"gateway_private_key": forms.pair().pkcs1}}) as live:
        answer = forms.call(live, forms.DETECT, {"content": "你好"})
        assert forms.gateway_key(live) == forms.pair().public
        inner = answer.content[answer.content.index(b":") + 1 : answer.content.rindex(b',"sign"')]
        assert forms.verifies(forms.pair().public, inner, answer.json()["sign"])
        for path in ("settings", "info", "accounts"):
            assert "PRIVATE KEY" not in live.control("GET", path).text
        assert "PRIVATE KEY" not in live.control("PATCH", "settings", {"profile": "fast"}).text
        assert forms.gateway_key(live) == forms.pair().public
    assert not list(home.iterdir())
