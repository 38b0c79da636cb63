"""`serve --state FILE`: what a restart brings back, what it does not, and the files that are refused."""

import json
import resource
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from emulator.cli import main
from emulator.state.store.log_file import FORMAT, LogFile
from emulator.testing.server import Server
from tests.commands.process import Process
from tests.providers.alipay.builders import make_picture, make_text
from tests.state.store.files import make_newer


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def start(state: Path, *arguments: str) -> Process:
    """Start a server with a file as its state."""
    server = Process("--state", str(state), *arguments)
    assert server.url, server.end(signal.SIGKILL)
    return server


def end(server: Process) -> tuple[int, str]:
    """End a server; return its exit code, and what it said on standard error."""
    code, _rest, errors = server.end(signal.SIGTERM)
    return code, errors


def control(server: Process, method: str, path: str, body: Any = None, **query: str) -> Any:
    data = None if body is None else json.dumps(body)
    answer = requests.request(method, f"{server.url}/_emulator/{path}", params=query, data=data, timeout=20)
    assert answer.status_code < 400, answer.text
    return answer.json()


def is_ad(server: Process, text: str) -> bool:
    answer = requests.post(f"{server.url}/alipay/my.textRiskIdentification", json=make_text(text, "0"), timeout=20)
    (found,) = answer.json()["result"]
    return float(found["score"]) > 90


def list_rules(server: Process) -> list[tuple[Any, ...]]:
    rules = control(server, "GET", "rules", source="control")["items"]
    return [(rule["id"], rule["account"], rule["hits"], rule["remaining"]) for rule in rules]


def test_rules_come_back_in_their_order_with_what_is_left_of_them(state: Path) -> None:
    server = start(state)
    control(server, "POST", "rules", [{"match": {"text": "a"}, "verdict": "ad", "times": 3}, {"verdict": "pass", "match": {"text": "b"}}])  # fmt: skip # noqa: E501
    control(server, "PUT", "rules/rule-9", {"match": {"text": "c"}, "verdict": "spam", "priority": 5})
    control(server, "POST", "rules", {"match": {"text": "d"}, "verdict": "spam"}, account="default")
    control(server, "POST", "rules", {"match": {"text": "e"}, "verdict": "spam"})
    control(server, "DELETE", "rules/rule-11")
    assert is_ad(server, "a")
    before = list_rules(server)
    server.kill()

    again = start(state)
    assert list_rules(again) == before == [("rule-9", None, 0, None), ("rule-10", "acc-1", 0, None), ("rule-1", None, 1, 2), ("rule-2", None, 0, None)]  # fmt: skip # noqa: E501
    control(again, "POST", "rules", {"match": {"text": "f"}, "verdict": "ad"})
    assert [name for name, *_ in list_rules(again)] == ["rule-9", "rule-10", "rule-12", "rule-1", "rule-2"]
    assert [is_ad(again, "a") for _ in range(3)] == [True, True, False]
    again.kill()
    last = start(state)
    assert {name: left for name, _account, _hits, left in list_rules(last)}["rule-1"] == 0
    control(last, "DELETE", "rules")
    last.kill()
    empty = start(state)
    assert list_rules(empty) == []
    end(empty)


def test_a_rule_of_a_file_is_spent_for_good(state: Path, tmp_path: Path) -> None:
    rules = tmp_path / "mine.yaml"
    rules.write_text("- {match: {text: once}, verdict: ad, times: 1}\n", encoding="utf-8")
    server = start(state, "--fixtures", str(rules))
    assert [is_ad(server, "once") for _ in range(2)] == [True, False]
    server.kill()
    rules.write_text("# moved\n\n- {match: {text: once}, verdict: ad, times: 1}\n", encoding="utf-8")
    again = start(state, "--fixtures", str(rules))
    assert not is_ad(again, "once")
    control(again, "POST", "reset")
    assert is_ad(again, "once")
    again.kill()


