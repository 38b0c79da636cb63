"""The gateway's own key: set, made once and kept, or made for as long as the process lives."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.providers.alipay.gateway import keys
from emulator.signatures import rsa2
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders
from tests.providers.alipay.gateway.builders import make_key_pair
from tests.providers.aliyun.rpc_calls import scan_text


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a state folder of its own, and no key that is known already."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    keys._load_key.cache_clear()
    yield tmp_path
    keys._load_key.cache_clear()


def load_again() -> str:
    keys._load_key.cache_clear()
    return keys.load_key()


def test_made_once_and_kept(home: Path) -> None:
    key = keys.load_key()
    (file,) = [path for path in home.rglob("*") if path.is_file()]
    assert file.name == keys.FILE
    assert load_again() == key == file.read_text(encoding="ascii")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, "no key"])
def test_of_many_that_start_at_once_all_have_the_same(home: Path, content: str | None) -> None:
    if content is not None:
        write_key_file(content)
    script = "from emulator.providers.alipay.gateway.keys import load_key; print(load_key())"

    def start_process(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", script], capture_output=True, check=True, text=True, timeout=60
        ).stdout

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(start_process, range(4)))
    assert found == {keys.load_key() + "\n"}


@pytest.mark.parametrize("content", ["", "no key", "-----BEGIN PRIVATE KEY-----", "é"])
def test_a_damaged_file_is_moved_aside(home: Path, caplog: pytest.LogCaptureFixture, content: str) -> None:
    file = write_key_file(content)
    key = keys.load_key()
    assert rsa2.derive_public_key(key)
    assert load_again() == key == file.read_text(encoding="ascii")
    assert file.with_name(f"{keys.FILE}.damaged").read_text(encoding="utf-8") == content
    (got,) = [record.getMessage() for record in caplog.records]
    assert str(file) in got


def write_key_file(content: str) -> Path:
    file = keys.choose_folder() / keys.FILE
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "nowhere", "closed"])
def test_what_is_no_file_is_left_alone(home: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    file = write_key_file("")
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "closed":
        file.with_name(f"{keys.FILE}.damaged").mkdir()
        file.touch()
    else:
        file.symlink_to("/dev/zero" if kind == "device" else file.with_name("nowhere"))
    key = keys.load_key()
    assert rsa2.derive_public_key(key)
    assert keys.load_key() == key
    (got,) = [record.getMessage() for record in caplog.records]
    assert str(file) in got
    assert "cannot be kept" in got


def test_threads_that_come_at_once_make_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    together = threading.Barrier(8)

    def make() -> str:
        made.append(make_key_pair().pkcs8)
        return made[-1]

    def load_together(_: int) -> str:
        together.wait(30)
        return keys.load_key()

    monkeypatch.setattr(rsa2, "make_key", make)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load_together, range(8)))) == 1
    assert len(made) == 1


@pytest.mark.parametrize("first", ["call", "accounts", "public-key"])
def test_the_loop_does_not_wait_for_the_key(home: Path, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    """Whoever needs it first waits for it; meanwhile others are answered."""
    begun, others = threading.Event(), threading.Event()
    makers: list[threading.Thread] = []

    def make() -> str:
        makers.append(threading.current_thread())
        begun.set()
        assert others.wait(30)
        return make_key_pair().pkcs8

    monkeypatch.setattr(rsa2, "make_key", make)
    with RunningServer() as live, ThreadPoolExecutor(1) as pool:
        ask = {
            "call": lambda: builders.call(live, builders.DETECT, {"content": "你好"}),
            "accounts": lambda: live.control("POST", "accounts"),
            "public-key": lambda: live.control("GET", "alipay/public-key"),
        }[first]
        waiting = pool.submit(ask)
        assert begun.wait(30)
        assert scan_text(live, "hello").status_code == 200
        assert live.control("GET", "health").status_code == 200
        assert not waiting.done()
        others.set()
        assert waiting.result(30).status_code in (200, 201)
        assert builders.call(live, builders.DETECT, {"content": "你好"}).json()["sign"]
        assert live._thread not in makers
        assert len(makers) == 1


def test_where_nothing_can_be_kept(home: Path) -> None:
    (home / "moderation-emulator").write_text("a file where the folder should be", encoding="utf-8")
    keys.choose_folder().parent.mkdir(parents=True, exist_ok=True)
    if not keys.choose_folder().exists():
        keys.choose_folder().write_text("the same", encoding="utf-8")
    key = keys.load_key()
    assert rsa2.derive_public_key(key)
    assert keys.load_key() == key


@pytest.mark.parametrize(("system", "part"), [("win32", "Local"), ("darwin", "Library"), ("linux", "state")])
def test_folders_of_each_system(monkeypatch: pytest.MonkeyPatch, system: str, part: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert part in keys.choose_folder().parts
    assert keys.choose_folder().name == "moderation-emulator"


def test_a_key_that_is_set_signs(home: Path) -> None:
    with RunningServer({"alipay": {"gateway_private_key": builders.make_key_pair().pkcs1}}) as live:
        answer = builders.call(live, builders.DETECT, {"content": "你好"})
        assert builders.fetch_gateway_key(live) == builders.make_key_pair().public
        inner = answer.content[answer.content.index(b":") + 1 : answer.content.rindex(b',"sign"')]
        assert builders.verifies(builders.make_key_pair().public, inner, answer.json()["sign"])
        for path in ("settings", "info", "accounts"):
            assert "PRIVATE KEY" not in live.control("GET", path).text
        assert "PRIVATE KEY" not in live.control("PATCH", "settings", {"profile": "fast"}).text
        assert builders.fetch_gateway_key(live) == builders.make_key_pair().public
    assert not list(home.iterdir())
