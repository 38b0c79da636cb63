"""Packages that name a provider by an entry point: what cannot be used is told in a sentence that names the package."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import assets, clients, schemas
from emulator.discovery import find_modules, find_providers
from emulator.types import Problems

GROUP = "moderation_emulator.providers"
# A provider that lacks everything: an entry point may name it all the same.
PROVIDER = """
from emulator.config.provided import Quirk, Wait
from emulator.control import Reply
from emulator.errors import Errors
from emulator.provider import Gate, Provider, Wire
from emulator.providers.alipay import PROVIDER as ALIPAY
from emulator.providers.wechat.credentials import CREDENTIALS as WECHAT
from emulator.state.credentials import CredentialKind

def make_kind(name):
    return CredentialKind(name, {}, lambda _ids: {}, dict, lambda _credentials: ())

def make_provider(name="another", prefix="another", kind=None, **more):
    wire = Wire((prefix,), None, None, None)
    errors = Errors((), internal="", unreadable="")
    return Provider(name, wire, Gate(None), errors, {}, kind or make_kind("another"), {}, **more)

PROVIDER = make_provider(%s)
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Yield a function that installs a package `outside_N` with an entry point, and returns its folder."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def install_package(code: str = "", value: str = "{}:PROVIDER", **files: str) -> Path:
        name = f"outside_{len(made)}"
        made.append(name)
        folder, info = tmp_path / name, tmp_path / f"{name}-1.0.dist-info"
        for path, text in ({"__init__.py": code} | files).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\nit = {value.format(name)}\n", encoding="utf-8")
        forget()
        return folder

    yield install_package
    for name in made:
        sys.modules.pop(name, None)
    forget()


def forget() -> None:
    """Forget what was found of packages and their files."""
    importlib.invalidate_caches()
    for found in (assets.list_packages, clients.load_clients, schemas.load_schema, schemas.load_request_schema):
        found.cache_clear()


def find_problem() -> str:
    with pytest.raises(Problems) as raised:
        find_providers()
    return str(raised.value)


@pytest.mark.parametrize(
    ("code", "value", "told"),
    [
        ("", "no_such_package:PROVIDER", "expected a package that can be imported, got no module no_such_package"),
        ("", "outside_0.wire.deep:PROVIDER", "expected a package that can be imported, got ModuleNotFoundError: "),
        ("", "calendar:PROVIDER", "expected a package, in whose folder its schemas lie, got the file "),
        ("", "{}:PROVIDER", "expected a module that can be imported, got AttributeError: "),
        ("import no_such_library", "{}:PROVIDER", "got ModuleNotFoundError: No module named 'no_such_library'"),
        ("1 / 0", "{}:PROVIDER", "got ZeroDivisionError: division by zero"),
        ("PROVIDER = 1", "{}:PROVIDER", "expected a Provider, got a value of type int"),
        ("PROVIDER = 1", "{}", "expected a Provider, got a value of type module"),
    ],
)
def test_an_entry_point_that_leads_to_no_provider(install: Install, code: str, value: str, told: str) -> None:
    install(code, value)
    problem = find_problem()
    assert problem.startswith(f"outside_0 1.0: {GROUP}: it = {value.format('outside_0')}: expected ")
    assert told in problem


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("'wechat'", "expected the name wechat to be of one provider, got that wechat has it too"),
        ("prefix='wxa'", "expected the path prefix /wxa to be of one provider, got that wechat has it too"),
        ("prefix=''", "expected the path prefix / to be of one provider, got that aliyun_imageaudit has it too"),
        ("prefix='_emulator'", "expected a path prefix of its own, got that of the control API, /_emulator/"),
        (
            "kind=make_kind('wechat')",
            "expected the credentials wechat to be of one provider, got that wechat has it too",
        ),
        ("kind=make_kind('id')", "expected a name that the settings do not have, got 'id'"),
        ("'limits'", "expected a name that the settings do not have, got 'limits'"),
        ("'gaps'", "expected a name that the settings do not have, got 'gaps'"),
        ("'../a'", "expected a name of small letters, digits and underscores, got '../a'"),
        (
            "quirks=(Quirk('wechat.review', (1, 2), 'ours'),)",
            "expected the quirk wechat.review to be of one provider, got that wechat has it too",
        ),
        (
            "waits={next(iter(ALIPAY.waits)): Wait(9.9)}",
            "to be of one provider, got that alipay has it too",
        ),
        (
            "control_routes=(ALIPAY.control_routes[0]._replace(endpoint=Reply),)",
            "expected the endpoint ",
        ),
    ],
)
def test_a_name_that_is_taken(install: Install, given: str, told: str) -> None:
    install(PROVIDER % given)
    assert told in find_problem()


