"""An attack: its name, what the server is started with, and how it is played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.torture.siege import Siege

EMULATOR = ("emulator", "serve", "--port", "0")


@dataclass(frozen=True)
class Attack:
    """An attack.

    name: What it is, in the table and for `--only`.
    play: Attacks the server.
    settings: Settings of the server's configuration file.
    prepare: Makes files in a folder before the server starts; if there is `fixtures` in it, rules are read from there.
    command: What is started.
    """

    name: str
    play: Callable[[Siege], None]
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Path], None] = lambda _folder: None
    command: tuple[str, ...] = EMULATOR


Attacks = tuple[Attack, ...]
