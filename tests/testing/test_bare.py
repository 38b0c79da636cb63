"""The kit by itself: without the server's libraries, and where a project has a package named `emulator` of its own."""

import zipfile
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.testing.bare import BareEnvironment

NO_LIBRARIES = "the server and its command need the libraries of moderation-emulator"
HIDDEN = "another package named emulator, {}, hides that of moderation-emulator"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, wheel: zipfile.ZipFile) -> BareEnvironment:
    return BareEnvironment(tmp_path_factory.mktemp("bare"), wheel)


USING = """
import json, urllib.request
import pytest
from moderation_emulator import Emulator, LeakGuard, verify_callback, walk

def call(account):
    url = f"{account.url}/alipay/my.textRiskIdentification?account={account.id}"
    with urllib.request.urlopen(url, json.dumps({"content": "hello", "type": ["keyword", "0"]}).encode()) as answer:
        assert json.load(answer)

def test_rules(moderation_emulator):
    moderation_emulator.verdict("ad", {"text": "hello"}, times=1)
    call(moderation_emulator)
    call(moderation_emulator)
    moderation_emulator.verify({"text": "hello"}, 2)
    moderation_emulator.verify({"outcome": "verdict"}, 1)
    moderation_emulator.advance(60)

@pytest.mark.moderation_rules("rules.json")
def test_marker(moderation_emulator):
    pass

def test_without_fixture():
    with Emulator() as emulator:
        emulator.verdict("ad")

def test_told(moderation_emulator):
    call(moderation_emulator)
    assert 0
"""


