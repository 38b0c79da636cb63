"""The file: whose it is, what it holds after whatever end, and that compaction changes nothing that holds."""

import sqlite3
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.state.store.kept import Kept
from emulator.state.store.log_file import APPLICATION, FORMAT, LogFile
from emulator.state.store.row import OUTLASTS_RESET, Row, StateInUse, StateUnusable
from tests.state.store.files import make_newer

ROW = ("value", "acc-1", "k", b"1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def read(path: Path) -> list[Row]:
    file = LogFile(path)
    try:
        return [*file.iterate_rows()]
    finally:
        file.close()


def compact(file: LogFile, steps: int | None = None) -> None:
    for _ in islice(file.compact(file.newest, lambda *_row: True), steps):
        pass


def test_rows_come_back_in_their_order(path: Path) -> None:
    file = LogFile(path)
    file.append([ROW, ("value", "acc-1", "k", None), ("clock", "acc-2", "", b"\x00\xff")])
    file.append([("settings", "", "键", b"")])
    assert (file.count, file.newest) == (4, 4)
    file.close()
    again = LogFile(path)
    assert [*again.iterate_rows()] == [ROW, ("value", "acc-1", "k", None), ("clock", "acc-2", "", b"\x00\xff"), ("settings", "", "键", b"")]  # fmt: skip # noqa: E501
    assert (again.count, again.newest) == (4, 4)
    again.close()


def test_only_its_owner_may_read_it(path: Path) -> None:
    file = LogFile(path)
    file.append([ROW])
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    file.close()
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600}


@pytest.mark.parametrize(("full", "level"), [(False, 1), (True, 2)])
def test_what_outlasts_a_power_cut_waits_for_the_disk(path: Path, full: bool, level: int) -> None:
    file = LogFile(path, full)
    assert file._ask("PRAGMA synchronous") == level  # by SQLite's page of this pragma: 1 is NORMAL, 2 is FULL
    file.close()


def test_a_second_process_is_refused_and_the_first_goes_on(path: Path) -> None:
    file = LogFile(path)
    with pytest.raises(StateInUse, match="another process has it"):
        LogFile(path)
    file.append([ROW])
    file.close()
    assert read(path) == [ROW]


def make_foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE other (a)")
    database.close()


def make_text(path: Path) -> None:
    path.write_text("this is not a database, whatever its name says. " * 100, encoding="utf-8")


def make_folder(path: Path) -> None:
    path.mkdir()


def damage(path: Path) -> None:
    file = LogFile(path)
    file.append([("value", "acc-1", f"k{n}", b"x" * 100) for n in range(1000)])
    file.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (make_foreign, "another program"),
        (make_newer, f"newer version .format {FORMAT + 1}, here {FORMAT}"),
        (make_text, "no SQLite database"),
        (make_folder, "unable to open"),
        (damage, "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_stays_as_it_is(path: Path, make: object, told: str) -> None:
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateUnusable, match=told):
        read(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StateUnusable, match="No such file"):
        LogFile(tmp_path / "no" / "state.db")


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.touch()
    assert read(path) == []
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    database.close()


def test_a_full_disk_changes_nothing_until_there_is_room(path: Path) -> None:
    file = LogFile(path)
    file.append([ROW])
    most = file._ask("PRAGMA page_count") + 1
    file._ask(f"PRAGMA max_page_count = {most}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        file.append([("value", "acc-1", f"k{n}", b"x" * 3000) for n in range(20)])
    assert (file.count, file.newest) == (1, 1)
    assert [*file.iterate_rows()] == [ROW]
    file._ask("PRAGMA max_page_count = 1000000")
    file.append([("value", "acc-1", "later", b"2")])
    file.close()
    assert read(path) == [ROW, ("value", "acc-1", "later", b"2")]


# Histories of few names, so that rows meet often.
kinds = st.sampled_from(("account", "clock", "value", "token", "callback", "progress", "rule", "hits", "reset"))


def make_row(kind: str, account: str, key: str, value: bytes | None) -> tuple[str, str, str, bytes | None]:
    """Return a row as it may come: of some kinds an account has one, and a reset is never taken back."""
    has_one = kind in ("account", "clock", "reset")
    return kind, account, "" if has_one else key, b"1" if kind == "reset" else value


accounts, keys = st.sampled_from(("acc-1", "acc-2", "")), st.sampled_from(("1", "2"))
rows = st.builds(make_row, kinds, accounts, keys, st.sampled_from((b"a", b"b", None)))


def describe(history: list[tuple[str, str, str, bytes | None]]) -> dict[tuple[str, str, str], bytes]:
    """Return what holds after a history, told in the plainest way: row by row, over one flat table."""
    holds: dict[tuple[str, str, str], bytes] = {}
    for kind, account, key, value in history:
        ended = {"rule": "hits", "callback": "progress"}.get(kind)
        gone = [
            each
            for each in holds
            if each == (kind, account, key)
            or (each[1] == account and kind == "reset" and each[0] not in OUTLASTS_RESET)
            or (each[1] == account and kind == "account" and value is None)
            or each == (ended, account, key)
        ]
        for each in gone:
            del holds[each]
        if value is not None and kind != "reset":
            holds[kind, account, key] = value
    return holds


def list_kept(kept: Kept) -> dict[tuple[str, str, str], bytes]:
    return {
        (kind, account, key): value
        for account, kinds in kept._groups.items()
        for kind, group in kinds.items()
        for key, value in group.items()
    }


@given(st.lists(rows, max_size=40), st.integers(0, 6))
@example([("clock", "acc-2", "", b"a"), ("account", "acc-2", "", None), ("account", "acc-2", "", b"a")], 6)
def test_compaction_drops_nothing_that_holds_wherever_it_ends(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, str, bytes | None]], steps: int
) -> None:
    file = LogFile(tmp_path_factory.mktemp("log") / "state.db")
    try:
        file.append(history)
        wanted = describe(history)
        assert list_kept(Kept(file.iterate_rows())) == wanted
        compact(file, steps)
        assert list_kept(Kept(file.iterate_rows())) == wanted
        compact(file)
        assert list_kept(Kept(file.iterate_rows())) == wanted
        assert file.count == len(wanted) == len([*file.iterate_rows()])
    finally:
        file.close()


@pytest.fixture
def filled(path: Path) -> Iterator[LogFile]:
    file = LogFile(path)
    for _ in range(3):
        file.append([("value", "acc-1", f"k{n}", b"x" * 500) for n in range(6000)])
    yield file
    file.close()


def test_compaction_goes_in_small_steps_and_gives_room_back(filled: LogFile, path: Path) -> None:
    steps = 0
    before = path.stat().st_size + path.with_name("state.db-wal").stat().st_size
    for _ in filled.compact(filled.newest, lambda _kind, _account, key: not key.endswith("7")):
        steps += 1
        filled.append([("token", "acc-1", f"new-{steps}", b"1")])  # others go on between the steps
    after = path.stat().st_size + path.with_name("state.db-wal").stat().st_size
    assert steps > 15
    assert filled.count == 5400 + steps
    assert after < before / 2
    kept = Kept(filled.iterate_rows())
    assert len(kept.find_group("token", "acc-1")) == steps
    assert "k17" not in kept.find_group("value", "acc-1")
    assert kept.find_group("value", "acc-1")["k18"] == b"x" * 500


def test_what_came_after_the_number_is_not_looked_at(filled: LogFile) -> None:
    for _ in filled.compact(6000, lambda *_row: False):
        pass
    assert len(Kept(filled.iterate_rows()).find_group("value", "acc-1")) == 6000
