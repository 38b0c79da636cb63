"""A virtual environment with pytest and what we ship, but none of the libraries that the server needs."""

import subprocess
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement


class BareEnvironment:
    """An environment in a folder, made of links to what is installed here: nothing is downloaded."""

    def __init__(self, folder: Path, wheel: zipfile.ZipFile) -> None:
        venv.create(folder, symlinks=True)
        self.python = folder / "bin" / "python"
        (site,) = folder.glob("lib/python*/site-packages")
        wheel.extractall(site)
        for name in sorted(_find_dependencies("pytest")):
            for top in _list_top_folders(name):
                (site / top).symlink_to(str(distribution(name).locate_file(top)))

    def run(self, *arguments: str, folder: Path, **variables: str) -> tuple[int, str]:
        """Run a command; return the exit code and everything that was printed."""
        done = subprocess.run(
            [self.python, *arguments],
            cwd=folder,
            env={"PATH": "", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout

    def run_pytest(self, *options: str, folder: Path, **variables: str) -> tuple[int, str]:
        return self.run("-m", "pytest", "-p", "no:cacheprovider", *options, folder=folder, **variables)


def _find_dependencies(name: str) -> set[str]:
    """Return a distribution and all that it needs."""
    needed = {name}
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed |= _find_dependencies(requirement.name)
    return needed


def _list_top_folders(name: str) -> set[str]:
    """Return what a distribution puts into site-packages."""
    tops = {path.parts[0] for path in distribution(name).files or ()}
    return tops - {"..", "__pycache__"}
