"""Tells whether the rooms that every call goes through run compiled, or as Python."""

from emulator import types

COMPILED = not str(types.__file__).endswith(".py")
