import json
import subprocess
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main
from emulator.commands.env import _quoted
from emulator.providers.alipay.gateway.keys import kept
from emulator.signatures import rsa2
from tests.live import Live

NAMES = {
    "EMULATOR_URL": "http://127.0.0.1:8080",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret",
    "ALIYUN_UID": "1234567890",
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
    "ALIPAY_PID": "2088123456789012",
    "ALIPAY_APP_ID": "2021000000000000",
    "ALIPAY_GATEWAY": "http://127.0.0.1:8080/gateway.do",
}


@pytest.fixture(autouse=True)
def _key_of_this_user() -> None:
    """It is made on first use."""
    NAMES["ALIPAY_PUBLIC_KEY"] = rsa2.unframed(rsa2.public_of(kept()))


def env(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["env", *arguments])
    assert result.exit_code == 0, result.output
    return result


def at(url: str) -> dict[str, str]:
    """The variables of an emulator elsewhere."""
    return {**NAMES, "EMULATOR_URL": url, "ALIPAY_GATEWAY": f"{url}/gateway.do"}


def test_lines() -> None:
    assert dict(line.split("=", 1) for line in env().output.splitlines()) == NAMES


def test_as_json() -> None:
    assert json.loads(env("--json").output) == NAMES


def test_shell_lines_are_nothing_but_exports() -> None:
    for line in env("--shell").output.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        assert line.startswith("export ")
        assert value == f"'{NAMES[name]}'"


def evaluated(lines: str) -> dict[str, str]:
    """The variables that a shell has after it evaluated the lines."""
    told = subprocess.run(
        ["sh", "-eu", "-c", 'eval "$1"; env -0', "sh", lines], env={}, capture_output=True, check=True, timeout=10
    )
    return dict(pair.split("=", 1) for pair in told.stdout.decode().split("\0") if pair)


def test_a_shell_can_evaluate_them() -> None:
    assert evaluated(env("--shell").output).items() >= NAMES.items()


@pytest.mark.parametrize(
    "url", ["http://h:1/a b", "http://h/'q'", "http://h/$HOME`id`;rm", 'http://h/"\\n', "http://文:1"]
)
def test_a_shell_takes_any_url_as_it_is(url: str) -> None:
    assert evaluated(env("--shell", "--url", url).output)["EMULATOR_URL"] == url


@pytest.mark.parametrize("value", ["", "a", "'", "''", "a'b", "\\", "$x", "a\nb"])
def test_quoted(value: str) -> None:
    quoted = _quoted(value)
    assert quoted.startswith("'")
    assert evaluated(f"export X={quoted}")["X"] == value


def test_another_url() -> None:
    assert json.loads(env("--json", "--url", "http://emulator:9000/").output)["EMULATOR_URL"] == "http://emulator:9000"


# Another account, of a running emulator.


def test_of_another_account(live: Live) -> None:
    made = live.control("POST", "accounts", {"name": "队 1/2"}).json()
    try:
        for name in (made["id"], made["name"], made["aliyun"]["access_key_id"]):
            told = json.loads(env("--json", "--url", f"{live.url}/", "--account", name).output)
            assert told["EMULATOR_URL"] == live.url
            assert told["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == made["aliyun"]["access_key_secret"]
            assert told["ALIYUN_UID"] == made["aliyun"]["uid"]
            assert (told["WECHAT_APPID"], told["WECHAT_SECRET"]) == (made["wechat"]["appid"], made["wechat"]["secret"])
            assert (told["ALIPAY_PID"], told["ALIPAY_APP_ID"]) == (made["alipay"]["pid"], made["alipay"]["app_id"])
    finally:
        live.control("DELETE", "accounts")


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["env", *arguments])
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return result.output


def test_of_an_account_that_is_none(live: Live) -> None:
    assert "nobody" in refused("--url", live.url, "--account", "nobody")
    assert "--account" in refused("--url", live.url, "--account", "")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:x", "nothing", "http://h h/", "http://[", ""])
def test_where_no_emulator_answers(url: str) -> None:
    assert "no emulator answers" in " ".join(refused("--url", url, "--account", "default").split())


def test_where_something_else_answers(live: Live) -> None:
    refused("--url", f"{live.url}/elsewhere", "--account", "default")


def test_with_a_token(start: Callable[..., Live], monkeypatch: pytest.MonkeyPatch) -> None:
    live = start({"control": {"token": "sesame"}})
    asking = ("--json", "--url", live.url, "--account", "default")
    assert "testSecret" not in refused(*asking)
    assert json.loads(env(*asking, "--token", "sesame").output) == at(live.url)
    monkeypatch.setenv("MODERATION_EMULATOR_CONTROL__TOKEN", "sesame")
    assert json.loads(env(*asking).output) == at(live.url)
