"""What is shipped: everything the command needs, and nothing else."""

import ast
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import emulator
import moderation_emulator

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# What a library is called when it is imported, where it differs from what it is called when it is installed.
IMPORTED = {
    "protobuf": "google",
    "google-re2": "re2",
    "pillow": "PIL",
    "pyahocorasick": "ahocorasick",
    "pyyaml": "yaml",
    "backports.zstd": "backports",
}
# aiohttp hands it out as part of its own interface.
WITH_AIOHTTP = {"yarl"}
# pytest loads the plug-in that imports it; whoever runs the contract suite has both.
WITH_SUITE = {"pytest", "requests"}
# Python's own from 3.14 on, in the place of backports.zstd.
FROM_3_14 = {"compression"}
# Knows the authorities that a system without any lacks; used where it is installed.
IF_INSTALLED = {"certifi"}


def list_files(folder: str) -> set[str]:
    """Return the files of a folder of the project, by their paths in it, as git would have them."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT / folder).as_posix() for path in found}


def list_packed(wheel: zipfile.ZipFile, folder: str) -> set[str]:
    names = (name for name in wheel.namelist() if name.startswith(f"{folder}/"))
    return {name.removeprefix(f"{folder}/") for name in names}


def test_wheel_holds_package_and_assets(wheel: zipfile.ZipFile) -> None:
    package = {name for name in list_packed(wheel, "emulator") if not name.startswith("_assets/")}
    assert package == list_files("emulator")
    assert "py.typed" in package
    assert list_packed(wheel, "moderation_emulator") == list_files("moderation_emulator")
    for folder in ("fixtures", "schemas"):
        assert list_packed(wheel, f"emulator/_assets/{folder}") == list_files(folder)


def test_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"emulator", "moderation_emulator", f"moderation_emulator-{emulator.__version__}.dist-info"}


def test_sources_are_shipped_whole(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="without hatchling nothing can be built here")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, timeout=60, check=True)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("emulator", "moderation_emulator", "fixtures", "schemas"):
        assert {f"{folder}/{name}" for name in list_files(folder)} <= names


def test_wheel_tells_what_it_is(wheel: zipfile.ZipFile) -> None:
    (place,) = (name.partition("/")[0] for name in wheel.namelist() if name.endswith("/METADATA"))
    found = wheel.read(f"{place}/METADATA").decode()
    assert "\nName: moderation-emulator\n" in found
    assert Path(str(wheel.filename)).name == f"moderation_emulator-{emulator.__version__}-py3-none-any.whl"
    assert f"\nVersion: {emulator.__version__}\n" in found
    assert "\nLicense-Expression: Apache-2.0\n" in found
    assert "moderation-emulator = emulator.cli:main" in wheel.read(f"{place}/entry_points.txt").decode()
    assert "moderation_emulator = moderation_emulator\n" in wheel.read(f"{place}/entry_points.txt").decode()
    assert wheel.read(f"{place}/licenses/LICENSE")


def test_what_was_unpacked_runs_by_itself(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Away from the sources, the fixtures and schemas come from the wheel."""
    wheel.extractall(tmp_path)
    script = "import emulator.assets, sys; from emulator.cli import main; print(emulator.assets.ROOT); main(['check'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    root, counted = done.stdout.splitlines()
    assert root == str(tmp_path / "emulator" / "_assets")
    assert re.fullmatch(r"[1-9][0-9]* rules in [1-9][0-9]* files", counted)
    assert done.returncode == 0


def test_pytest_finds_the_plug_in_of_what_was_installed(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    test = "def test_it(moderation_emulator): assert moderation_emulator.journal() == []\n"
    (tmp_path / "test_sample.py").write_text(test, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_sample.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_every_room_that_is_to_be_compiled_exists() -> None:
    hook = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]
    assert not [room for room in hook["include"] if not any(ROOT.glob(room.removeprefix("/")))]


def test_everything_imported_is_declared() -> None:
    declared = {re.split(r"[<>=!;\[ ]", each, maxsplit=1)[0].lower() for each in PROJECT["project"]["dependencies"]}
    known = (
        {IMPORTED.get(name, name.replace("-", "_")) for name in declared}
        | WITH_AIOHTTP
        | WITH_SUITE
        | FROM_3_14
        | IF_INSTALLED
        | {"emulator", "moderation_emulator"}
    )
    imported = set()
    for path in [*(ROOT / "emulator").rglob("*.py"), *(ROOT / "moderation_emulator").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add(str(node.module).partition(".")[0])
    assert imported - set(sys.stdlib_module_names) <= known
    assert known - imported <= {"rich"}


def test_sources_name_what_is_there() -> None:
    project = PROJECT["project"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", emulator.__version__)
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "emulator/__init__.py"
    for name in (project["readme"], *project["license-files"]):
        assert (ROOT / name).stat().st_size > 100
    for folder, place in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
        assert list_files(folder)
        assert place == f"emulator/_assets/{folder}"
    for name in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]:
        assert (ROOT / name.lstrip("/")).exists()


def test_types_are_promised() -> None:
    """PEP 561: without py.typed, mypy takes nothing from an installed package."""
    for package in (emulator, moderation_emulator):
        assert (Path(str(package.__file__)).parent / "py.typed").exists()
