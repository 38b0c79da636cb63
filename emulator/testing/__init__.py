"""What your tests may import: an emulator, walks through documented errors, checks of callbacks and of real calls."""

from emulator.testing.account import Account
from emulator.testing.callback import verify_callback
from emulator.testing.client import Emulator
from emulator.testing.control import ControlError
from emulator.testing.leaks import Leak, LeakGuard
from emulator.testing.rerouted import NoReroute, Rerouted
from emulator.testing.server import Crashed
from emulator.testing.steps import Walk, walk

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