def test_accounts_keep_their_ids_and_ids_are_never_used_again(state: Path, tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("accounts: [{name: team-a}, {name: team-b}]\n", encoding="utf-8")
    server = start(state, "--config", str(config))
    before = control(server, "GET", "accounts/team-b")
    made = control(server, "POST", "accounts", {"name": "键", "wechat": {"push_url": "http://a.test/", "ip_allow": ["10.0.0.1"]}})  # fmt: skip # noqa: E501
    assert control(server, "POST", "accounts", {"name": "gone"})["id"] == "acc-5"
    control(server, "DELETE", "accounts/gone")
    control(server, "PATCH", "settings", {"magic_words": False}, account="键")
    server.kill()

    config.write_text("accounts: [{name: team-new}, {name: team-b}]\n", encoding="utf-8")
    again = start(state, "--config", str(config))
    ids = {each["name"]: each["id"] for each in control(again, "GET", "accounts")["items"]}
    assert ids == {"default": "acc-1", "team-new": "acc-6", "team-b": "acc-3", "键": "acc-4"}
    assert control(again, "GET", "accounts/acc-4") == made
    assert control(again, "GET", "accounts/team-b") == before, "made-up credentials stay, too"
    assert control(again, "GET", "settings", account="键")["magic_words"] is False
    assert control(again, "POST", "accounts")["id"] == "acc-7"
    code, errors = end(again)
    assert code == 0
    assert "the configuration has no account 'team-a' any more" in errors
    last = start(state, "--config", str(config))
    assert "team-a" not in end(last)[1], "it is told once"


def test_an_account_whose_credentials_the_configuration_has_now_is_gone(state: Path, tmp_path: Path) -> None:
    server = start(state)
    made = control(server, "POST", "accounts", {"name": "mine"})
    server.kill()
    config = tmp_path / "emulator.yaml"
    form = {"accounts": [{"name": "theirs", "wechat": made["wechat"]}]}
    config.write_text(json.dumps(form), encoding="utf-8")
    again = start(state, "--config", str(config))
    assert [each["name"] for each in control(again, "GET", "accounts")["items"]] == ["default", "theirs"]
    errors = end(again)[1]
    assert "account 'mine' that was made here is gone" in errors
    assert "belongs to two accounts" in errors


def test_settings_come_back_over_what_the_configuration_says_now(state: Path, tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("thresholds: {block: 70}\nbiz_types: {one: [porn]}\n", encoding="utf-8")
    server = start(state, "--config", str(config))
    control(server, "PATCH", "settings", {"biz_types": {"one": None, "two": ["ad"]}, "quirks": {"alipay.review": "REJECTED"}})  # fmt: skip # noqa: E501
    control(server, "PATCH", "settings", {"latency": {"distribution": "fixed", "seconds": 0.001}})
    server.kill()
    config.write_text("thresholds: {block: 75}\nbiz_types: {one: [ad], three: [logo]}\n", encoding="utf-8")
    again = start(state, "--config", str(config))
    found = control(again, "GET", "settings")
    assert found["biz_types"] == {"two": ["ad"], "three": ["logo"]}
    assert found["thresholds"]["block"] == 75
    assert found["latency"]["seconds"] == 0.001
    assert found["quirks"]["alipay.review"]["value"] == "REJECTED"
    control(again, "POST", "reset")
    again.kill()
    last = start(state, "--config", str(config))
    assert control(last, "GET", "settings")["biz_types"] == {"one": ["ad"], "three": ["logo"]}
    last.kill()


def submit(server: Process) -> dict[str, Any]:
    answer = requests.post(f"{server.url}/alipay/my.ap.imgRisk", json=make_picture(), timeout=20)
    return dict(answer.json())


def test_a_clock_goes_on_as_it_was_moved_or_stays_frozen(state: Path) -> None:
    server = start(state)
    control(server, "POST", "clock", {"advance": 1000.5}, account="default")
    server.kill()
    again = start(state)
    assert control(again, "GET", "clock", account="default")["offset"] == pytest.approx(1000.5, abs=0.1)
    frozen = control(again, "POST", "clock", {"freeze": True, "set": "2030-01-01T00:00:00Z"}, account="default")
    again.kill()
    last = start(state)
    found = control(last, "GET", "clock", account="default")
    assert (found["now"], found["frozen"]) == (frozen["now"], True) == ("2030-01-01T00:00:00.000+00:00", True)
    last.kill()


def test_a_registered_key_comes_back(state: Path) -> None:
    server = start(state)
    pem = requests.get(f"{server.url}/_emulator/alipay/public-key", timeout=20).text
    path = "_emulator/alipay/apps/2021000000000000/public-key"
    assert requests.put(f"{server.url}/{path}", data=pem, timeout=20).status_code == 200
    server.kill()
    again = start(state)
    assert control(again, "GET", "accounts/default")["alipay"]["app_public_key"] == pem
    again.kill()


def test_info_and_metrics_say_where_it_is_kept(state: Path) -> None:
    server = start(state)
    control(server, "POST", "rules", {"match": {}, "verdict": "pass"})
    found = control(server, "GET", "info")["state"]
    assert found == {"kind": "file", "path": str(state), "rows": 2, "bytes": found["bytes"], "failure": None}
    assert found["bytes"] > 4096
    metrics = requests.get(f"{server.url}/_emulator/metrics", timeout=20).text
    assert "moderation_emulator_state_rows 2\n" in metrics
    assert "moderation_emulator_state_failing 0\n" in metrics
    assert end(server) == (0, "")


def repeat_until_refused(take: Callable[[], bool]) -> int:
    """Do something until it is refused for a while; return how often it was not."""
    taken = refused = 0
    while refused < 20:  # SQLite makes room once or twice by itself
        taken, refused = (taken + 1, 0) if take() else (taken, refused + 1)
        assert taken < 10_000
    return taken


def test_on_a_full_disk_nothing_is_half_applied_and_space_heals_it(state: Path) -> None:
    server = start(state)
    control(server, "POST", "rules", {"match": {"text": "five times"}, "verdict": "ad", "times": 5})
    # As on a full disk; Python ignores the signal that comes with it.
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))

    def push_rule() -> bool:
        rule = {"match": {"text": "x" * 1000}, "verdict": "ad"}
        answer = requests.post(f"{server.url}/_emulator/rules", json=rule, timeout=20)
        assert answer.status_code == 201 or (answer.status_code == 503 and "cannot be written" in answer.text)
        return answer.status_code == 201

    taken = repeat_until_refused(push_rule)
    assert repeat_until_refused(lambda: "riskResult" in submit(server)) < 200
    assert len(list_rules(server)) == taken + 1 > 10
    health = requests.get(f"{server.url}/_emulator/health", timeout=20)
    assert (health.status_code, health.json()["status"]) == (503, "failing")
    assert submit(server)["errorCode"] == "SYSTEM_OUT_ERROR", "what must last is refused"
    spent = requests.post(f"{server.url}/alipay/my.textRiskIdentification", json=make_text("five times"), timeout=20)
    assert (spent.status_code, spent.json()["error"]) == (503, "3"), spent.text
    assert list_rules(server)[-1] == ("rule-1", None, 0, 5), "a call that came to nothing spends nothing"
    assert is_ad(server, "emu-ad"), "all else goes on"
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while requests.get(f"{server.url}/_emulator/health", timeout=20).status_code == 503:
        """It looks again within a second."""
    assert "riskResult" in submit(server)
    assert is_ad(server, "five times")
    server.kill()
    again = start(state)
    assert len(list_rules(again)) == taken + 1
    assert list_rules(again)[-1] == ("rule-1", None, 1, 4)
    again.kill()


