"""Assets: the folders fixtures/ and schemas/, which lie inside the wheel or beside the sources.

A package that brings a provider from outside names it by an entry point of `GROUP`, and has such folders of its own.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from emulator.types import Problem, Problems

_HERE = Path(__file__).parent
ROOT = _HERE / "_assets" if (_HERE / "_assets").is_dir() else _HERE.parent
FIXTURES = ROOT / "fixtures"
SCHEMAS = ROOT / "schemas"
GROUP = "moderation_emulator.providers"


class Package(NamedTuple):
    """A package that brings a provider from outside.

    folder: Where it lies.
    entry_point: The entry point that names the provider.
    """

    folder: Path
    entry_point: EntryPoint

    def build_problem(self, expected: str, got: str) -> Problem:
        """Return a problem of the provider, which says where it comes from."""
        return _build_problem(self.entry_point, expected, got)


@cache
def list_packages() -> tuple[Package, ...]:
    """Return the packages that bring providers, in the order of the names of their entry points.

    Raises Problems for entry points that name no package.
    """
    found = sorted(entry_points(group=GROUP))
    packages = [package for each in found if isinstance(package := _find_package(each), Package)]
    if len(packages) < len(found):
        raise Problems([problem for each in found if isinstance(problem := _find_package(each), Problem)])
    return tuple(packages)


def _find_package(entry_point: EntryPoint) -> Package | Problem:
    """Return the package that an entry point names, or why it names none. A package on top is not run for that."""
    try:
        spec = find_spec(entry_point.module)
    except Exception as error:
        return _build_problem(entry_point, "a package that can be imported", f"{type(error).__name__}: {error}")
    if spec is None:
        return _build_problem(entry_point, "a package that can be imported", f"no module {entry_point.module}")
    if not spec.submodule_search_locations:
        return _build_problem(entry_point, "a package, in whose folder its schemas lie", f"the file {spec.origin}")
    return Package(Path(next(iter(spec.submodule_search_locations))), entry_point)


def _build_problem(entry_point: EntryPoint, expected: str, got: str) -> Problem:
    source = f"{entry_point.dist.name} {entry_point.dist.version}" if entry_point.dist else "installed package"
    return Problem(f"{GROUP}: {entry_point.name} = {entry_point.value}", expected, got, source)


def list_folders(folder: Path) -> list[Path]:
    """Return one of the emulator's own folders, then the folders of the same name that packages have."""
    others = dict.fromkeys(package.folder / folder.name for package in list_packages())
    return [folder, *(other for other in others if other.is_dir())]


def find_schema(name: str) -> Path:
    """Return the file of a schema; `name` has no `.json`. Raises Problems where it is missing."""
    folders = list_folders(SCHEMAS)
    for folder in folders:
        if (file := folder / f"{name}.json").is_file():
            return file
    searched = " or ".join(map(str, folders))
    raise Problems([Problem("$", "a schema", f"no such file in {searched}", f"schemas/{name}.json")])
