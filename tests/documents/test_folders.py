"""Folders of rule files: what is found in them, and what looking at them again costs."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.documents import folders
from emulator.documents.folders import Folders, list_rule_files
from emulator.types import Problems

LATER = 1e12  # Unix seconds: whatever was written is long settled


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"d{number}" / "deep").mkdir(parents=True)
        for other in range(50):
            (tmp_path / f"d{number}" / "deep" / f"{other}.txt").touch()
    (tmp_path / "d1" / "b.yaml").touch()
    (tmp_path / "a.json").touch()
    return tmp_path


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gathers the names of folders as they are listed."""
    found: list[str] = []
    scandir: Callable[..., Any] = os.scandir

    def note_and_scan(path: Path) -> Any:
        found.append(Path(path).name)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", note_and_scan)
    return found


def test_only_a_folder_that_changed_is_listed_again(tree: Path, listed: list[str]) -> None:
    tracked = Folders([tree], lambda: LATER)
    first = tracked.scan()
    assert [path.name for path in first] == ["a.json", "b.yaml"]
    assert len(listed) == 7
    listed.clear()
    assert tracked.scan() == first
    assert listed == []
    (tree / "d2" / "deep" / "new.yml").touch()
    assert [path.name for path in tracked.scan()] == ["a.json", "b.yaml", "new.yml"]
    assert listed == ["deep"]
    (tree / "a.json").write_text("[]")
    assert tracked.scan() != first
    assert listed == ["deep"]


def test_what_changed_a_moment_ago_is_listed_again(tree: Path, listed: list[str]) -> None:
    tracked = Folders([tree], lambda: tree.stat().st_mtime + 1)
    tracked.scan()
    tracked.scan()
    assert len(listed) == 14


def test_too_large_a_tree_is_refused(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "MAX_ENTRIES", 100)
    with pytest.raises(Problems, match="at most 100 files and folders; give rules a folder of their own"):
        list_rule_files([tree])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_pipes_and_what_leads_nowhere_are_passed_over(tree: Path) -> None:
    os.mkfifo(tree / "pipe.yaml")
    (tree / "nowhere.yaml").symlink_to(tree / "nothing")
    (tree / "round.yaml").symlink_to(tree / "round.yaml")
    (tree / "zero.yaml").symlink_to("/dev/zero")
    (tree / "folder.yaml").mkdir()
    (tree / "again").symlink_to(tree)
    assert [path.name for path in list_rule_files([tree])] == ["a.json", "b.yaml"]
    (tree / "nothing").touch()
    assert "nowhere.yaml" in [path.name for path in list_rule_files([tree])]


@pytest.mark.skipif(os.name == "nt", reason="Kubernetes makes links")
def test_a_config_map_of_kubernetes_is_read_once_and_its_changes_are_seen(tmp_path: Path) -> None:
    """A volume of Kubernetes holds links to files, by way of a link that is put onto a new folder."""
    for version in ("..1", "..2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "mine.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "mine.yaml").symlink_to("..data/mine.yaml")
    tracked = Folders([tmp_path], lambda: LATER)
    first = tracked.scan()
    assert list(first) == [tmp_path / "mine.yaml"]
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    second = tracked.scan()
    assert list(second) == list(first)
    assert second != first


def test_a_folder_that_was_known_and_cannot_be_listed_is_no_empty_one(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked = Folders([tree], lambda: 0.0)
    before = tracked.scan()

    def deny(_: object) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", deny)
        with pytest.raises(Problems, match="expected a readable folder, got Permission denied"):
            tracked.scan()
        other = Folders([tree], lambda: 0.0)
        assert (other.scan(), other.unreadable) == ({}, {tree})
    assert tracked.scan() == before == other.scan()
    assert other.unreadable == set()
