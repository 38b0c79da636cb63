"""The pages of one language each: every block is run, and every setting of a client is one that the tests use."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.client_table import list_go_modules
from tests.howto.pages import DOCS, LANGUAGES, ROOT, Block, list_blocks, read_prose
from tests.howto.test_examples import make_environment

GO = ROOT / "tests" / "go"
RECIPES = Path(__file__).parent / "recipes"
# Where Go keeps what it has built and fetched, before a run of tests gets a home of its own.
HOME = Path.home()
GO_ENVIRONMENT = {
    "GOCACHE": os.environ.get("GOCACHE", f"{HOME}/.cache/go-build"),
    "GOMODCACHE": os.environ.get("GOMODCACHE", f"{HOME}/go/pkg/mod"),
    "GOPROXY": "off",
}


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


def test_go_settings_are_those_of_the_clients_that_are_tested() -> None:
    sources = read_sources(*GO.glob("*.go"))
    parts = [block.text for block in list_code("go", "go") if not block.text.startswith("package ")]
    shown = [re.sub(r"\s+", " ", each).strip() for each in (*list_settings("go"), *parts)]
    assert len(shown) > len(parts) > 0
    assert [each for each in shown if each not in sources] == []


def test_each_page_of_a_language_has_blocks_of_its_own_kinds() -> None:
    kinds = {page.stem: {block.kind for block in list_blocks(page)} for page in LANGUAGES}
    assert kinds == {"go": {"bash", "go"}}