def test_on_a_file_system_that_cannot_be_written_it_ends_with_a_sentence(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    LogFile(place / "kept.db").close()
    mount = f"mount --bind {place} {place} && mount -o remount,bind,ro {place}"
    if subprocess.run(["unshare", "--mount", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs a user who may mount")
    told = "it cannot be written, or no file beside it can; both must be"
    for name, reason in (("kept.db", told), ("new.db", "Read-only file system")):
        serve = shlex.join([sys.executable, "-m", "emulator", "serve", "--port", "0", "--state", f"{place}/{name}"])
        command = ["unshare", "--mount", "sh", "-c", f"{mount} && exec {serve}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (2, f"Cannot keep the state in {place}/{name}: {reason}.\n")


def run_serve(*arguments: str, **environment: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["serve", "--port", "0", *arguments], env=environment)
    return done.exit_code, done.stderr


def test_a_second_server_on_the_file_ends_and_the_first_is_unhurt(state: Path) -> None:
    server = start(state)
    assert run_serve("--state", str(state)) == (
        3,
        f"Cannot keep the state in {state}: another process has it; end that one, or name another file.\n",
    )
    assert control(server, "POST", "rules", {"match": {}, "verdict": "pass"})["id"] == "rule-1"
    end(server)
    again = start(state)
    assert len(list_rules(again)) == 1
    end(again)


def write_unknown_kind(path: Path) -> None:
    file = LogFile(path)
    file.append([("dream", "acc-1", "", b"1")])
    file.close()


def write_unknown_type(path: Path) -> None:
    file = LogFile(path)
    file.append([("account", "acc-1", "", b'["d","name","default","source","config"]')])
    file.append([("value", "acc-1", "k", b'["t",["hologram",1],9e9,60,1]')])
    file.close()


def write_unknown_setting(path: Path) -> None:
    file = LogFile(path)
    file.append([("settings", "", "", b'["d","gravity",9.81]')])
    file.close()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (make_newer, f"it was written by a newer version (format {FORMAT + 1}, here {FORMAT}); start that version"),
        (write_unknown_kind, "it holds what this version cannot read (a row of kind 'dream')"),
        (write_unknown_type, "it holds what this version cannot read ('hologram' is unknown here)"),
        (write_unknown_setting, "it keeps a change of settings that no longer fits: $.gravity"),
        (lambda path: path.write_text("rules: []\n" * 200, encoding="utf-8"), "it is no SQLite database"),
        (lambda path: path.mkdir(), "unable to open database file"),
    ],
)
def test_a_file_that_cannot_be_used_ends_it_with_a_sentence(state: Path, make: Any, told: str) -> None:
    make(state)
    code, errors = run_serve("--state", str(state))
    assert code == 2
    assert errors.startswith(f"Cannot keep the state in {state}: {told}"), errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--state", "redis://127.0.0.1/0"], {}, "$.state"),
        (["--state", "{state}"], {"MODERATION_EMULATOR_SEED": "7"}, "$.seed"),
        ([], {"MODERATION_EMULATOR_STATE": "{state}", "MODERATION_EMULATOR_STATE_SYNC": "sometimes"}, "$.state_sync"),
        (["--state", "{folder}/none/state.db"], {}, "No such file or directory"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    state: Path, arguments: list[str], environment: Mapping[str, str], told: str
) -> None:
    fill = {"state": str(state), "folder": str(state.parent)}
    code, errors = run_serve(
        *(each.format(**fill) for each in arguments),
        **{name: text.format(**fill) for name, text in environment.items()},
    )
    assert code == 2
    assert told in errors
    assert not state.exists()


def test_a_file_of_a_configuration_lies_beside_it(tmp_path: Path) -> None:
    config = tmp_path / "emulator.yaml"
    config.write_text("state: mine.db\nstate_sync: full\n", encoding="utf-8")
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd="/") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Listening on")
        process.terminate()
    assert (tmp_path / "mine.db").exists()


def test_servers_of_the_test_kit_and_of_exec_leave_the_file_alone(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_EMULATOR_STATE", str(state))
    server = Server()
    url = server.start()
    assert requests.get(f"{url}/_emulator/info", timeout=20).json()["state"] == {"kind": "memory"}
    server.stop()
    command = [sys.executable, "-m", "emulator", "exec", "--", sys.executable, "-c", ""]
    assert subprocess.run(command, check=False, timeout=60).returncode == 0
    assert not state.exists()


def test_exec_keeps_what_it_is_told_to_keep(state: Path) -> None:
    push = "import os, requests; requests.post(os.environ['EMULATOR_URL'] + '/_emulator/rules', json={'match': {}, 'verdict': 'ad'}, timeout=9).raise_for_status()"  # noqa: E501
    command = [sys.executable, "-m", "emulator", "exec", "--state", str(state), "--", sys.executable, "-c", push]
    for _ in range(2):
        assert subprocess.run(command, check=False, timeout=60).returncode == 0
    server = start(state)
    assert [name for name, *_ in list_rules(server)] == ["rule-2", "rule-1"]
    second = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert second.returncode == 3
    assert (
        second.stderr
        == f"Cannot keep the state in {state}: another process has it; end that one, or name another file.\n"
    )
    end(server)


def test_callbacks_that_are_left_are_pushed_by_the_next_start(state: Path) -> None:
    """What SIGTERM says of them; kills are in tests/durability."""
    server = start(state)
    control(server, "POST", "clock", {"freeze": True}, account="default")
    account = control(server, "GET", "accounts/default")
    assert account["id"] == "acc-1"
    control(server, "POST", "rules", {"match": {"provider": "wechat"}, "callback": "late"})
    made = control(server, "POST", "accounts", {"name": "pushed", "wechat": {"push_url": "http://127.0.0.1:9/"}})["wechat"]  # fmt: skip # noqa: E501
    control(server, "POST", "clock", {"freeze": True}, account="pushed")
    query = f"grant_type=client_credential&appid={made['appid']}&secret={made['secret']}"
    token = requests.get(f"{server.url}/cgi-bin/token?{query}", timeout=20).json()["access_token"]
    body = {"media_url": "https://a.test/x.png", "media_type": 2, "version": 2, "scene": 1, "openid": "o-1"}
    answer = requests.post(f"{server.url}/wxa/media_check_async?access_token={token}", json=body, timeout=20)
    assert answer.json()["errcode"] == 0
    before = control(server, "GET", "callbacks")["items"]
    assert [each["state"] for each in before] == ["held"]
    assert "stopped with 1 callback still to be pushed; the next start pushes them" in end(server)[1]
    again = start(state)
    assert control(again, "GET", "callbacks")["items"] == before
    control(again, "POST", "clock", {"advance": 60}, account="pushed")
    (after,) = control(again, "GET", "callbacks")["items"]
    assert after["pushes"] > 0
    again.kill()
    last = start(state)
    (kept,) = control(last, "GET", "callbacks")["items"]
    assert kept["attempts"][: after["pushes"]] == after["attempts"]
    last.kill()
