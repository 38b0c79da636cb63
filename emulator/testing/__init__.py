"""What your tests may import: an emulator and its knobs, walks through documented errors, genuine callbacks."""

from emulator.testing.account import Account
from emulator.testing.callback import verify_callback
from emulator.testing.client import Emulator
from emulator.testing.control import ControlError
from emulator.testing.leaks import Leak, LeakGuard
from emulator.testing.server import Crashed
from emulator.testing.steps import Walk, walk

__all__ = [
    "Account",
    "ControlError",
    "Crashed",
    "Emulator",
    "Leak",
    "LeakGuard",
    "Walk",
    "verify_callback",
    "walk",
]
