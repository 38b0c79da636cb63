"""The shim my in Node: required, imported, in Jest, and with the transports of a container."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.providers.alipay import shim
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.builders import call

NODE = shutil.which("node")
SCRIPTS = Path(__file__).parents[2] / "node"
JEST = SCRIPTS / "node_modules" / ".bin" / "jest"
TSC = SCRIPTS / "node_modules" / ".bin" / "tsc"
SHIM = Path(shim.__file__).with_name("my.cjs")

Run = Callable[..., Any]


def node(live: RunningServer, *arguments: object, cwd: Path = SCRIPTS) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "EMULATOR_URL": live.url}
    command = [str(NODE), *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def run(live: RunningServer) -> Run:
    """Return a function that runs a scenario in Node and returns what it saw."""
    if NODE is None:
        pytest.skip("node is not installed")

    def run_scenario(scenario: str, *more: str, file: Path = SHIM) -> Any:
        done = node(live, SCRIPTS / "alipay_shim.cjs", file, scenario, *more)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return run_scenario


def assert_three(seen: dict[str, Any]) -> None:
    assert seen["submitted"]["success"] is seen["asked"]["success"] is True
    assert json.loads(seen["asked"]["riskResult"]) == {"action": "REJECTED"}
    assert seen["text"]["result"][0] == {"type": "0", "score": "99.91"}
    assert seen["refused"]["errorCode"] == seen["refused"]["error"] == "bizContentEmpty"


def test_each_function_calls_the_emulator(run: Run) -> None:
    assert_three(run("calls"))


@pytest.mark.parametrize("name", ["my.js", "my.cjs"])
def test_the_served_file_under_type_module_or_not(live: RunningServer, run: Run, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(fetch_file(live, name))
    if name == "my.cjs":
        (tmp_path / "package.json").write_text('{"type": "module"}')
    assert_three(run("calls", file=file))


def fetch_file(live: RunningServer, name: str) -> bytes:
    answer = requests.get(f"{live.url}/alipay/{name}", timeout=10)
    assert answer.status_code == 200
    return answer.content


def test_success_then_complete_once_and_after_the_call_returned(run: Run) -> None:
    returned, success, complete = run("success")
    assert (returned, success[0], complete[0]) == (["returned"], "success", "complete")
    assert success[1] == complete[1]
    assert [entry["type"] for entry in success[1]["result"]] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("fail", "bizContentEmpty"),
        ("nobody listens", "12"),
        ("parameters that are no JSON", "12"),
        ("no transport", "12"),
    ],
)
def test_fail_then_complete_once_and_after_the_call_returned(run: Run, scenario: str, code: str) -> None:
    returned, fail, complete = run(scenario)
    assert (returned, fail[0], complete[0]) == (["returned"], "fail", "complete")
    assert fail[1] == complete[1]
    assert fail[1]["error"] == fail[1]["errorCode"] == code
    assert fail[1]["errorMessage"]


def test_required_it_touches_no_global(run: Run) -> None:
    assert run("global") == [[], "undefined"]


def test_the_documented_names_are_exported(run: Run) -> None:
    exported, members, usable = run("names")
    assert exported == ["my", "createMy", "install"]
    assert members == ["ap", "textRiskIdentification", "canIUse"]
    assert usable == [True, True, True, False]


def test_a_promise_that_is_refused_and_one_that_a_callback_handled(run: Run) -> None:
    assert run("no callbacks") == "bizContentEmpty"
    assert run("only a success callback") == "alive"


def test_an_error_of_a_callback_is_not_swallowed(live: RunningServer, run: Run) -> None:
    done = node(live, SCRIPTS / "alipay_shim.cjs", SHIM, "a callback that throws")
    assert done.returncode == 1
    assert "Error: mine" in done.stderr
    assert done.stdout == '"completed"\n'


def test_options_set_account_and_pid(live: RunningServer, run: Run) -> None:
    assert run("options", "default") == [True, True]
    assert [json.loads(entry.body)["pid"] for entry in live.list_entries()] == ["2088000000000009", "2088123456789012"]
    assert {entry.target for entry in live.list_entries()} == {"/alipay/my.ap.imgRisk?account=default"}
    assert run("the pid of the options")["error"] == "4"


def test_the_address_is_asked_for_at_the_time_of_the_call(run: Run) -> None:
    assert run("the address at the time of the call") == [1, "12"]


def test_in_a_container_with_nothing_but_its_own_request(run: Run) -> None:
    seen = run("container")
    assert_three(seen)
    assert seen["kept"] == [True, "mine", "mine", True, "mine"]
    assert [each[0] for each in seen["failed"]] == ["returned", "fail", "complete"]
    assert seen["failed"][1][1]["errorCode"] == "bizContentEmpty"
    assert (seen["gone"]["error"], seen["gone"]["errorCode"]) == ("12", "12")


def test_in_other_containers(run: Run) -> None:
    assert_three(run("container, my a name of its own"))
    assert [each[0] for each in run("container, everything at once")] == ["returned", "success", "complete"]
    assert run("container, parsed all the same") == {"success": True}


def test_with_nothing_but_xml_http_request(run: Run) -> None:
    seen = run("xhr")
    assert_three(seen)
    assert (seen["gone"]["error"], seen["gone"]["errorCode"]) == ("12", "12")


def test_with_nothing_but_the_modules_of_node(run: Run) -> None:
    """As in the node environment of Jest 27, which uni-app's documents pin, and in Node before 18."""
    seen = run("node")
    assert_three(seen)
    assert (seen["gone"]["error"], seen["gone"]["errorCode"]) == ("12", "12")
    assert seen["secure"]["error"] == "12"


