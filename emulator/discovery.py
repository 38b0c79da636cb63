"""Discovery: the providers and faults that there are, found by the folders that they lie in."""

from importlib import import_module

from emulator.faults import Fault
from emulator.plugins import iterate_packages, load_plugins
from emulator.provider import Provider


def find_providers() -> dict[str, Provider]:
    """Return all providers of the package, by name. A folder without operations is a vendor's, of several services."""
    found = (import_module(name).PROVIDER for name in iterate_packages("emulator.providers", "operations"))
    return {provider.name: provider for provider in found}


def find_faults() -> dict[str, Fault]:
    """Return all faults of the package, by name."""
    return {f.name: f for f in load_plugins("emulator.faults", "FAULT") if isinstance(f, Fault)}
