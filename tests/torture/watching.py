"""F6: background work that ends for good after a moment of trouble."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege

TIMEOUT = 8  # seconds for a change of rules to be read


def prepare(folder: Path) -> None:
    """Make a folder of rules."""
    (folder / "fixtures").mkdir()
    _write(folder / "fixtures", "before")


def use_up_descriptors(siege: Siege) -> None:
    """Open 200 idle connections where 128 descriptors are allowed."""
    import resource  # which Windows lacks

    before = resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE, (128, before[1]))
    for _ in range(200):
        siege.connect()
    siege.calls += 200
    time.sleep(4)
    siege.close()
    resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE, before)


def remove_folder(siege: Siege) -> None:
    """Take the folder of rules away for three seconds."""
    shutil.rmtree(siege.fixtures)
    time.sleep(3)
    siege.fixtures.mkdir()


def replace_folder_by_file(siege: Siege) -> None:
    """Put a file in the place of the folder for three seconds."""
    shutil.rmtree(siege.fixtures)
    siege.fixtures.write_text("no folder")
    time.sleep(3)
    siege.fixtures.unlink()
    siege.fixtures.mkdir()


def replace_folder_by_loop(siege: Siege) -> None:
    """Put a link to itself in the place of the folder for three seconds."""
    shutil.rmtree(siege.fixtures)
    siege.fixtures.symlink_to(siege.fixtures)
    time.sleep(3)
    siege.fixtures.unlink()
    siege.fixtures.mkdir()


def reload_after(siege: Siege, cause: Callable[[Siege], None]) -> None:
    """Note whether a rule is read that is written after the trouble."""
    cause(siege)
    time.sleep(1)
    _write(siege.fixtures, "torture-after")
    seen = siege.wait_until(lambda: b"torture-after" in siege.control("GET", "rules").body, TIMEOUT)
    siege.fail_if(not seen, f"a rule written afterwards is not read within {TIMEOUT} s")


def _write(folder: Path, name: str) -> None:
    rule = f"- {{name: {name}, match: {{url: 'https://{name}.test/'}}, verdict: pass}}\n"
    (folder / "rules.yaml").write_text(rule)


ATTACKS: Attacks = (
    Attack("F6 watching without descriptors for 4 s", partial(reload_after, cause=use_up_descriptors), prepare=prepare),
    Attack("F6 watching a folder that is gone for 3 s", partial(reload_after, cause=remove_folder), prepare=prepare),
    Attack(
        "F6 watching a file in its place for 3 s", partial(reload_after, cause=replace_folder_by_file), prepare=prepare
    ),
    Attack(
        "F6 watching a loop in its place for 3 s", partial(reload_after, cause=replace_folder_by_loop), prepare=prepare
    ),
)
