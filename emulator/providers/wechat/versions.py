"""The two versions of the newer checks: the second names the user and the scene."""

from emulator.types import Call


def is_second(call: Call) -> bool:
    """Return whether the call is of version 2, written as a number or as a text."""
    return call.params.get("version") in (2, "2")
