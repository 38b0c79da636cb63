"""Every command and every example of the READMEs runs, against a live emulator."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulator import documents, rulebook
from emulator.providers.alipay import shim
from emulator.world.card import card
from tests import alipay_clients
from tests.live import Live
from tests.providers.alipay.gateway import forms

ROOT = Path(__file__).parents[2]
README, CHINESE = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
NODE = ROOT / "tests" / "node" / "node_modules"


def blocks(file: Path) -> list[tuple[str, str]]:
    """What stands between three backticks, with the language it says."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def of(kind: str, marked: str = "") -> str:
    """The one block of a language that has a text in it."""
    (found,) = [block for each, block in blocks(README) if each == kind and marked in block]
    return found


SHELL = [block for kind, block in blocks(README) if kind == "sh" and block != "make serve\n"]


def commands(block: str) -> list[str]:
    return re.sub(r"\\\n\s*", "", block).splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the examples read."""
    (tmp_path / "test.jpg").write_bytes(card(["a sample"], format="jpeg", comment="emu-block"))
    (tmp_path / "app_private.pem").write_text(forms.pair().pkcs1, encoding="ascii")
    return tmp_path


def here(text: str, live: Live) -> str:
    text = text.replace("127.0.0.1:8080", live.host).replace("8080", str(live.port))
    return text.replace(".venv/bin/moderation-emulator", "moderation-emulator")


def run(arguments: list[str], folder: Path, **variables: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": path, **variables},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def printed(example: str) -> list[str]:
    """What an example says that it prints, at the end of its lines."""
    return re.findall(r"^\s*print\(.* # (.*)$", example, re.MULTILINE)


def without_ids(answer: str) -> str:
    return re.sub(r'"(TaskId|RequestId)":"[^"]+"', r'"\1":""', answer.strip())


@pytest.mark.parametrize("block", SHELL)
def test_each_command(live: Live, tmp_path: Path, block: str) -> None:
    """The commands of a block, one after the other in an empty folder."""
    for command in commands(block):
        said = run(["bash", "-c", here(command, live)], tmp_path)
        assert "Traceback" not in said
        if command.startswith("curl"):
            assert not json.loads(said).keys() & {"problems", "errorMessage", "Message"}
            assert ("img_sec_check" in command) == ("risky content" in said)
        else:
            assert said.strip() or any(tmp_path.iterdir())


def test_the_first_answer_is_the_real_one(live: Live, folder: Path) -> None:
    (first,) = commands(SHELL[0])
    assert without_ids(run(["bash", "-c", here(first, live)], folder)) == without_ids(of("json"))


@pytest.mark.client("alibabacloud_imageaudit20191230")
def test_the_first_example(live: Live, folder: Path) -> None:
    assert_prints(live, folder, of("python", "alibabacloud_imageaudit"))


@pytest.mark.client("aliyun-python-sdk-green")
def test_the_callback_example(live: Live, folder: Path) -> None:
    assert_prints(live, folder, of("python", "aliyunsdkgreen"))


@pytest.mark.client("wechatpy")
def test_the_wechatpy_example(live: Live, folder: Path) -> None:
    assert_prints(live, folder, of("python", "wechatpy"))


def test_the_example_that_walks(live: Live, folder: Path) -> None:
    assert_prints(live, folder, of("python", "walk("))


@pytest.mark.client("alipay-sdk-python")
def test_the_backend_example(live: Live, folder: Path) -> None:
    client = alipay_clients.FOLDER / "alipay-sdk-python"
    if not client.is_dir():
        pytest.skip("alipay-sdk-python is not installed: `make test` unpacks it")
    example = here(of("python", "DefaultAlipayClient"), live)
    said = run([sys.executable, "-W", "ignore", "-c", example], folder, PYTHONPATH=str(client))
    assert said.startswith('{"code":"10000","msg":"Success","action":"REJECTED",')


def assert_prints(live: Live, folder: Path, example: str) -> None:
    expected = printed(example)
    assert expected
    said = run([sys.executable, "-W", "ignore", "-c", here(example, live)], folder, PYTHONPATH=str(ROOT))
    assert said.splitlines() == expected


@pytest.mark.parametrize("line", [pytest.param(n, marks=pytest.mark.client(f"wx-server-sdk-{n}")) for n in "1234"])
def test_the_cloud_example(live: Live, folder: Path, line: str) -> None:
    if not shutil.which("node") or not (NODE / f"wx-server-sdk-{line}").is_dir():
        pytest.skip("needs node, and the JavaScript packages that `make test` fetches")
    example = here(of("js", "wx-server-sdk"), live)
    script = example.replace("'wx-server-sdk'", f"'wx-server-sdk-{line}'")
    keys = {"TENCENTCLOUD_SECRETID": "any", "TENCENTCLOUD_SECRETKEY": "any"} if line == "1" else {}
    said = run(["node", "-e", script], folder, NODE_PATH=str(NODE), TENCENTCLOUD="true", **keys)
    assert said.splitlines() == ["87014"]


@pytest.mark.client("jest")
def test_the_jest_example(live: Live, folder: Path) -> None:
    jest = NODE / ".bin" / "jest"
    if not shutil.which("node") or not jest.exists():
        pytest.skip("needs node, and the JavaScript packages that `make test` fetches")
    (folder / "emulator").mkdir()
    (folder / "emulator" / "my.cjs").write_text(shim.text("my.cjs"), encoding="utf-8")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    (folder / "risk.test.js").write_text(of("js", "risk.test.js"), encoding="utf-8")
    run([str(jest), "--rootDir", str(folder), "--ci", "--no-cache", "--no-watchman"], folder, EMULATOR_URL=live.url)


def test_the_shell_example(live: Live, folder: Path) -> None:
    assert of("bash") == (Path(__file__).parent / "recipes" / "recipe.sh").read_text(encoding="utf-8")
    assert '"ok": true' in run(["bash", "-e", "-c", here(of("bash"), live)], folder)


def test_the_pytest_example(folder: Path) -> None:
    (folder / "test_example.py").write_text(of("python", "def test_throttling"), encoding="utf-8")
    said = run([sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], folder)
    assert "1 passed" in said


def test_the_rules_example(live: Live) -> None:
    rules = rulebook.of_document(documents.parse(of("yaml"), "README.yaml"), live.house.known, iter(range(1, 99)))
    assert len(rules) == 5


def test_every_kind_of_block_is_run() -> None:
    kinds = [kind for kind, _block in blocks(README)]
    assert {kind: kinds.count(kind) for kind in kinds if kind != "sh"} == {
        "json": 1,
        "python": 6,
        "yaml": 1,
        "js": 2,
        "bash": 1,
    }


def test_both_languages_show_the_same() -> None:
    """Code, commands and the table of clients are word for word the same; links lead somewhere."""
    assert blocks(CHINESE) == blocks(README)
    tables = [
        re.search(r"<!-- clients -->.*<!-- /clients -->", f.read_text("utf-8"), re.DOTALL) for f in (README, CHINESE)
    ]
    assert tables[0]
    assert tables[1]
    assert tables[0][0] == tables[1][0]
    for file in (README, CHINESE):
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), target


def test_make_serve() -> None:
    if not shutil.which("make") or not (ROOT / ".venv" / "installed").exists():
        pytest.skip("needs make and the .venv that `make test` prepares")
    with subprocess.Popen(["make", "-s", "serve", "PORT=0"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.terminate()
    assert re.fullmatch(r"Listening on http://127\.0\.0\.1:\d+\n", line)
