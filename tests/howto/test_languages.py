"""The pages of one language each: every block is run, and every setting of a client is one that the tests use."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests import browser
from tests.client_table import list_go_modules
from tests.howto.pages import DOCS, LANGUAGES, README, ROOT, Block, list_blocks, read_prose
from tests.howto.test_examples import OFFLINE, make_environment

NODE = ROOT / "tests" / "node"
MODULES = NODE / "node_modules"
GO = ROOT / "tests" / "go"
RECIPES = Path(__file__).parent / "recipes"
# Nothing is fetched. What Go has built and fetched is below the home that a run of tests has before it gets its own.
GO_ENVIRONMENT = {"HOME": str(Path.home()), "GOPROXY": "off"}


def list_code(page: str, kind: str) -> list[Block]:
    return [block for block in list_blocks(DOCS / f"{page}.md") if block.kind == kind]


def run(folder: Path, *command: str, **more: str) -> str:
    """Run a command in a folder; return all that it says. It must succeed."""
    environment = make_environment(more)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def list_settings(page: str) -> list[str]:
    """Return the code in the last table of a page: how each client is pointed here."""
    rows = read_prose(DOCS / f"{page}.md").rpartition("|---|---|\n")[2].partition("\n\n")[0].splitlines()
    return [code for row in rows for code in re.findall("`([^`]+)`", row.split("|")[2])]


def read_sources(*files: Path) -> str:
    """Return files as one text in which each run of blanks is one blank."""
    return re.sub(r"\s+", " ", " ".join(file.read_text(encoding="utf-8") for file in files))


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """Return a folder with a module of Go that requires what the clients of the tests require."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    if not (ROOT / ".venv" / "go" / "clients").exists():
        pytest.skip("the modules of Go are not there: `make test-go` fetches them")
    required = (GO / "go.mod").read_text(encoding="utf-8")
    (tmp_path / "go.mod").write_text(required.replace("module clients", "module shop"), encoding="utf-8")
    shutil.copy(GO / "go.sum", tmp_path)
    return tmp_path


def test_go_from_nothing_to_a_passing_test(module: Path) -> None:
    """Nothing is fetched here: what the block would fetch is what the tests have."""
    (block,) = list_code("go", "bash")
    fetched = dict(re.findall(r"^go get github\.com/(\S+)@v(\S+)$", block.text, re.MULTILINE))
    assert fetched
    assert fetched.items() <= list_go_modules().items()
    script = re.sub(r"^go get .*$", "mv ../go.mod ../go.sum .", block.text, flags=re.MULTILINE)
    assert "ok  \tshop" in run(module, "bash", "-ec", script, **GO_ENVIRONMENT)


def test_go_an_account_for_each_test(live: RunningServer, module: Path) -> None:
    (block,) = (each for each in list_code("go", "go") if each.text.startswith("package "))
    (module / "clean_test.go").write_text(block.text, encoding="utf-8")
    (module / "moderation").mkdir()
    shutil.copy(RECIPES / "go" / "emulator.go", module / "moderation")
    assert not run(module, "gofmt", "-l", ".")
    run(module, "go", "vet", "./...", **GO_ENVIRONMENT)
    said = run(module, "go", "test", "-v", "./...", EMULATOR_URL=live.url, **GO_ENVIRONMENT)
    assert said.count("--- PASS") == block.text.count("func Test")
    assert live.control("GET", "accounts").json()["total"] == 1


def test_go_a_test_that_fails_tells_why(live: RunningServer, module: Path) -> None:
    (module / "moderation").mkdir()
    shutil.copy(RECIPES / "go" / "emulator.go", module / "moderation")
    test = 'package shop\nimport ("testing"; "shop/moderation")\nfunc Test(t *testing.T) {{ {} }}\n'
    body = 'moderation.Open(t).Verify(moderation.JSON{"operation": "ScanText"}, 1)'
    (module / "clean_test.go").write_text(test.format(body), encoding="utf-8")
    with pytest.raises(
        AssertionError, match=r"0 calls match .*ScanText.*, 1 were expected[\s\S]*journal, newest first"
    ):
        run(module, "go", "test", "./...", EMULATOR_URL=live.url, **GO_ENVIRONMENT)
    assert live.control("GET", "accounts").json()["total"] == 1


def test_go_sources_have_the_form_of_gofmt(module: Path) -> None:
    assert run(module, "gofmt", "-l", str(GO), str(RECIPES / "go")) == ""