def test_a_network_that_failed_by_number(run: Run, start: Callable[..., RunningServer], tmp_path: Path) -> None:
    """Of the shim as of the server: what a server with that quirk serves uses numbers without being asked."""
    assert (run("numbers")["error"], run("numbers")["errorCode"]) == (12, "12")
    file = tmp_path / "my.cjs"
    file.write_bytes(fetch_file(start({"quirks": {"alipay.error_type": "number"}}), "my.cjs"))
    _returned, fail, _complete = run("nobody listens", file=file)
    assert fail[1]["error"] == 12


USABLE = {
    "ap.imgRisk": True,
    "ap.imgRiskCallback": True,
    "textRiskIdentification": True,
    "ap.imgRisk.object": True,
    "ap.imgRisk.object.bizContext": True,
    "ap.imgRisk.object.bizContext.content": True,
    "ap.imgRiskCallback.object.bizContext.apply_id": True,
    "ap.imgRiskCallback.return.riskResult": True,
    "ap.imgRiskCallback.callback.riskResultDesc": True,
    "textRiskIdentification.object.success": True,
    "textRiskIdentification.object.type.keyword": True,
    "textRiskIdentification.return.result": True,
    "request": True,
    "ap.imgRisk.object.colour": False,
    "ap.imgRisk.object.bizContext.apply_id": False,
    "ap.imgRisk.object.toString": False,
    "ap.imgRisk.attribute": False,
    "ap.imgRisk.return.riskResult.action": False,
    "my.ap.imgRisk": False,
    "ap": False,
    "alert": False,
}


def test_can_i_use(run: Run) -> None:
    """The forms of the vendor's page of my.canIUse; whatever is not of the three calls is asked of what was there."""
    seen = run("can I use", *USABLE)
    assert dict(zip(USABLE, seen["told"], strict=True)) == USABLE
    assert [True, "alert"] in seen["asked"]
    assert [True, "ap.imgRisk"] not in seen["asked"]


@pytest.mark.parametrize("fault", ["reset", "close", "empty", "truncate", "garbage", "html500"])
def test_whatever_befalls_the_answer_ends_in_fail(live: RunningServer, run: Run, fault: str) -> None:
    live.push_rule({"provider": "alipay"}, fault=fault)
    _returned, fail, complete = run("success")
    assert (fail[0], fail[1]["error"], complete[0]) == ("fail", "12", "complete")


def test_as_a_module(live: RunningServer, run: Run, tmp_path: Path) -> None:
    (tmp_path / "my.mjs").write_text(shim.render_file("my.mjs"), encoding="utf-8")
    done = node(live, SCRIPTS / "alipay_shim.mjs", tmp_path / "my.mjs")
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    assert seen["names"] == ["createMy", "default", "install", "my"]
    assert (seen["same"], seen["added"]) == (True, [])
    *answers, last = seen["answers"]
    assert [answer["result"][0] for answer in answers] == [{"type": "0", "score": "99.91"}] * 3
    assert last == {"through": "my.request"}


@pytest.mark.client("jest")
@pytest.mark.skipif(not JEST.exists(), reason="jest is not installed: npm install --prefix tests/node")
def test_the_example_for_jest(live: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "emulator").mkdir()
    (tmp_path / "emulator" / "my.cjs").write_text(shim.render_file("my.cjs"), encoding="utf-8")
    (tmp_path / "package.json").write_text("{}")
    shutil.copy(SCRIPTS / "alipay_shim.test.js", tmp_path)
    done = node(live, JEST, "--rootDir", tmp_path, "--ci", "--no-cache", "--no-watchman", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 passed" in done.stderr
    assert [account.name for account in live.state.accounts] == ["default"]
    assert live.list_entries() == []
    assert not len(live.state.rule_engine.control)


@pytest.mark.skipif(not TSC.exists(), reason="typescript is not installed: npm install --prefix tests/node")
@pytest.mark.parametrize("package", ["commonjs", "module"])
def test_a_program_in_typescript_compiles_strictly(tmp_path: Path, package: str) -> None:
    (tmp_path / "emulator").mkdir()
    for name in shim.FILES:
        (tmp_path / "emulator" / name).write_text(shim.render_file(name), encoding="utf-8")
    (tmp_path / "package.json").write_text(json.dumps({"type": package}))
    shutil.copy(SCRIPTS / "alipay_types.ts", tmp_path)
    strict = ("--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit")
    command = [str(TSC), *strict, "--module", "nodenext", "--target", "es2022", "alipay_types.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_address_is_written_into_what_is_served(live: RunningServer) -> None:
    for name in ("my.js", "my.cjs", "my.mjs"):
        assert f'var SERVED_BY = "{live.url}";' in fetch_file(live, name).decode()
    assert call(live, "my.textRiskIdentification", b"{").status_code == 400


@pytest.mark.parametrize(
    "host", ["", '";alert(1)//', "a b", "</script>", "例.test", "a\\", "127.0.0.1:80/path", "user@host"]
)
def test_no_host_can_write_anything_else(live: RunningServer, host: str) -> None:
    assert shim.render_file("my.js", f"http://{host}") == SHIM.read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ["localhost", "emulator:8080", "[::1]:8080", "my-host.example.test"])
def test_the_file_names_the_server_that_served_it(host: str) -> None:
    assert f'var SERVED_BY = "http://{host}";' in shim.render_file("my.js", f"http://{host}")