def test_it_works_with_a_server_elsewhere(bare: BareEnvironment, live: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(USING, encoding="utf-8")
    (tmp_path / "rules.json").write_text('[{"match": {"text": "hello"}, "verdict": "ad"}]', encoding="utf-8")
    code, said = bare.run_pytest("--strict-markers", "-W", "error", folder=tmp_path, EMULATOR_URL=live.url)
    assert code == 1, said
    assert "3 passed" in said, said
    assert "1 failed" in said
    assert "my.textRiskIdentification  200  pass by default" in said
    assert live.control("GET", "accounts").json()["total"] == 1


STARTING = """
import pytest
from moderation_emulator import Crashed, Emulator

def test_fixture(moderation_emulator):
    pass

def test_by_hand():
    with Emulator():
        pass
"""


def test_what_a_server_of_its_own_lacks_is_reported_in_a_sentence(bare: BareEnvironment, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(STARTING, encoding="utf-8")
    code, said = bare.run_pytest("-rN", folder=tmp_path)
    assert code == 1, said
    assert said.count(NO_LIBRARIES) == 2
    assert "EMULATOR_URL" in said
    assert "Traceback" not in said
    assert "emulator/testing" not in said


@pytest.mark.parametrize("arguments", [["env"], ["--help"], ["serve"]])
def test_the_command_says_so_as_well(bare: BareEnvironment, tmp_path: Path, arguments: list[str]) -> None:
    code, said = bare.run("-m", "emulator", *arguments, folder=tmp_path)
    assert code == 1
    assert said.count("\n") == 1
    assert said.startswith(f"No module named 'click': {NO_LIBRARIES}")


MARKED = """
import pytest

@pytest.mark.moderation_rules("good.yaml")
def test_good(moderation_emulator): pass

@pytest.mark.moderation_rules("bad.yaml")
def test_bad(moderation_emulator): pass

@pytest.mark.moderation_rules("none.yaml")
def test_none(moderation_emulator): pass
"""


def test_rule_files_are_read_by_the_server(bare: BareEnvironment, live: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(MARKED, encoding="utf-8")
    (tmp_path / "good.yaml").write_text("- match: {text: hello}\n  verdict: ad\n", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("- match:\n    text: hello\n  verdict: BAD\n", encoding="utf-8")
    code, said = bare.run_pytest(folder=tmp_path, EMULATOR_URL=live.url)
    assert code == 1, said
    assert "1 passed" in said
    assert "bad.yaml:3: $[0].verdict: expected " in said
    assert "none.yaml:1: $: expected a readable file" in said
    assert "Traceback" not in said


# -- a project with a package named emulator of its own


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with such a package, and tests of it that do not know this project."""
    (tmp_path / "emulator").mkdir()
    (tmp_path / "emulator" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "emulator" / "core.py").write_text("ANSWER = 42\n", encoding="utf-8")
    test = "from emulator.core import ANSWER\n\ndef test_it(): assert ANSWER == 42\n"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_core.py").write_text(test, encoding="utf-8")
    return tmp_path


def test_its_tests_run_and_it_is_said_once_that_ours_is_off(bare: BareEnvironment, project: Path) -> None:
    code, said = bare.run_pytest(folder=project)
    assert code == 0, said
    assert "1 passed, 1 warning" in said
    assert said.count(HIDDEN.format(project / "emulator" / "__init__.py")) == 1


def test_its_tests_run_where_warnings_are_errors(bare: BareEnvironment, project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    code, said = bare.run_pytest("--strict-markers", "--strict-config", folder=project)
    assert code == 0, said
    assert said.count(HIDDEN.format(project / "emulator" / "__init__.py")) == 1


@pytest.mark.parametrize("settings", ["pythonpath = .", ""])
def test_its_tests_run_whenever_their_package_comes_to_be_found(
    bare: BareEnvironment, project: Path, settings: str
) -> None:
    """Not from the working directory, but from the settings or by a conftest: then ours must not have come first."""
    (project / "pytest.ini").write_text(f"[pytest]\n{settings}\n", encoding="utf-8")
    (project / "conftest.py").write_text("", encoding="utf-8")
    code, said = bare.run("-P", "-m", "pytest", "-p", "no:cacheprovider", folder=project)
    assert code == 0, said
    assert "1 passed" in said


def test_what_is_ours_says_there_why_it_does_not_work(
    bare: BareEnvironment, project: Path, live: RunningServer
) -> None:
    text = """
def test_fixture(moderation_emulator): pass
def test_guard(moderation_leak_guard): pass
def test_kit():
    from moderation_emulator import Emulator
"""
    (project / "tests" / "test_ours.py").write_text(text, encoding="utf-8")
    code, said = bare.run_pytest("-rN", "-p", "no:warnings", folder=project, EMULATOR_URL=live.url)
    assert code == 1, said
    assert "1 failed, 1 passed, 2 errors" in said
    assert said.count(HIDDEN.format(project / "emulator" / "__init__.py")) == 3


def test_a_guard_for_all_tests_is_not_left_out_in_silence(bare: BareEnvironment, project: Path) -> None:
    code, said = bare.run_pytest("-o", "moderation_leak_guard=true", folder=project)
    assert code == 4, said
    assert "moderation_leak_guard cannot guard: another package named emulator" in said


def test_a_folder_that_is_no_package_hides_nothing(bare: BareEnvironment, live: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "emulator").mkdir()  # what `shim -o emulator` makes
    (tmp_path / "emulator" / "my.mjs").write_text("", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(moderation_emulator): pass\n", encoding="utf-8")
    code, said = bare.run_pytest("-W", "error", folder=tmp_path, EMULATOR_URL=live.url)
    assert code == 0, said


# -- types

TYPED = """
from datetime import UTC, datetime

from moderation_emulator import Account, Emulator, walk


def it(moderation_emulator: Account) -> str:
    moderation_emulator.set_clock(datetime.now(UTC))
    reveal_type(walk(moderation_emulator, "ScanText", lambda: None).failures)
    return Emulator().url


Emulator(account=1)
Emulator.nonsense
"""


def test_a_strict_type_checker_sees_the_kit(bare: BareEnvironment, tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api", reason="without mypy nobody checks types here")
    (tmp_path / "typed.py").write_text(TYPED, encoding="utf-8")
    options = ["--strict", "--python-executable", str(bare.python), "--cache-dir", str(tmp_path / "cache")]
    said, errors, _code = api.run([*options, str(tmp_path / "typed.py")])
    assert not errors
    found = [line.partition("typed.py:")[2] for line in said.splitlines() if "typed.py:" in line]
    assert found == [
        '9: note: Revealed type is "list[emulator.testing.steps.Step]"',
        '13: error: Argument "account" to "Emulator" has incompatible type "int"; expected "str"  [arg-type]',
        '14: error: "type[Emulator]" has no attribute "nonsense"  [attr-defined]',
    ]
