"""Does without a Docker engine what one does with our Dockerfile: its steps, in a root of their own, and its process.

The system of the base image is that of this machine: /usr, /etc and /var as they are, Python without its packages. What
a step changes there lies in a layer beside it, which is mounted over it in a namespace of the step alone.
"""

import ensurepip
import fnmatch
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from tests.image.dockerfile import Instruction, Stage, fill_in, read_pairs

ROOT = Path(__file__).parents[2]
PREFIX = Path(sys.base_prefix)
PATH = f"{PREFIX}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What leads to the package registries, and is trusted, on a machine behind others.
_PASSED_ON = ("PIP_*", "*_PROXY", "*_proxy", "SSL_CERT_*", "REQUESTS_CA_BUNDLE")
_LAYERED = tuple(dict.fromkeys((Path("/usr"), Path("/etc"), Path("/var"), PREFIX)))
_TIMEOUT = 900  # seconds for a step; the compiler takes minutes


class Place(NamedTuple):
    """The folder of one stage: `root` is what its processes see, beside it lie the layers."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def list_mounts(self, read_only: bool) -> list[str]:
        """Return the lines of a shell that make the root whole, in a mount namespace of its own."""
        lines = [f"mount --bind {self.root} {self.root}"]
        for number, lower in enumerate(_LAYERED):
            upper, work = self.folder / f"layer-{number}", self.folder / f"work-{number}"
            options = f"lowerdir={lower},upperdir={upper},workdir={work}"
            lines.append(f"mount -t overlay overlay -o {options} {self.root}{lower}")
        if read_only:
            lines += [f"mount -o remount,bind,ro {self.root}{lower}" for lower in (*_LAYERED, "")]
        devices = [f"mount --rbind /dev {self.root}/dev", f"mount -t proc proc {self.root}/proc"]
        return [*lines, *devices]


def make_place(folder: Path) -> Place:
    """Make a root in which there is nothing but the system, and a Python with pip alone."""
    place = Place(folder)
    for name in ("dev", "proc", "tmp", "root"):
        (place.root / name).mkdir(parents=True)
    (place.root / "tmp").chmod(0o1777)
    for number, lower in enumerate(_LAYERED):
        (place.root / lower.relative_to("/")).mkdir(parents=True, exist_ok=True)
        for kind in ("layer", "work"):
            (folder / f"{kind}-{number}").mkdir()
    for link in Path("/").iterdir():
        if link.is_symlink() and str(link.readlink()).removeprefix("/").startswith("usr/"):
            (place.root / link.name).symlink_to(link.readlink())
    layer = folder / f"layer-{_LAYERED.index(PREFIX)}"
    packages = layer / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    os.setxattr(packages, "trusted.overlay.opaque", b"y")  # what lies below does not show through
    (pip,) = Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl")
    with zipfile.ZipFile(pip) as archive:
        archive.extractall(packages)
    return place


def run(place: Place, command: list[str], environment: dict[str, str], where: str = "/") -> None:
    """Run a command in a root, as root. Raises CalledProcessError."""
    given = [f"{name}={value}" for name, value in environment.items()]
    script = "\n".join(["set -e", *place.list_mounts(read_only=False), 'exec chroot "$0" env -i -C "$@"'])
    subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, str(place.root), where, *given, *command],
        check=True,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
    )


def list_context(ignored: str) -> set[Path]:
    """Return what the file .dockerignore leaves of the checkout, for files that name what is taken."""
    first, *rest = [line for line in ignored.splitlines() if line and not line.startswith("#")]
    assert first == "*"
    taken = {ROOT / line.removeprefix("!") for line in rest if line.startswith("!")}
    assert [line for line in rest if not line.startswith("!")] == ["**/__pycache__"]
    return taken


class Builder:
    """Builds the stages of a Dockerfile below a folder, with values for its arguments."""

    def __init__(self, folder: Path, arguments: dict[str, str]) -> None:
        self._folder = folder
        self._arguments = arguments
        self._context = list_context((ROOT / ".dockerignore").read_text(encoding="utf-8"))
        self.places: dict[str, Place] = {}
        self.environment: dict[str, str] = {}
        self._where = "/"

    def build(self, stage: Stage) -> Place:
        """Build a stage; return where it is. Its variables are in `environment`. Raises CalledProcessError."""
        place = self.places[stage.name] = make_place(self._folder / (stage.name or "final"))
        passed_on = [name for name in os.environ for pattern in _PASSED_ON if fnmatch.fnmatchcase(name, pattern)]
        machine = {name: os.environ[name] for name in passed_on} | {"HOME": "/root"}
        self.environment, self._where = {"PATH": PATH}, "/"
        arguments: dict[str, str] = {}
        for step in stage.instructions:
            if step.name == "ARG":
                arguments |= read_pairs(step.text) | {
                    name: value for name, value in self._arguments.items() if name in read_pairs(step.text)
                }
            elif step.name == "ENV":
                self.environment |= read_pairs(fill_in(step.text, self.environment))
            elif step.name == "WORKDIR":
                self._where = step.text
                (place.root / step.text.removeprefix("/")).mkdir(parents=True, exist_ok=True)
            elif step.name == "COPY":
                self._copy(place, step)
            elif step.name == "RUN":
                run(place, ["sh", "-c", step.text], machine | arguments | self.environment, self._where)
        return place

    def _copy(self, place: Place, step: Instruction) -> None:
        *names, target = step.text.split()
        there = place.root / str(Path(self._where, target)).removeprefix("/")
        for name in names:
            if "from" in step.options:
                source = self.places[step.options["from"]].root / name.removeprefix("/")
            else:
                source = ROOT / name
                assert source in self._context, f"{name} is ignored"
            if source.is_dir():
                shutil.copytree(source, there, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                there.mkdir(exist_ok=True)
                shutil.copy(source, there)
