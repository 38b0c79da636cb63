"""Plug-ins: modules found by their folder. Each module must have the expected attribute, or start-up fails."""

import pkgutil
from importlib import import_module


def load_plugins(package: str, attribute: str) -> list[object]:
    """Return the `attribute` of every module and subpackage of `package`, in the order of their names."""
    folder = import_module(package)
    return [
        getattr(import_module(f"{package}.{module.name}"), attribute)
        for module in pkgutil.iter_modules(folder.__path__)
    ]
