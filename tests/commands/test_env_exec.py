"""`env --exec`: what leads Python and Node on this machine to a `serve --tls` that runs."""

import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.preload import NODE_FILE, PYTHON_FOLDER
from moderation_emulator.contract.running_server import RunningServer
from tests.commands.process import Process
from tests.commands.silent import make_dead_url
from tests.commands.test_serve import start_serve
from tests.stand_in import make_authority

ROOT = Path(__file__).parents[2]
TOKEN = "https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid={}&secret={}"
BY_PYTHON = f"""
import json, os, urllib.request
url = {TOKEN!r}.format(os.environ["WECHAT_APPID"], os.environ["WECHAT_SECRET"])
print(json.load(urllib.request.urlopen(url))["expires_in"])
"""
BY_NODE = f"""
const [before, between, after] = {json.dumps(TOKEN.split("{}"))};
const url = before + process.env.WECHAT_APPID + between + process.env.WECHAT_SECRET + after;
fetch(url).then((answer) => answer.json()).then((token) => console.log(token.expires_in));
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a 'trust'"


@pytest.fixture
def serving(folder: Path) -> Iterator[Process]:
    with start_serve("--tls", "0", "--tls-out", os.path.relpath(folder)) as process:
        yield process


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name not in ("PATH", "HOME", "LANG", "TMPDIR"):
            monkeypatch.delenv(name)


def run_env(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["env", "--exec", *arguments])
    assert "Traceback" not in result.output
    return result


def run_shell(lines: str, *commands: str) -> str:
    """Return what commands print in a shell that has evaluated the lines."""
    script = "\n".join([lines, *commands])
    done = subprocess.run(
        ["sh", "-eu", "-c", script], env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_and_node_are_led_and_nobody_else_is_told_to_be(serving: Process) -> None:
    result = run_env("--shell", "--url", serving.url)
    assert result.exit_code == 0
    assert result.stderr == (
        "Python and Node are led by these; other clients need host names that lead to 127.0.0.1.\n"
    )
    assert run_shell(result.stdout, shlex.join([sys.executable, "-c", BY_PYTHON])) == "7200\n"
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, Python was led")
    assert run_shell(result.stdout, shlex.join([node, "-e", BY_NODE])) == "7200\n"


def test_each_variable(serving: Process, folder: Path) -> None:
    told = json.loads(run_env("--json", "--url", f"{serving.url}/").stdout)
    assert told["EMULATOR_URL"] == serving.url
    assert told["EMULATOR_CA"] == f"{folder}/ca.pem"
    assert told["SSL_CERT_FILE"] == told["REQUESTS_CA_BUNDLE"] == f"{folder}/bundle.pem"
    assert (told["PYTHONPATH"], told["NODE_OPTIONS"]) == (str(PYTHON_FOLDER), f'--require="{NODE_FILE}"')
    ports, *names = told["EMULATOR_REROUTE"].split()
    assert ports.split(",")[1] == serving.url.rpartition(":")[2]
    assert {"api.weixin.qq.com", "openapi.alipay.com", "!*.aliyuncs.com", "!100.100.100.200"} <= set(names)
    assert told["WECHAT_APPID"], "what env tells without --exec"
    assert not {name for name in told if "proxy" in name.lower()} - {"NO_PROXY", "no_proxy"}, "serve has no proxy"
    assert "EMULATOR_STOPPED" not in told, "nobody reads what would be noted there"
    plain = dict(line.split("=", 1) for line in run_env("--url", serving.url).stdout.splitlines())
    assert plain == told


def test_what_is_set_already_is_not_told_again(serving: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--trace-warnings")
    told = json.loads(run_env("--json", "--url", serving.url).stdout)
    assert told["NODE_OPTIONS"].startswith("--trace-warnings ")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert json.loads(run_env("--json").stdout) == {}
    monkeypatch.setenv("ALIYUN_UID", "another")
    assert json.loads(run_env("--json").stdout) == {"ALIYUN_UID": told["ALIYUN_UID"]}


def test_certificates_of_the_user_stay_trusted(
    serving: Process, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, _ = make_authority(tmp_path / "own", ["a.test"])
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    for _ in range(2):
        told = json.loads(run_env("--json", "--url", serving.url).stdout)
        assert told.get("SSL_CERT_FILE", str(folder / "joined.pem")) == str(folder / "joined.pem")
        assert own.read_bytes().strip() in (folder / "joined.pem").read_bytes()
        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "joined.pem"))


@pytest.mark.parametrize("server", [{}, {"tls_port": 0}])
def test_one_without_tls_or_without_files_is_refused(
    start: Callable[..., RunningServer], server: dict[str, int]
) -> None:
    live = start({"server": server})
    result = run_env("--url", live.url)
    assert (result.exit_code, result.stdout) == (2, "")
    told = " ".join(result.stderr.split())
    assert f"the emulator at {live.url} has no TLS port with files: serve --tls PORT --tls-out FOLDER" in told


def test_where_nobody_answers_nobody_is_led() -> None:
    result = run_env("--url", make_dead_url())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no emulator answers" in " ".join(result.stderr.split())


def test_files_of_another_machine_lead_nowhere(serving: Process, folder: Path) -> None:
    """A container's folder, or another server's: the authority does not fit, or is not there."""
    for spoil in (lambda: make_authority(folder, ["a.test"]), lambda: shutil.rmtree(folder)):
        spoil()
        result = run_env("--url", serving.url)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "calls are led to an emulator of this machine alone: no emulator takes TLS" in result.stderr


def test_a_folder_that_cannot_be_written_to_is_told(serving: Process, folder: Path) -> None:
    (folder / "emulator.ini").mkdir()
    result = run_env("--url", serving.url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Is a directory" in result.stderr


def test_with_a_token(folder: Path) -> None:
    arguments = ("--tls", "0", "--tls-out", str(folder))
    with start_serve(*arguments, MODERATION_EMULATOR_CONTROL__TOKEN="sesame") as process:
        assert run_env("--url", process.url).exit_code == 2
        assert run_env("--url", process.url, "--token", "sesame").exit_code == 0
        assert not stat.S_IMODE((folder / "ca.pem").stat().st_mode) & 0o022
