import json
import subprocess
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.commands import env as environment
from emulator.commands.env import _quote
from emulator.providers.alipay.gateway.keys import get_public_key
from emulator.signatures import rsa2
from moderation_emulator.contract.running_server import RunningServer
from tests.commands.silent import answering, make_dead_url

SILENT = make_dead_url()

NAMES = {
    "EMULATOR_URL": SILENT,
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret",
    "ALIYUN_UID": "1234567890",
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
    "ALIPAY_PID": "2088123456789012",
    "ALIPAY_APP_ID": "2021000000000000",
    "ALIPAY_GATEWAY": f"{SILENT}/gateway.do",
}


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a test says where somebody does."""
    monkeypatch.setenv("EMULATOR_URL", SILENT)


def run_env(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["env", *arguments])
    assert result.exit_code == 0, result.output
    return result


def make_variables(live: RunningServer) -> dict[str, str]:
    """Return the variables of an emulator that answers."""
    return {
        **NAMES,
        "EMULATOR_URL": live.url,
        "ALIPAY_GATEWAY": f"{live.url}/gateway.do",
        "ALIPAY_PUBLIC_KEY": rsa2.strip_frame(get_public_key(live.state.settings)),
    }


def test_each_variable_is_a_line() -> None:
    assert dict(line.split("=", 1) for line in run_env().stdout.splitlines()) == NAMES


def test_variables_are_printed_as_json() -> None:
    assert json.loads(run_env("--json").stdout) == NAMES


def test_where_nobody_answers_what_only_a_server_knows_is_left_out() -> None:
    result = run_env("--shell")
    assert "ALIPAY_PUBLIC_KEY" not in result.stdout
    assert result.stderr == (
        f"no emulator answers at {SILENT}: Connection refused; ALIPAY_PUBLIC_KEY is left out, as only the emulator "
        "knows it.\n"
    )


def test_where_one_answers_it_tells_its_own(
    live: RunningServer, start: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_env("--json", "--url", live.url)
    assert (json.loads(result.stdout), result.stderr) == (make_variables(live), "")
    monkeypatch.setenv("EMULATOR_URL", live.url)
    assert json.loads(run_env("--json").stdout) == make_variables(live)
    other = start({"alipay": {"gateway_private_key": rsa2.make_key()}})
    body = json.loads(run_env("--json", "--url", f"{other.url}/").stdout)
    assert body == make_variables(other)
    assert body["ALIPAY_PUBLIC_KEY"] != make_variables(live)["ALIPAY_PUBLIC_KEY"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n{}"])
def test_where_something_else_answers_or_says_nothing(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(environment, "_TIMEOUT", 0.3)
    with answering(answer) as url:
        result = run_env("--json", "--url", url)
    assert json.loads(result.stdout) == {**NAMES, "EMULATOR_URL": url, "ALIPAY_GATEWAY": f"{url}/gateway.do"}
    assert "ALIPAY_PUBLIC_KEY is left out" in result.stderr


def test_shell_lines_are_nothing_but_exports() -> None:
    for line in run_env("--shell").stdout.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        assert line.startswith("export ")
        assert value == f"'{NAMES[name]}'"


def evaluate(lines: str) -> dict[str, str]:
    """Return the variables that a shell has after it evaluated the lines."""
    found = subprocess.run(
        ["sh", "-eu", "-c", 'eval "$1"; env -0', "sh", lines], env={}, capture_output=True, check=True, timeout=10
    )
    return dict(pair.split("=", 1) for pair in found.stdout.decode().split("\0") if pair)


def test_a_shell_can_evaluate_them() -> None:
    assert evaluate(run_env("--shell").stdout).items() >= NAMES.items()


@pytest.mark.parametrize(
    "url", ["http://h:1/a b", "http://h/'q'", "http://h/$HOME`id`;rm", 'http://h/"\\n', "http://文:1"]
)
def test_a_shell_takes_any_url_as_it_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_TIMEOUT", 0.1)
    assert evaluate(run_env("--shell", "--url", url).stdout)["EMULATOR_URL"] == url


@pytest.mark.parametrize("value", ["", "a", "'", "''", "a'b", "\\", "$x", "a\nb"])
def test_a_shell_reads_a_quoted_value_as_it_was(value: str) -> None:
    quoted = _quote(value)
    assert quoted.startswith("'")
    assert evaluate(f"export X={quoted}")["X"] == value


def test_the_url_may_be_given() -> None:
    assert json.loads(run_env("--json", "--url", f"{SILENT}/").stdout)["EMULATOR_URL"] == SILENT


# Another account, of a running emulator.


def test_of_another_account(live: RunningServer) -> None:
    made = live.control("POST", "accounts", {"name": "队 1/2"}).json()
    try:
        for name in (made["id"], made["name"], made["aliyun"]["access_key_id"]):
            body = json.loads(run_env("--json", "--url", f"{live.url}/", "--account", name).output)
            assert body["EMULATOR_URL"] == live.url
            assert body["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == made["aliyun"]["access_key_secret"]
            assert body["ALIYUN_UID"] == made["aliyun"]["uid"]
            assert (body["WECHAT_APPID"], body["WECHAT_SECRET"]) == (made["wechat"]["appid"], made["wechat"]["secret"])
            assert (body["ALIPAY_PID"], body["ALIPAY_APP_ID"]) == (made["alipay"]["pid"], made["alipay"]["app_id"])
    finally:
        live.control("DELETE", "accounts")


def run_refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["env", *arguments])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output


def test_of_an_account_that_is_none(live: RunningServer) -> None:
    assert "nobody" in run_refused("--url", live.url, "--account", "nobody")
    assert "--account" in run_refused("--url", live.url, "--account", "")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:x", "nothing", "http://h h/", "http://[", ""])
def test_where_no_emulator_answers(url: str) -> None:
    assert "no emulator answers" in " ".join(run_refused("--url", url, "--account", "default").split())


def test_where_something_else_answers(live: RunningServer) -> None:
    run_refused("--url", f"{live.url}/elsewhere", "--account", "default")


def test_with_a_token(start: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch) -> None:
    live = start({"control": {"token": "sesame"}})
    asking = ("--json", "--url", live.url, "--account", "default")
    assert "testSecret" not in run_refused(*asking)
    assert "token" in run_env("--url", live.url).stderr
    expected = make_variables(live)
    assert json.loads(run_env(*asking, "--token", "sesame").stdout) == expected
    monkeypatch.setenv("MODERATION_EMULATOR_CONTROL__TOKEN", "sesame")
    assert json.loads(run_env(*asking).stdout) == json.loads(run_env("--json", "--url", live.url).stdout) == expected
