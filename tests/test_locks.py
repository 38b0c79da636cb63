"""What is installed for serving and for tests is locked, and a lock that does not fit its source is refused."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import alipay_clients, locks

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {path.stem: path.read_text(encoding="utf-8") for path in locks.list_locks(ROOT)}
NPM: dict[str, Any] = json.loads((ROOT / "tests" / "node" / "package-lock.json").read_text(encoding="utf-8"))
ENTRY = re.compile(r"^([\w.-]+)==([^\s;\\]+)[^\\]*((?:\\\n +--hash=sha256:[0-9a-f]{64} ?)*)", re.MULTILINE)


def read_pins(lock: str) -> dict[str, str]:
    return {name: version for name, version, _hashes in ENTRY.findall(LOCKS[lock])}


def test_every_lock_fits_what_it_was_written_from() -> None:
    assert set(LOCKS) == {"serve", "test", "compile", "clients", "uv", "mutants"}
    assert locks.find_problem(ROOT) is None


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the files that locks are made from, the locks and their check to another folder; return it."""
    for name in ("pyproject.toml", "tests/locks.py", "tests/node/package.json", "tests/node/package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pyproject.toml", '"click>=', '"click!=8,>='),
        ("pyproject.toml", 'requires = ["hatchling', 'requires = ["wheel", "hatchling'),
        ("pyproject.toml", 'requires-python = ">=3.11"', 'requires-python = ">=3.12"'),
        ("pyproject.toml", '"ruff>=', '"ruff!=1,>='),
        ("pyproject.toml", '"alipay-sdk-python==', '"alipay-sdk-python!='),
        ("tests/node/package.json", '"jest": "', '"jest": ">'),
        ("tests/node/package.json", '"tcb-admin-node": "', '"tcb-admin-node": ">'),
    ],
)
def test_a_lock_that_does_not_fit_is_refused_in_one_sentence(copy: Path, file: str, old: str, new: str) -> None:
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "tests/locks.py"], cwd=copy, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    (got,) = done.stderr.splitlines()
    assert got.endswith("run `make lock` and commit what it writes.")
    assert "locks/serve.txt" in got
    assert ("tests/node/package-lock.json" in got) is ("jest" in old)


def test_how_the_tables_are_written_is_of_no_matter(copy: Path) -> None:
    text = (copy / "pyproject.toml").read_text(encoding="utf-8")
    changed = text.replace('    "click>=', "    # a remark\n    'click>=").replace("description = ", "description =  ")
    (copy / "pyproject.toml").write_text(re.sub(r"'click>=([\d.]+)\"", r"'click>=\1'", changed), encoding="utf-8")
    assert locks.find_problem(copy) is None


def test_a_lock_is_signed_once(copy: Path) -> None:
    (copy / "locks" / "serve.txt").write_text(LOCKS["serve"].partition("\n")[2], encoding="utf-8")
    assert "locks/serve.txt;" in str(locks.find_problem(copy))
    for _ in range(2):
        locks.sign(copy)
        assert {path.stem: path.read_text(encoding="utf-8") for path in locks.list_locks(copy)} == LOCKS


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_locked_has_hashes_and_no_address(name: str) -> None:
    entries = ENTRY.findall(LOCKS[name])
    assert entries
    assert len(entries) == len(re.findall(r"^[^#\s]", LOCKS[name], re.MULTILINE))
    assert not [package for package, _version, hashes in entries if "--hash" not in hashes]
    assert "://" not in LOCKS[name]


def test_what_npm_locked_has_hashes_and_no_address() -> None:
    packages = {name: got for name, got in NPM["packages"].items() if name}
    assert len(packages) > 100
    assert not [name for name, got in packages.items() if "resolved" in got or "integrity" not in got]
    assert {"darwin", "linux", "win32"} <= {system for got in packages.values() for system in got.get("os", ())}


def test_what_serves_is_what_is_tested() -> None:
    assert read_pins("serve").items() <= read_pins("test").items()


def test_mutants_are_played_with_what_is_tested() -> None:
    ours, tested = read_pins("mutants"), read_pins("test")
    assert {"mutmut", "coverage"} <= ours.keys() - tested.keys()
    assert all(tested.get(name, version) == version for name, version in ours.items())


def test_the_image_is_compiled_with_what_is_tested() -> None:
    assert read_pins("compile").items() <= read_pins("test").items()


def test_what_compiles_here_is_what_the_wheel_asks_for() -> None:
    asked = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]["dependencies"]
    assert asked == PROJECT["dependency-groups"]["compile"]
    assert {tuple(each.split("==")) for each in asked} <= read_pins("test").items()


def test_clients_are_unpacked_unmodified_and_only_as_far_as_they_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alipay_clients, "FOLDER", tmp_path / "clients")
    used = [
        "alipay/aop/api/DefaultAlipayClient.py",
        "alipay/aop/api/domain/__init__.py",
        "alipay/aop/api/domain/AlipaySecurityRiskContentDetectModel.py",
        "alipay/aop/api/response/AlipayResponse.py",
        "alipay_sdk_python-1.2.dist-info/METADATA",
    ]
    unused = ["alipay/aop/api/domain/AlipayTradePayModel.py", "alipay_sdk_python-1.2.dist-info/RECORD"]
    wheel = tmp_path / "alipay_sdk_python-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in used + unused:
            archive.writestr(name, f"Metadata-Version: 2.1\nName: alipay-sdk-python\nVersion: 1.2\n\n{name}\r\n")
    alipay_clients.unpack(wheel)
    folder = tmp_path / "clients" / "alipay-sdk-python"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.relative_to(folder).as_posix() for path in files} == set(used)
    assert all(path.read_bytes().endswith(b"\r\n") for path in files)
    assert alipay_clients.find_version("alipay-sdk-python") == "1.2"
    assert alipay_clients.find_version("python-alipay-sdk") is None


def test_every_part_of_the_long_check_is_a_job_of_the_night() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    parts = re.findall(r"^check-all: (.+)$", makefile, re.MULTILINE)
    nightly = yaml.safe_load((ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8"))
    jobs = nightly["jobs"]["part"]["strategy"]["matrix"]["include"]
    assert [job["target"] for job in jobs] == parts[0].split()
    assert len({job["name"] for job in jobs}) == len(jobs)


@pytest.mark.parametrize("target", ["test-lowest", "test-latest", "test-compiled"])
def test_the_long_check_runs_what_each_change_leaves_out(target: str) -> None:
    """Else nobody would miss the tests marked `whole`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r'^WHOLE := .*-m ""$', makefile, re.MULTILINE)
    (recipe,) = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    (run,) = [line for line in recipe.splitlines() if "/pytest" in line]
    assert "$(WHOLE)" in run
