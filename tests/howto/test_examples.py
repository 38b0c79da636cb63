"""Every command and every example of the pages runs, against a live emulator; a new page's as well."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator import documents
from emulator.media.card import draw_card
from emulator.providers.alipay import shim
from emulator.rules.parse import parse_document
from moderation_emulator.contract.running_server import RunningServer
from tests.howto.pages import ENGLISH, LANGUAGES, README, ROOT, Block, list_blocks, list_examples, list_expected_output
from tests.providers.alipay.gateway import builders

NODE = ROOT / "tests" / "node" / "node_modules"
CLIENTS = ROOT / ".venv" / "clients"
# What an installation needs where nothing is fetched: the libraries that are here.
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_NO_BUILD_ISOLATION": "0",
    "PYTHONPATH": sysconfig.get_path("purelib"),
}
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], str(ROOT / ".venv" / "uv" / "bin")])
# The real client of an example, by what it imports.
IMPORTED = {
    "alibabacloud_imageaudit20191230": "alibabacloud_imageaudit20191230",
    "aliyunsdkgreen": "aliyun-python-sdk-green",
    "aliyunsdkimageaudit": "aliyun-python-sdk-imageaudit",
    "wechatpy": "wechatpy",
    "alipay": "alipay-sdk-python",
}
SHELL = list_examples("sh")
STARTS = [block for block in SHELL if block.text.startswith("make ")]
ENGINE = [block for block in SHELL if block.text.startswith("docker ")]
INSTALLING = [block for block in SHELL if "pip install" in block.text]
JAVA = [block for block in SHELL if re.search(r"\b(mvn|java) ", block.text)]  # see test_java.py, test_host_names.py
PLAIN = [block for block in SHELL if block not in (*STARTS, *ENGINE, *INSTALLING, *JAVA)]
PYTHON = list_examples("python")
JS = list_examples("js")
CLOUD = [block for block in JS if "wx-server-sdk" in block.text]
JEST = [block for block in JS if "test(" in block.text]


_APPLICATION = """
import requests

def test_app():
    query = "grant_type=client_credential&appid=wx0123456789abcdef&secret=0123456789abcdef0123456789abcdef"
    assert requests.get(f"https://api.weixin.qq.com/cgi-bin/token?{query}").json()["expires_in"] == 7200
"""
_SCRIPT = """
const told = (body) => console.log(body.errcode)
fetch('https://api.weixin.qq.com/cgi-bin/token').then((answer) => answer.json()).then(told)
"""


def mark_client(block: Block) -> Any:
    """Return a block as a parameter, marked with the clients that it drives."""
    clients = [name for module, name in IMPORTED.items() if re.search(rf"^from {module}\b", block.text, re.MULTILINE)]
    return pytest.param(block, id=str(block), marks=[pytest.mark.client(name) for name in clients])


def list_commands(block: Block) -> list[str]:
    return re.sub(r"\\\n\s*", "", block.text).splitlines()


@pytest.fixture(name="live")
def _live(live: RunningServer) -> Iterator[RunningServer]:
    """Run a server without the accounts that examples make: a reset keeps them."""
    yield live
    assert live.control("DELETE", "accounts").status_code == 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with what the examples read."""
    (tmp_path / "test.jpg").write_bytes(draw_card(["a sample"], format="jpeg", comment="emu-block"))
    (tmp_path / "app_private.pem").write_text(builders.make_key_pair().pkcs1, encoding="ascii")
    (tmp_path / "emulator").mkdir()
    (tmp_path / "emulator" / "my.cjs").write_text(shim.render_file("my.cjs"), encoding="utf-8")
    return tmp_path


def point_to_server(text: str, live: RunningServer) -> str:
    return text.replace("127.0.0.1:8080", live.host).replace("8080", str(live.port))


def make_environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PATH": PATH, **more}


