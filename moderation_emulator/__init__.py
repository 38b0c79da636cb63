"""What your tests may import, under a name that no other package has; pytest finds its plug-in here.

`emulator` is imported only when it is needed, because a project may have its own package of that name.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.testing import (
        Account,
        ControlError,
        Crashed,
        Emulator,
        Leak,
        LeakGuard,
        NoReroute,
        Rerouted,
        Walk,
        verify_callback,
        walk,
    )

__all__ = [
    "Account",
    "ControlError",
    "Crashed",
    "Emulator",
    "Leak",
    "LeakGuard",
    "NoReroute",
    "Rerouted",
    "Walk",
    "verify_callback",
    "walk",
]

__tracebackhide__ = True

pytest_plugins = ["moderation_emulator.plugin"]

_OURS = Path(__file__).parents[1] / "emulator" / "__init__.py"


def hidden() -> str:
    """Return, as a sentence, which other package named `emulator` hides ours; empty if none does."""
    try:
        found = find_spec("emulator")
    except ValueError:  # a module without a spec, made up under that name
        found = None
    place = found.origin if found else None
    if place and Path(place).resolve() == _OURS.resolve():
        return ""
    return f"another package named emulator, {place or 'of no file'}, hides that of moderation-emulator"


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if why := hidden():
            raise ImportError(why)
        return getattr(import_module("emulator.testing"), name)