def test_two_packages_with_one_name(install: Install) -> None:
    install(PROVIDER % "")
    install(PROVIDER % "prefix='b', kind=make_kind('b')")
    assert "outside_1 1.0: " in (problem := find_problem())
    assert "expected the name another to be of one provider, got that another has it too" in problem


def test_providers_of_one_vendor_share_what_is_the_same(install: Install) -> None:
    """Credentials of the emulator's own, too."""
    install(PROVIDER % "kind=WECHAT")
    assert find_providers()["another"].credentials is find_providers()["wechat"].credentials
    assert find_modules()["another"] == "outside_0"


def test_all_bad_packages_are_told_at_once(install: Install) -> None:
    install(value="no_such_package:A")
    install(value="nor_this:B")
    assert find_problem().count("expected a package that can be imported") == 2


def test_its_files_are_looked_for_behind_those_of_the_emulator(install: Install) -> None:
    folder = install(PROVIDER % "", **{"schemas/another/x.json": "{}", "schemas/wechat/credentials.json": "no JSON"})
    assert assets.find_schema("another/x") == folder / "schemas" / "another" / "x.json"
    assert assets.find_schema("wechat/credentials").parents[1] == assets.SCHEMAS
    assert assets.list_folders(assets.SCHEMAS) == [assets.SCHEMAS, folder / "schemas"]
    assert assets.list_folders(assets.FIXTURES) == [assets.FIXTURES]
    with pytest.raises(Problems) as raised:
        assets.find_schema("another/y")
    searched = f"{assets.SCHEMAS} or {folder / 'schemas'}"
    assert str(raised.value) == f"schemas/another/y.json: $: expected a schema, got no such file in {searched}"


@pytest.mark.parametrize("text", ["no JSON", '{"x-errorss": {}}', '{"type": "nothing"}'])
def test_a_schema_that_is_none_is_told_with_its_file(install: Install, text: str) -> None:
    folder = install(PROVIDER % "", **{"schemas/another/x.json": text})
    with pytest.raises(Problems) as raised:
        schemas.load_schema("another/x")
    assert str(raised.value).startswith(f"{folder}/schemas/another/x.json: $: expected a JSON Schema, got ")


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", json.dumps({"credentials": "a", "unheard": 1})])
def test_clients_that_are_none_are_told_with_their_file(install: Install, text: str) -> None:
    folder = install(PROVIDER % "", **{"clients.json": text})
    with pytest.raises(Problems) as raised:
        clients.load_clients()
    assert str(raised.value).startswith(f"{folder}/clients.json: $: expected an object with credentials, variables, ")


def test_the_command_tells_it_and_ends(install: Install) -> None:
    folder = install("1 / 0")
    for verb in ("serve", "check", "errors", "env"):
        done = subprocess.run(
            [sys.executable, "-m", "emulator", verb],
            env={"PYTHONPATH": f"{folder.parent}:{Path(assets.__file__).parents[1]}"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        told = done.stderr.splitlines()[-1]
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert told.startswith(f"outside_0 1.0: {GROUP}: it = outside_0:PROVIDER: expected a module")
        assert told.endswith("got ZeroDivisionError: division by zero")