def run(arguments: list[str], folder: Path, **more: str) -> str:
    done = subprocess.run(
        arguments,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=make_environment(more),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def mask_ids(answer: str) -> str:
    return re.sub(r'("TaskId":"|"RequestId":"| rid: )[\w$@-]+', r"\1", answer.strip())


def is_serve(command: str) -> bool:
    return bool(re.search(r"(make|moderation-emulator)( --silent)? serve\b", command))


def assert_serves(command: str, folder: Path, **more: str) -> None:
    """Assert that a command listens, on a port that is free here, and ends when it gets a signal."""
    command += " PORT=0" if command.startswith("make") else " --port 0"
    with subprocess.Popen(
        ["bash", "-c", f"exec env {command}"],
        cwd=folder,
        env=make_environment(more),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        server.terminate()
    assert re.fullmatch(r"Listening on http://[0-9.]+:\d+\n", line)


def write_application(folder: Path) -> None:
    """Write what an example runs by `exec`: an application that calls a real host."""
    (folder / "rules").mkdir()
    (folder / "rules" / "mine.yaml").write_text("[]", encoding="utf-8")
    (folder / "test_app.py").write_text(_APPLICATION, encoding="utf-8")
    (folder / "app.js").write_text(_SCRIPT, encoding="utf-8")


def run_command(live: RunningServer, folder: Path, command: str) -> str:
    return run(
        ["bash", "-c", point_to_server(command.replace(".venv/bin/moderation-emulator", "moderation-emulator"), live)],
        folder,
    )


@pytest.mark.parametrize("command", [command for block in STARTS for command in list_commands(block)])
def test_each_way_to_start(checkout: Path, command: str) -> None:
    """Those with Docker are tests of tests/image."""
    tool = command.split()[0]
    if tool == "docker":
        pytest.skip("needs a Docker engine: `make test-image`")
    if not shutil.which(tool, path=PATH):
        pytest.skip(f"needs {tool}")
    if tool == "make" and not (ROOT / ".venv" / "installed").exists():
        pytest.skip("needs the .venv that `make test` prepares")
    # What else installs, does so from a package index.
    assert_serves(command.replace("make ", "make --silent "), ROOT if tool == "make" else checkout)


@pytest.mark.parametrize("block", PLAIN, ids=str)
def test_each_command_runs(live: RunningServer, tmp_path: Path, block: Block) -> None:
    """The commands of a block, one after the other in an empty folder."""
    if "moderation-emulator exec" in block.text:
        write_application(tmp_path)
    for command in list_commands(block):
        if is_serve(command):
            assert_serves(command, tmp_path)
            continue
        if any(tool in command and not shutil.which(tool) for tool in ("node", "keytool")):
            continue
        said = run_command(live, tmp_path, command)
        assert "Traceback" not in said
        if "curl" in command and said.startswith("{"):
            assert not json.loads(said).keys() & {"problems", "errorMessage", "Message"}, said
        assert said.strip() or any(tmp_path.iterdir()) or command.startswith("eval ")


def test_each_installation_works(checkout: Path) -> None:
    """One after another in one place, with the libraries that are here, for nothing is fetched."""
    pytest.importorskip("hatchling", reason="without hatchling nothing can be built here")
    for command in dict.fromkeys(command for block in INSTALLING for command in list_commands(block)):
        if is_serve(command):
            assert_serves(command, checkout, PYTHONPATH=OFFLINE["PYTHONPATH"])
        else:
            run(["bash", "-c", command], checkout, **OFFLINE)


@pytest.mark.parametrize("block", list_examples("json"), ids=str)
def test_each_answer_is_the_real_one(live: RunningServer, tmp_path: Path, block: Block) -> None:
    """What is shown below commands is what the last of them is answered."""
    (above,) = [each for each in list_blocks(block.page) if each.line + each.text.count("\n") + 3 == block.line]
    assert above.kind == "sh"
    for command in list_commands(above):
        said = run_command(live, tmp_path, command)
    assert mask_ids(said) == mask_ids(block.text)


@pytest.mark.parametrize("block", [mark_client(each) for each in PYTHON if "def test_" not in each.text])
def test_each_script_prints_what_it_says(live: RunningServer, folder: Path, block: Block) -> None:
    """It prints what it says that it prints; three points stand for the rest of a line."""
    ways = [str(ROOT)]
    if re.search(r"^from alipay\b", block.text, re.MULTILINE):
        ways.append(str(CLIENTS / "alipay-sdk-python"))
        if not Path(ways[-1]).is_dir():
            pytest.skip(f"alipay-sdk-python is not installed in {CLIENTS}")
    example = [sys.executable, "-W", "ignore", "-c", point_to_server(block.text, live)]
    if not re.search("127.0.0.1|moderation_emulator", block.text):  # it calls the real host
        example = [sys.executable, "-m", "emulator", "exec", "--", *example]
    said = run(example, folder, PYTHONPATH=os.pathsep.join(ways)).splitlines()
    expected = list_expected_output(block.text)
    assert expected
    assert len(said) == len(expected)
    for line, got in zip(said, expected, strict=True):
        assert line.startswith(got.removesuffix("...")) if got.endswith("...") else line == got


@pytest.mark.parametrize("block", [each for each in PYTHON if "def test_" in each.text], ids=str)
def test_each_test_passes(folder: Path, block: Block) -> None:
    (folder / "test_example.py").write_text(block.text, encoding="utf-8")
    said = run([sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", "."], folder)
    assert f"{block.text.count('def test_')} passed" in said


@pytest.mark.parametrize("block", CLOUD, ids=str)
@pytest.mark.parametrize("line", [pytest.param(n, marks=pytest.mark.client(f"wx-server-sdk-{n}")) for n in "1234"])
def test_each_cloud_call(live: RunningServer, folder: Path, line: str, block: Block) -> None:
    if not shutil.which("node") or not (NODE / f"wx-server-sdk-{line}").is_dir():
        pytest.skip("needs node, and the JavaScript packages that `make test` fetches")
    script = point_to_server(block.text, live).replace("'wx-server-sdk'", f"'wx-server-sdk-{line}'")
    keys = {"TENCENTCLOUD_SECRETID": "any", "TENCENTCLOUD_SECRETKEY": "any"} if line == "1" else {}
    said = run(["node", "-e", script], folder, NODE_PATH=str(NODE), TENCENTCLOUD="true", **keys)
    assert said.splitlines() == list_expected_output(block.text)


@pytest.mark.client("jest")
@pytest.mark.parametrize("block", JEST, ids=str)
def test_each_jest_test(live: RunningServer, folder: Path, block: Block) -> None:
    jest = NODE / ".bin" / "jest"
    if not shutil.which("node") or not jest.exists():
        pytest.skip("needs node, and the JavaScript packages that `make test` fetches")
    (folder / "package.json").write_text("{}", encoding="utf-8")
    (folder / "example.test.js").write_text(block.text, encoding="utf-8")
    run([str(jest), "--rootDir", str(folder), "--ci", "--no-cache", "--no-watchman"], folder, EMULATOR_URL=live.url)


@pytest.mark.parametrize("block", [each for each in JS if each not in CLOUD and each not in JEST], ids=str)
def test_each_node_script(live: RunningServer, folder: Path, block: Block) -> None:
    if not shutil.which("node") or not NODE.is_dir():
        pytest.skip("needs node, and the JavaScript packages that `make test` fetches")
    said = run(["node", "-e", point_to_server(block.text, live)], folder, NODE_PATH=str(NODE))
    assert said.splitlines() == list_expected_output(block.text)


@pytest.mark.parametrize("block", list_examples("bash"), ids=str)
def test_each_shell_script(live: RunningServer, folder: Path, block: Block) -> None:
    """It is one of the recipes, which are kept as files too."""
    assert block.text == (Path(__file__).parent / "recipes" / "recipe.sh").read_text(encoding="utf-8")
    assert '"ok": true' in run(["bash", "-e", "-c", point_to_server(block.text, live)], folder)


@pytest.mark.parametrize("block", [each for each in list_examples("yaml") if each.text.startswith("- ")], ids=str)
def test_each_list_of_rules(live: RunningServer, block: Block) -> None:
    rules = parse_document(documents.parse(block.text, str(block)), live.app.rule_names, iter(range(1, 99)))
    assert len(rules) == len(re.findall("^- ", block.text, re.MULTILINE))


def test_every_kind_of_block_is_run() -> None:
    kinds = {block.kind for page in ENGLISH if page not in LANGUAGES for block in list_blocks(page)}
    assert kinds <= {"sh", "json", "python", "js", "java", "bash", "yaml"}
    assert kinds >= {"sh", "python", "js", "java", "yaml"}


def test_the_first_screen_leads_to_a_running_server() -> None:
    """What it needs, `make serve` and the first call stand in the first 40 lines."""
    first = README.read_text(encoding="utf-8").splitlines()[:40]
    assert "make serve" in first
    assert any("Python 3.11" in line for line in first)
    assert any(line.startswith("curl") for line in first)
