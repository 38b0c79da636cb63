"""An attack: its name, what the server is started with, and how it is played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.torture.siege import Siege

EMULATOR = ("emulator", "serve", "--port", "0")


@dataclass(frozen=True)
class Attack:
    """`settings` are those of the server's configuration file; `prepare` makes files in a folder before it starts, and
    if there is `fixtures` in it, rules are read from there. `command` is what is started.
    """

    name: str
    play: Callable[[Siege], None]
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Path], None] = lambda _folder: None
    command: tuple[str, ...] = EMULATOR


Attacks = tuple[Attack, ...]
