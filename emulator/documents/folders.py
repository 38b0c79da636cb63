"""Folders of rule files: a folder is listed again only when something in it came or went.

So the cost of a repeated scan depends on the rule files and folders alone. Other files in the folders cost nothing.
"""

import os
from collections.abc import Callable, Iterable
from errno import EACCES, ELOOP, ENOENT, ENOTDIR
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from emulator.types import Problem, Problems

SUFFIXES = (".yaml", ".yml", ".json")
MAX_ENTRIES = 100_000  # files and subfolders of any kind

# Seconds. A folder that changed more recently may change again without a new time, as file systems count in steps.
_SETTLE_TIME = 2.0
_MOUNTED = ".."  # what Kubernetes names its own folders in a volume; its files lie there, and links to them above
_MISSING_ERRORS = (ENOENT, ENOTDIR, ELOOP)

Stamp = tuple[int, ...]


class _Listing(NamedTuple):
    """What lies in a folder.

    stamp: Differs once something came or went; empty for a folder that is gone or unreadable.
    entry_count: The number of all entries.
    children: The rule files, and the subfolders (with True), in the order of their names.
    """

    stamp: Stamp
    entry_count: int
    children: list[tuple[Path, bool]]


class Folders:
    """Rule files, and folders of rule files with all their subfolders. `now` returns Unix seconds.

    unreadable: The folders that this user may not look into; they count as empty.
    """

    def __init__(self, paths: Iterable[Path], now: Callable[[], float]) -> None:
        self.unreadable: set[Path] = set()
        self._paths = tuple(paths)
        self._now = now
        self._listings: dict[Path, _Listing] = {}

    def scan(self) -> dict[Path, Stamp]:
        """Return every rule file in order, with a stamp that differs once the file has changed.

        The stamp is empty where a change cannot be seen. Raises Problems for a folder that cannot be listed, or when
        there are more than MAX_ENTRIES files and folders.
        """
        listings: dict[Path, _Listing] = {}
        found: dict[Path, Stamp] = {}
        entry_count = 0
        for root in self._paths:
            pending = [(root, _is_folder(root))]
            while pending:
                path, is_folder = pending.pop()
                if is_folder:
                    listings[path] = listing = self._list_folder(path)
                    pending += reversed(listing.children)
                    entry_count += listing.entry_count
                    if entry_count > MAX_ENTRIES:
                        expected = f"at most {MAX_ENTRIES} files and folders; give rules a folder of their own"
                        raise Problems([Problem("$", expected, "more", str(root), 1)])
                elif (stamp := _read_stamp(path)) is not None:
                    found[path] = stamp
                elif path is root:  # the caller named this path, so it is returned in any case
                    found[root] = ()
        self._listings = listings
        return found

    def _list_folder(self, folder: Path) -> _Listing:
        previous = self._listings.get(folder)
        try:
            status = folder.stat()
            stamp = (status.st_dev, status.st_ino, status.st_mtime_ns)
            if previous is not None and previous.stamp == stamp and self._now() - status.st_mtime > _SETTLE_TIME:
                return previous
            with os.scandir(folder) as entries:
                found = [
                    (each.name, each.path, each.is_dir(follow_symlinks=False))
                    for each in entries
                    if not each.name.startswith(_MOUNTED)
                ]
        except OSError as error:
            if error.errno in _MISSING_ERRORS:  # gone since the folder above was listed
                return _Listing((), 0, [])
            if error.errno == EACCES and (previous is None or folder in self.unreadable):
                self.unreadable.add(folder)
                return _Listing((), 0, [])
            raise Problems([Problem("$", "a readable folder", str(error.strerror), str(folder), 1)]) from None
        self.unreadable.discard(folder)
        chosen = sorted(each for each in found if each[2] or _is_rule_file(each[0]))
        return _Listing(stamp, len(found), [(Path(path), is_folder) for _name, path, is_folder in chosen])


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # reading the path will report the error
        return False


def _is_rule_file(name: str) -> bool:
    return name.endswith(SUFFIXES) and name not in SUFFIXES


def _read_stamp(path: Path) -> Stamp | None:
    """Return a stamp that differs once a file has changed; None if it is gone or no file, empty if unreadable."""
    try:
        status = path.stat()
    except OSError as error:
        return None if error.errno in _MISSING_ERRORS else ()
    if not S_ISREG(status.st_mode):
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def list_rule_files(paths: Iterable[Path]) -> list[Path]:
    """Return the rule files of folders (subfolders too) in the order of their names, and files themselves."""
    return list(Folders(paths, float).scan())
