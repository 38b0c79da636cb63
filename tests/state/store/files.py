"""Files of states that nobody here can use."""

import sqlite3
from pathlib import Path

from emulator.state.store.log_file import FORMAT, LogFile


def make_newer(path: Path) -> None:
    """Make a file as the next version may write it."""
    LogFile(path).close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {FORMAT + 1}")
    database.close()
