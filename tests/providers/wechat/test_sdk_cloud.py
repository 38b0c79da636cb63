"""wx-server-sdk, unmodified, in each of its lines: by configuration, and by environment alone."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.media.card import draw_card
from moderation_emulator.contract.running_server import RunningServer

NODE = shutil.which("node")
HERE = Path(__file__).parents[2] / "node"
LINES = ("1", "2", "3", "4")
EACH_LINE = pytest.mark.parametrize(
    "line", [pytest.param(line, marks=pytest.mark.client(f"wx-server-sdk-{line}")) for line in LINES]
)

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(not (HERE / "node_modules").is_dir(), reason="tests/node/node_modules is missing: npm ci there"),
]

SECRETS = {"TENCENTCLOUD_SECRETID": "any", "TENCENTCLOUD_SECRETKEY": "any"}
Calls = list[tuple[str, dict[str, Any], dict[str, Any] | None]]


def build_picture_call(word: str = "plain", **given: Any) -> dict[str, Any]:
    data = base64.b64encode(draw_card([], 64, 64, comment=f"{word} ")).decode()
    return {"media": {"contentType": "image/png", "value": {"$bytes": data}, **given}}


def run(line: str, init: dict[str, Any], environment: dict[str, str], calls: Calls) -> list[Any]:
    """Run calls; return what each came to, as the developer sees it.

    TENCENTCLOUD spares 4.x a look-up of who hosts it.
    """
    assert NODE is not None
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [NODE, "wechat_cloud.cjs", line, json.dumps(init), json.dumps(calls)],
        cwd=HERE,
        env={**kept, "TENCENTCLOUD": "true", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [json.loads(row) for row in done.stdout.splitlines() if row.startswith("{")]


def run_configured(live: RunningServer, line: str, *calls: Any, key: str = "any") -> list[Any]:
    """Run calls by configuration. Line 1 takes its secrets from the environment only."""
    init = {"env": "local", "serviceUrl": f"{live.url}/admin", "secretId": key, "secretKey": "any"}
    return run(line, init, {**SECRETS, "TENCENTCLOUD_SECRETID": key}, [(*call, None)[:3] for call in calls])


def make_environment(live: RunningServer, line: str) -> dict[str, str]:
    if line == "1":
        return {**SECRETS, "TENCENTCLOUD_RUNENV": "WX_LOCAL_SCF", "http_proxy": live.url}
    context = json.dumps({"URL": f"{live.url}/admin"})
    return {**SECRETS, "TCB_CONTEXT_KEYS": "TCB_CONTEXT_CNFG", "TCB_CONTEXT_CNFG": context}


def read_error(told: Any) -> Any:
    thrown = told["thrown"]
    return thrown["errCode"], thrown["errMsg"].partition(" rid: ")[0]


OK = {"resolved": {"errCode": 0, "errMsg": "openapi.security.imgSecCheck:ok"}}
FAIL = "openapi.security.imgSecCheck:fail"


@EACH_LINE
def test_what_the_developer_sees(live: RunningServer, line: str) -> None:
    clean, risky, no_buffer, misspelt, large, unknown = run_configured(
        live,
        line,
        ("imgSecCheck", build_picture_call()),
        ("imgSecCheck", build_picture_call("emu-porn")),
        ("imgSecCheck", build_picture_call(value="a text")),
        ("imgSecCheck", {"media": {"contenType": "image/png", "value": build_picture_call()["media"]["value"]}}),
        ("imgSecCheck", build_picture_call(value={"$bytes": base64.b64encode(draw_card([], 800, 64)).decode()})),
        ("noSuchCheck", build_picture_call()),
    )
    assert clean == OK
    assert read_error(risky) == (87014, f"{FAIL} risky content")
    assert read_error(no_buffer) == (41005, f"{FAIL} media data missing")
    assert read_error(misspelt) == (47001, f"{FAIL} data format error")
    assert read_error(large) == (40006, f"{FAIL} invalid media size")
    assert read_error(unknown) == (-604100, "system error: error code: -604100")
    assert risky["thrown"]["errMsg"].endswith(live.list_entries()[4].request_id)
    assert [(entry.via, entry.account) for entry in live.list_entries()] == [("cloud", "acc-1")] * 6


PLATFORM = ("-604101", "-604102", "-604103", "-604104")
GATEWAY = ("-501001", "-501002", "-501003", "-501004", "-501005", "-501007")


@EACH_LINE
def test_codes_of_platform_and_gateway(live: RunningServer, line: str) -> None:
    calls = [("imgSecCheck", build_picture_call(f"emu-error-{code}")) for code in (*PLATFORM, *GATEWAY)]
    found = [read_error(each) for each in run_configured(live, line, *calls)]
    assert [code for code, _ in found] == [int(code) for code in (*PLATFORM, *GATEWAY)]
    for code, message in found[: len(PLATFORM)]:
        assert message == f"system error: error code: {code}"


@EACH_LINE
def test_by_environment_alone(live: RunningServer, line: str) -> None:
    calls: Calls = [("imgSecCheck", build_picture_call(), None), ("imgSecCheck", build_picture_call("emu-block"), None)]
    clean, risky = run(line, {}, make_environment(live, line), calls)
    assert clean == OK
    assert read_error(risky)[0] == 87014


@EACH_LINE
def test_texts_and_addresses(live: RunningServer, line: str) -> None:
    second = {"version": 2, "scene": 2, "openid": "o"}
    clean, risky, found, taken, wrong = run_configured(
        live,
        line,
        ("msgSecCheck", {"content": "你好"}),
        ("msgSecCheck", {"content": "你好 emu-block"}),
        ("msgSecCheck", {"content": "你好 emu-ad", **second}),
        ("mediaCheckAsync", {"mediaUrl": "https://cdn.example.test/a.png", "mediaType": 2}),
        ("mediaCheckAsync", {"mediaUrl": "https://cdn.example.test/a.png", "mediaType": 3}),
    )
    assert clean == {"resolved": {"errCode": 0, "errMsg": "openapi.security.msgSecCheck:ok"}}
    assert read_error(risky)[0] == 87014
    assert found["resolved"]["result"] == {"suggest": "risky", "label": 10001}
    assert found["resolved"]["traceId"] == live.list_entries()[2].request_id
    assert taken["resolved"]["traceId"] == live.list_entries()[1].request_id
    assert read_error(wrong) == (40004, "openapi.security.mediaCheckAsync:fail invalid media type")


@EACH_LINE
def test_whose_call_it_is(start: Callable[..., RunningServer], line: str) -> None:
    """The appid that the call names, else whoever the id of its key names, else the default account."""
    live = start({"accounts": [{"name": "b", "wechat": {"appid": "wxb"}}, {"name": "c", "wechat": {"appid": "wxc"}}]})
    b, d = {"appid": "wxb"}, {"appid": "wxd"}
    call = ("imgSecCheck", build_picture_call())
    assert run_configured(live, line, call, (*call, b)) == [OK, OK]
    named, unknown = run_configured(live, line, call, (*call, d), key="wxc")
    assert named == OK
    owners = {account.id: account.name for account in live.state.accounts}
    found = [owners.get(str(entry.account)) for entry in reversed(live.list_entries())]
    if line == "1":  # knows no such option
        assert (unknown, found) == (OK, ["default", "default", "c", "c"])
    else:
        assert read_error(unknown) == (40013, f"{FAIL} invalid appid")
        assert found == ["default", "b", "c", None]
