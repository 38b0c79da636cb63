"""Plug-ins: modules found by their folder. Each module must have the expected attribute, or start-up fails."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module


def load_plugins(package: str, attribute: str) -> list[object]:
    """Return the `attribute` of every module and subpackage of `package`, in the order of their names."""
    folder = import_module(package)
    return [
        getattr(import_module(f"{package}.{module.name}"), attribute)
        for module in pkgutil.iter_modules(folder.__path__)
    ]


def iterate_packages(package: str, subpackage: str) -> Iterator[str]:
    """Yield the names of the packages below `package`, at any depth, that have this subpackage."""
    modules = [*pkgutil.iter_modules(import_module(package).__path__)]
    for name in (f"{package}.{module.name}" for module in modules if module.ispkg):
        if any(inner.name == subpackage for inner in pkgutil.iter_modules(import_module(name).__path__)):
            yield name
        else:
            yield from iterate_packages(name, subpackage)