def test_go_settings_are_those_of_the_clients_that_are_tested() -> None:
    sources = read_sources(*GO.glob("*.go"))
    parts = [block.text for block in list_code("go", "go") if not block.text.startswith("package ")]
    shown = [re.sub(r"\s+", " ", each).strip() for each in (*list_settings("go"), *parts)]
    assert len(shown) > len(parts) > 0
    assert [each for each in shown if each not in sources] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with the packages of Node that the tests have."""
    if shutil.which("npm") is None or not MODULES.is_dir():
        pytest.skip("needs npm, and the JavaScript packages that `make test` fetches")
    (tmp_path / "node_modules").symlink_to(MODULES)
    return tmp_path


def list_node_files() -> dict[str, str]:
    """Return the files that the page of Node shows; the first line of each says its name."""
    return {re.split("[ :]", block.text.removeprefix("// "))[0]: block.text for block in list_code("node", "js")}


def test_node_from_nothing_to_a_passing_test(project: Path) -> None:
    (block,) = list_code("node", "bash")
    (installed,) = re.findall(r"^npm install --save-dev (.*)$", block.text, re.MULTILINE)
    packages = json.loads((NODE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {name.rpartition("@")[::2] for name in installed.split()} <= packages.items()
    script = block.text.replace(f"npm install --save-dev {installed}", "mv ../node_modules .")
    assert "2 passed" in run(project, "bash", "-ec", script)


RUNNERS = {
    "jest": (("jest.config.js", "clean.test.js"), ("jest", "--ci", "--no-watchman"), "2 passed, 2 total"),
    "vitest": (("vitest.config.mjs", "clean.test.mjs"), ("vitest", "run"), "2 passed"),
    "playwright": (("playwright.config.cjs", "comment.spec.cjs"), ("playwright", "test"), "1 passed"),
}


@pytest.mark.parametrize("elsewhere", [True, False], ids=["EMULATOR_URL", "its own emulator"])
@pytest.mark.parametrize("runner", RUNNERS)
def test_node_an_account_for_each_test(live: RunningServer, project: Path, runner: str, elsewhere: bool) -> None:
    """An emulator of its own ends with the run: one that lived on would hold the pipe of errors, and this test."""
    files, (command, *options), said = RUNNERS[runner]
    if runner == "playwright" and browser.CHROMIUM is None:
        pytest.skip("no chromium is installed")
    for name in files:
        (project / name).write_text(list_node_files()[name], encoding="utf-8")
    shutil.copy(RECIPES / "node" / "moderation-emulator.cjs", project)
    (project / "package.json").write_text("{}", encoding="utf-8")
    environment = {"CHROMIUM": str(browser.CHROMIUM), "EMULATOR_URL": live.url if elsewhere else "", "NO_COLOR": "1"}
    assert said in run(project, str(MODULES / ".bin" / command), *options, **environment)
    assert live.control("GET", "accounts").json()["total"] == 1


def test_node_shows_only_files_that_are_run() -> None:
    assert set(list_node_files()) == {name for files, _command, _said in RUNNERS.values() for name in files}


def test_node_settings_are_those_of_the_clients_that_are_tested() -> None:
    sources = read_sources(NODE / "clients.cjs")
    shown = list_settings("node")
    assert shown
    assert [each for each in shown if each not in sources] == []


def test_python_from_nothing_to_a_passing_test(checkout: Path) -> None:
    pytest.importorskip("hatchling", reason="without hatchling nothing can be built here")
    (block,) = list_code("python", "bash")
    folder = checkout.parent / "shop"
    folder.mkdir()
    assert "1 passed" in run(folder, "bash", "-ec", block.text, **OFFLINE)


def test_python_an_account_for_each_test(tmp_path: Path) -> None:
    (block,) = list_code("python", "python")
    (tmp_path / "test_clean.py").write_text(block.text, encoding="utf-8")
    command = (sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    assert "2 passed" in run(tmp_path, *command)


def test_python_settings_are_those_of_the_examples() -> None:
    """Which are run by test_examples.py, and by the tests of Alipay's gateway."""
    script = ROOT / "tests" / "providers" / "alipay" / "gateway" / "clients" / "community.py"
    sources = read_sources(README, DOCS / "callbacks.md", script)
    shown = list_settings("python")
    assert shown
    assert [each for each in shown if each not in sources] == []


def test_each_page_of_a_language_has_blocks_of_its_own_kinds() -> None:
    kinds = {page.stem: {block.kind for block in list_blocks(page)} for page in LANGUAGES}
    assert kinds == {"go": {"bash", "go"}, "node": {"bash", "js"}, "python": {"bash", "python"}}
