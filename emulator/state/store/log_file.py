"""The file of a state: a SQLite database with one table, to which rows are only added until it is compacted.

It belongs to one process at a time, and here to one thread at a time: the one that opens it, then the writer's.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, NamedTuple

from emulator.state.store.row import ENDS_WITH, OUTLASTS_RESET, Row, StateInUse, StateUnusable

FORMAT: Final = 1  # of the rows; a newer version may raise it, and reads all below
APPLICATION: Final = 0x6D6F6465  # "mode", by which SQLite knows whose file it is

_CREATE = (
    "CREATE TABLE rows (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL, value BLOB)",  # noqa: E501
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)
# Rows of one statement. Each statement lets another thread run, and waits until it is its turn again.
_TOGETHER = 64
_MARKS = "(?, ?, ?, ?, ?)"
_INSERT = [f"INSERT INTO rows VALUES {', '.join([_MARKS] * count)}" for count in range(_TOGETHER + 1)]  # noqa: S608
_LOT = 2000  # rows that compaction looks at, or drops, in one go
_PAGES = 200  # pages that are given back to the disk in one go

IsHeld = Callable[[str, str, str], bool]


class _Seen(NamedTuple):
    """What newer rows said while older ones are looked at: keys that hold already, and accounts that were forgotten."""

    keys: set[tuple[str, str, str]]
    reset: set[str]
    gone: set[str]

    def overrules(self, kind: str, account: str, key: str) -> bool:
        """Return whether a newer row takes the place of this one."""
        if account in self.gone or (kind, account, key) in self.keys:
            return True
        return account in self.reset and kind not in OUTLASTS_RESET

    def note(self, kind: str, account: str, key: str, forgets: bool) -> None:
        """Remember a row, also one that is overruled: an account that was forgotten may have been made again."""
        self.keys.add((kind, account, key))
        if kind in ENDS_WITH:
            self.keys.add((ENDS_WITH[kind], account, key))
        if kind == "reset":
            self.reset.add(account)
        if kind == "account" and forgets:
            self.gone.add(account)


class LogFile:
    """An open file. `path` is where it lies, and `count` how many rows it has."""

    def __init__(self, path: Path, full: bool = False) -> None:
        """Open a file, or make one with mode 0600. With `full` what is written also outlasts a power cut.

        Raises StateInUse, or StateUnusable where it cannot be used.
        """
        self.path = path
        with explain_failure():
            self._database = _open(path)
        try:
            with explain_failure():
                self._check(full)
                self.count: int = self._ask("SELECT count(*) FROM rows")
                self.newest: int = self._ask("SELECT coalesce(max(number), 0) FROM rows")
        except BaseException:
            self._database.close()
            raise

    def iterate_rows(self) -> Iterator[Row]:
        """Yield all rows in the order in which they were written. Raises StateUnusable where the file is damaged."""
        with explain_failure():
            for row in self._database.execute("SELECT kind, account, key, value FROM rows ORDER BY number"):
                yield Row(*row)

    def append(self, rows: Sequence[tuple[str, str, str, bytes | None]]) -> None:
        """Add rows, all of them or none. Raises sqlite3.Error."""
        numbered = [(self.newest + at, *row) for at, row in enumerate(rows, 1)]
        lots = [numbered[at : at + _TOGETHER] for at in range(0, len(numbered), _TOGETHER)]
        with self._change() if len(lots) > 1 else nullcontext():  # one statement is a transaction by itself
            for lot in lots:
                self._database.execute(_INSERT[len(lot)], [field for row in lot for field in row])
        self.newest += len(rows)
        self.count += len(rows)

    def compact(self, upto: int, is_held: IsHeld) -> Iterator[None]:
        """Drop the rows up to a number that do not hold, in small steps; others may be appended between them.

        `is_held` says of a kind, account and key whether memory still has it. The oldest rows go first, so that nothing
        comes back that was forgotten, wherever this ends. Raises sqlite3.Error.
        """
        dropped: list[int] = []
        for lot in self._find_dropped(upto, is_held):
            dropped += lot
            yield
        dropped.reverse()
        for at in range(0, len(dropped), _LOT):
            self._drop(dropped[at : at + _LOT])
            yield
        while self._ask("PRAGMA freelist_count"):
            self._database.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
            yield
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close the file. Another process may have it then."""
        self._database.close()

    def _find_dropped(self, upto: int, is_held: IsHeld) -> Iterator[list[int]]:
        """Yield the numbers of rows that do not hold, the newest first, in lots."""
        seen = _Seen(set(), set(), set())
        below = upto + 1
        ask = "SELECT number, kind, account, key, value IS NULL FROM rows WHERE number < ? ORDER BY number DESC LIMIT ?"
        while rows := self._database.execute(ask, (below, _LOT)).fetchall():
            dropped = []
            for number, kind, account, key, forgets in rows:
                holds = not (seen.overrules(kind, account, key) or forgets or kind == "reset")
                if not (holds and is_held(kind, account, key)):
                    dropped.append(number)
                seen.note(kind, account, key, bool(forgets))  # SQLite has 0 and 1
            below = rows[-1][0]
            yield dropped

    def _drop(self, numbers: Sequence[int]) -> None:
        with self._change():
            self._database.executemany("DELETE FROM rows WHERE number = ?", [(number,) for number in numbers])
        self.count -= len(numbers)

    @contextmanager
    def _change(self) -> Iterator[None]:
        """Make changes, all of them or none."""
        try:
            self._database.execute("BEGIN")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):  # some failures, as a full disk, have rolled it back already
                self._database.execute("ROLLBACK")
            raise

    def _check(self, full: bool) -> None:
        """Take the file for this process, see whose it is, and create the table in a new one."""
        database = self._database
        database.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        if self._ask("PRAGMA schema_version") == 0:  # it has no table yet
            database.execute("PRAGMA auto_vacuum = INCREMENTAL")
            for statement in ("BEGIN", *_CREATE, "COMMIT"):
                database.execute(statement)
        if self._ask("PRAGMA application_id") != APPLICATION:
            raise StateUnusable("it is a database of another program; name another file")
        if (found := self._ask("PRAGMA user_version")) > FORMAT:
            newer = f"it was written by a newer version (format {found}, here {FORMAT})"
            raise StateUnusable(f"{newer}; start that version, or name another file")
        database.execute("PRAGMA journal_mode = WAL").fetchall()
        database.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
        database.execute("BEGIN IMMEDIATE")  # from now on nobody else can read or write it
        database.execute("COMMIT")

    def _ask(self, question: str) -> int:
        answer: int = self._database.execute(question).fetchone()[0]
        return answer


@contextmanager
def explain_failure() -> Iterator[None]:
    """Raise what SQLite or the system says of the file as StateUnusable."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = error.sqlite_errorcode & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StateInUse("another process has it; end that one, or name another file") from None
        if code == sqlite3.SQLITE_NOTADB:
            raise StateUnusable("it is no SQLite database; name another file") from None
        if code == sqlite3.SQLITE_CORRUPT:
            raise StateUnusable("it is damaged; put a backup in its place, or move it away to begin anew") from None
        raise StateUnusable(str(error)) from None
    except OSError as error:
        raise StateUnusable(error.strerror or str(error)) from None


def _open(path: Path) -> sqlite3.Connection:
    """Open a file, which is made for its owner alone if it is not there.

    Raises OSError, sqlite3.Error, and StateUnusable for one that is not to be written, of which SQLite says less.
    """
    with suppress(FileExistsError):  # SQLite would make it readable by everybody
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise StateUnusable("it cannot be written, or no file beside it can; both must be")
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
