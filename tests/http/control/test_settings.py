"""Settings change while the server runs, for all or for one account, and everything follows at once."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.config.model import Latency
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error
from tests.providers.alipay.gateway.builders import make_key_pair
from tests.providers.aliyun.rpc_calls import scan_image, scan_text

ONE_PER_SECOND = {"limits": {"aliyun_imageaudit": {"per_second": 1}}}


@pytest.fixture
def live(start: Callable[..., RunningServer]) -> RunningServer:
    """Start an emulator that is not shared, with two accounts."""
    return start({"accounts": [TEAM_B]})


def patch(live: RunningServer, form: Any, **query: str) -> dict[str, Any]:
    answer = live.control("PATCH", "settings", form, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def get_settings(live: RunningServer, **query: str) -> dict[str, Any]:
    answer = live.control("GET", "settings", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def list_problems(live: RunningServer, form: Any, **query: str) -> list[dict[str, str]]:
    """Return the problems of a patch that is refused; nothing may have changed."""
    before = get_settings(live), get_settings(live, account="default")
    answer = live.control("PATCH", "settings", json.dumps(form), **query)
    parse_error(answer, 400)
    assert (get_settings(live), get_settings(live, account="default")) == before
    return list(answer.json()["problems"])


def is_throttled(live: RunningServer, **options: Any) -> bool:
    """Return whether the second call within one second is refused."""
    for account in live.state.accounts:
        live.control("POST", "clock", {"freeze": True}, account=account.id)
        live.control("POST", "clock", {"set": int(account.clock.now()) + 10.5}, account=account.id)
    scan_text(live, "hello", **options)
    return scan_text(live, "hello", **options).status_code == 429


# What is shown.


def test_everything_is_shown(live: RunningServer) -> None:
    settings = get_settings(live)
    assert settings["profile"] == "fast"
    assert settings["magic_words"] is True
    assert settings["latency"] == {"min": 0, "max": 0}
    assert settings["limits"]["aliyun_imageaudit"] == {"per_second": False}
    gaps = [*[0.01] * 8, 0.5, 1, 2, 2, 2, 2, 2]
    wechat = {"pushes": 3, "timeout": 5, "gaps": [0.01, 2]}  # the documents of message pushes: three tries, 5 s
    assert settings["callbacks"] == {"pushes": 16, "allow": [], "timeout": 2, "gaps": gaps, "wechat": wechat}
    assert settings["images"] == {"fetch": False, "allow": [], "private": False}
    assert settings["thresholds"] == {"block": 80, "review": 50}
    assert settings["server"]["port"] == 0
    assert settings["journal"] == {"size": 10_000}
    assert settings["fixtures"]
    quirk = settings["quirks"]["imageaudit.default_format"]
    assert (quirk["value"], quirk["choices"]) == ("JSON", ["JSON", "XML"])
    assert quirk["source"]


def test_no_secret_is_shown(live: RunningServer) -> None:
    assert "accounts" not in get_settings(live)
    assert "teamBSecret" not in live.control("GET", "settings").text


def test_the_key_of_the_gateway_is_not_shown(start: Callable[..., RunningServer]) -> None:
    live = start({"alipay": {"gateway_private_key": make_key_pair().pkcs1}})
    assert "alipay" not in get_settings(live)
    assert "PRIVATE" not in live.control("PATCH", "settings", {"magic_words": False}).text


# Changes of the whole server.


def test_a_patch_answers_the_whole_settings(live: RunningServer) -> None:
    before = get_settings(live)
    after = patch(live, {"images": {"fetch": True}})
    assert after == {**before, "images": {**before["images"], "fetch": True}}
    assert get_settings(live) == get_settings(live, account="team-b") == after


def test_an_empty_patch_changes_nothing(live: RunningServer) -> None:
    before = get_settings(live)
    assert patch(live, {}) == before


def test_a_profile_changes_all_that_is_not_set_alone(live: RunningServer) -> None:
    patch(live, {"callbacks": {"timeout": 7}})
    after = patch(live, {"profile": "documented"})
    assert after["callbacks"]["timeout"] == 7
    assert len(after["callbacks"]["gaps"]) == 10
    assert after["limits"]["aliyun_imageaudit"] == {"per_second": 2}
    assert patch(live, {"callbacks": {"timeout": None}})["callbacks"]["timeout"] == 10
    assert patch(live, {"profile": None})["callbacks"]["timeout"] == 2
    assert live.control("GET", "info").json()["profile"] == "fast"


def test_callbacks_of_one_provider(live: RunningServer) -> None:
    """What is set for it goes before what is set for all, and that before its documents."""

    def patch_callbacks(callbacks: Any) -> Any:
        return patch(live, {"callbacks": callbacks})["callbacks"]

    assert patch_callbacks({"pushes": 7})["wechat"] == {"pushes": 7, "timeout": 5, "gaps": [0.01, 2]}
    after = patch_callbacks({"wechat": {"pushes": 2}, "aliyun_green": {"timeout": 1}})
    assert after["wechat"] == {"pushes": 2, "timeout": 5, "gaps": [0.01, 2]}
    assert (after["aliyun_green"]["timeout"], after["aliyun_green"]["pushes"], after["timeout"]) == (1, 7, 2)
    assert patch_callbacks({"wechat": {"pushes": None}})["wechat"]["pushes"] == 7
    assert patch_callbacks({"pushes": None, "aliyun_green": None})["wechat"]["pushes"] == 3
    assert patch(live, {"profile": "documented"})["callbacks"]["wechat"] == {"pushes": 3, "timeout": 5, "gaps": [5]}
    patch(live, {"profile": "fast"})
    patch(live, {"profile": "documented"}, account="team-b")
    assert get_settings(live, account="team-b")["callbacks"] == get_settings(live)["callbacks"]


def test_null_returns_to_the_profile_also_what_the_start_set(start: Callable[..., RunningServer]) -> None:
    live = start({"profile": "documented", "callbacks": {"timeout": 3}, "magic_words": False})
    assert get_settings(live)["callbacks"]["timeout"] == 3
    after = patch(live, {"callbacks": {"timeout": None}, "magic_words": None})
    assert (after["callbacks"]["timeout"], after["magic_words"]) == (10, True)
    assert patch(live, {"limits": None, "quirks": None, "callbacks": None})["profile"] == "documented"
    live.reset()
    assert (get_settings(live)["callbacks"]["timeout"], get_settings(live)["magic_words"]) == (3, False)


@pytest.mark.parametrize(
    ("form", "path", "told"),
    [
        ([], "$", "an object"),
        (None, "$", "an object"),
        ({"magik_words": False}, "$.magik_words", "did you mean magic_words?"),
        ({"magik_words": None}, "$.magik_words", "did you mean magic_words?"),
        ({"callbacks": {"gasp": None}}, "$.callbacks.gasp", "did you mean gaps?"),
        ({"callbacks": {"gaps": [None]}}, "$.callbacks.gaps[0]", "number"),
        ({"callbacks": []}, "$.callbacks", "object"),
        ({"images": {"fetch": 1}}, "$.images.fetch", "boolean"),
        ({"images": {"allow": ["a..b"]}}, "$.images.allow[0]", "a host name"),
        ({"profile": "slow"}, "$.profile", "one of fast, documented"),
        ({"limits": {"aliyun_imageaudit": {"per_second": 0}}}, "$.limits.aliyun_imageaudit.per_second", "at least 1"),
        ({"quirks": {"imageaudit.default_fromat": "XML"}}, "$.quirks['imageaudit.default_fromat']", "did you mean"),
        ({"quirks": {"imageaudit.default_fromat": None}}, "$.quirks['imageaudit.default_fromat']", "did you mean"),
        ({"quirks": {"imageaudit.default_format": "YAML"}}, "$.quirks['imageaudit.default_format']", 'one of "JSON"'),
        ({"quirks": "XML"}, "$.quirks", "object"),
        ({"latency": {"min": 2, "max": 1}}, "$.latency", "min not above max"),
        ({"latency": {"distribution": "fixed"}}, "$.latency", "a key seconds"),
        ({"latency": {"sigma": 1}}, "$.latency", "a key median"),
        ({"latency": {"seconds": 1, "max": 2}}, "$.latency.max", "nothing but seconds"),
        ({"latency": {"distribution": "normal"}}, "$.latency.distribution", "one of uniform, fixed, lognormal"),
        ({"server": {"port": 1}}, "$.server", "read at start"),
        ({"journal": {"size": 5}}, "$.journal", "read at start"),
        ({"seed": 5}, "$.seed", "read at start"),
        ({"seed": None}, "$.seed", "read at start"),
        ({"control": {"hosts": ["evil.example"]}}, "$.control", "read at start"),
        ({"fixtures": []}, "$.fixtures", "read at start"),
        ({"accounts": []}, "$.accounts", "read at start"),
    ],
)
def test_a_bad_patch_is_refused(live: RunningServer, form: Any, path: str, told: str) -> None:
    (problem,) = list_problems(live, form)
    assert problem["path"] == path
    assert told in problem["expected"]
    if path == "$":
        assert problem["got"] == json.dumps(form)


def test_all_problems_at_once_and_nothing_of_it_holds(live: RunningServer) -> None:
    found = list_problems(
        live, {"magic_words": False, "seed": 1, "x": 1, "images": {"fetch": 1}, "quirks": {"y": 1}, "thresholds": None}
    )
    assert {problem["path"] for problem in found} == {"$.seed", "$.x", "$.images.fetch", "$.quirks['y']"}
    assert len(list_problems(live, {f"key-{number}": 1 for number in range(50)})) == 20


# Everything follows at once.


def test_magic_words_are_switched_off_and_on(live: RunningServer) -> None:
    patch(live, {"magic_words": False})
    assert scan_text(live, "emu-ad").json()["Data"]["Elements"][0]["Results"][0]["Suggestion"] == "pass"
    patch(live, {"magic_words": True})
    assert scan_text(live, "emu-ad").json()["Data"]["Elements"][0]["Results"][0]["Suggestion"] == "block"


def test_a_quirk_is_chosen_and_given_back(live: RunningServer) -> None:
    patch(live, {"quirks": {"imageaudit.default_format": "XML"}})
    answer = scan_text(live, "hello", common={"Format": None})
    assert answer.text.startswith("<?xml")
    assert get_settings(live)["quirks"]["imageaudit.default_format"]["value"] == "XML"
    patch(live, {"quirks": {"imageaudit.default_format": None}})
    assert scan_text(live, "hello", common={"Format": None}).json()["Data"]


def test_a_limit_holds_for_all_until_it_is_given_back(live: RunningServer) -> None:
    assert not is_throttled(live)
    patch(live, ONE_PER_SECOND)
    assert is_throttled(live)
    assert is_throttled(live, **AS_B)
    patch(live, {"limits": None})
    assert not is_throttled(live)


def read_suggestion(answer: requests.Response) -> str:
    return str(answer.json()["Data"]["Results"][0]["SubResults"][0]["Suggestion"])


def test_thresholds_change_rules_and_magic_words(start: Callable[..., RunningServer], tmp_path: Path) -> None:
    finding = {"findings": [{"scene": "porn", "label": "porn", "rate": 70}]}
    (tmp_path / "mine.yaml").write_text(json.dumps([{"match": {"url": "http://a.test/file"}, "verdict": finding}]))
    live = start({"fixtures": [str(tmp_path)]})
    live.push_rule({"url": "http://a.test/before"}, verdict=finding, times=10)
    urls = ["http://a.test/file", "http://a.test/before", "http://a.test/emu-porn-70.0", "http://a.test/after"]
    assert [read_suggestion(scan_image(live, url)) for url in urls[:3]] == ["review"] * 3
    patch(live, {"thresholds": {"block": 70}})
    live.push_rule({"url": "http://a.test/after"}, verdict=finding)
    assert [read_suggestion(scan_image(live, url)) for url in urls] == ["block"] * 4
    live.reset()
    assert [read_suggestion(scan_image(live, url)) for url in (urls[0], urls[2])] == ["review"] * 2


def test_pictures_are_fetched_from_hosts_that_are_listed_now(live: RunningServer) -> None:
    egress = live.state.egress
    assert not egress.is_allowed("cdn.test", "93.184.216.34")
    patch(live, {"images": {"allow": ["cdn.test"], "private": True}})
    assert egress.is_allowed("cdn.test", "93.184.216.34")
    assert egress.is_allowed("10.0.0.1", "10.0.0.1")
    patch(live, {"images": None})
    assert not egress.is_allowed("cdn.test", "93.184.216.34")
    assert not egress.is_allowed("10.0.0.1", "10.0.0.1")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"min": 0.001, "max": 0.002}, Latency(min=0.001, max=0.002)),
        ({"max": 0.002}, Latency(max=0.002)),
        ({"seconds": 0.001}, Latency(0.001, 0.001)),
        ({"distribution": "fixed", "seconds": 0.001}, Latency(0.001, 0.001)),
        ({"median": 0.001}, Latency(median=0.001, sigma=0.5)),
        ({"distribution": "lognormal", "median": 0.001, "sigma": 0}, Latency(median=0.001)),
    ],
)
def test_a_latency_delays_calls(live: RunningServer, form: dict[str, Any], expected: Latency) -> None:
    settings = patch(live, {"latency": form})["latency"]
    assert settings.items() >= form.items()
    assert live.state.settings.latency == expected
    assert scan_text(live, "hello").status_code == 200
    assert live.list_entries()[0].seconds >= min(expected.min, expected.median)
    assert patch(live, {"latency": None})["latency"] == {"min": 0, "max": 0}


def test_a_latency_of_another_distribution_replaces_the_former(live: RunningServer) -> None:
    patch(live, {"latency": {"median": 0.08, "sigma": 0.1}})
    assert patch(live, {"latency": {"sigma": 0.2}})["latency"] == {"median": 0.08, "sigma": 0.2}
    assert patch(live, {"latency": {"max": 0.3}})["latency"] == {"min": 0, "max": 0.3}
    assert patch(live, {"latency": {"seconds": 0.1}})["latency"] == {"seconds": 0.1}


# Changes of one account.


def test_an_account_has_settings_of_its_own(live: RunningServer) -> None:
    settings = patch(live, {"magic_words": False, **ONE_PER_SECOND}, account="teamBKey")
    assert settings == get_settings(live, account="team-b")
    assert (settings["magic_words"], settings["limits"]["aliyun_imageaudit"]) == (False, {"per_second": 1})
    assert get_settings(live)["magic_words"] is True
    assert is_throttled(live, **AS_B)
    assert not is_throttled(live)


def test_what_it_did_not_change_follows_the_server(live: RunningServer) -> None:
    patch(live, {"magic_words": False}, account="team-b")
    patch(live, {"magic_words": False, "latency": {"max": 0.001}, "profile": "documented", "images": {"fetch": True}})
    patch(live, {"magic_words": True})
    settings = get_settings(live, account="team-b")
    assert (settings["magic_words"], settings["latency"]["max"], settings["profile"]) == (False, 0.001, "documented")
    assert settings["limits"]["aliyun_imageaudit"] == {"per_second": 2}
    assert settings["images"]["fetch"] is True
    settings = patch(live, {"magic_words": None}, account="team-b")
    assert settings == get_settings(live)


def test_null_returns_a_key_of_an_account_to_the_server(live: RunningServer) -> None:
    patch(live, {"limits": {"aliyun_imageaudit": {"per_second": 5}}})
    patch(live, {"limits": {"aliyun_imageaudit": {"per_second": False}}}, account="team-b")
    settings = patch(live, {"limits": {"aliyun_imageaudit": None}}, account="team-b")
    assert settings["limits"]["aliyun_imageaudit"] == {"per_second": 5}


@pytest.mark.parametrize(
    "form",
    [
        {"quirks": {"imageaudit.default_format": "XML"}},
        {"images": None},
        {"callbacks": {}},
        {"thresholds": {"block": 1}},
        {"seed": 1},
        {"alipay": {"gateway_private_key": None}},
        {"biz_types": {}},
    ],
)
def test_what_belongs_to_the_whole_server(live: RunningServer, form: dict[str, Any]) -> None:
    (problem,) = list_problems(live, {**form, "magic_words": False}, account="default")
    assert problem["path"] == f"$.{next(iter(form))}"
    assert "magic_words" in problem["expected"]
    assert "whole server" in problem["expected"]


def test_an_account_has_a_profile_of_its_own(live: RunningServer) -> None:
    server = get_settings(live)
    patch(live, {"waits": {"alipay_result": 7}, "limits": {"wechat": {"per_day": 5}}, "callbacks": {"timeout": 3}})
    settings = patch(live, {"profile": "documented", "latency": {"max": 0.001}}, account="team-b")
    assert settings["profile"] == "documented"
    assert settings["limits"]["aliyun_imageaudit"] == {"per_second": 2}
    assert settings["limits"]["wechat"]["per_day"] == 200_000
    assert settings["latency"] == {"min": 0, "max": 0.001}
    assert settings["waits"] == server["waits"]
    assert settings["callbacks"] == get_settings(live)["callbacks"]
    assert get_settings(live)["profile"] == get_settings(live, account="default")["profile"] == "fast"
    settings = patch(live, {"latency": None, "limits": {"aliyun_imageaudit": {"per_second": 1}}}, account="team-b")
    assert settings["latency"] == {"min": 0.05, "max": 0.3}
    patch(live, {"latency": {"seconds": 0}}, account="team-b")
    assert is_throttled(live, **AS_B)
    assert not is_throttled(live)
    patch(live, {"thresholds": {"block": 90}})
    assert get_settings(live, account="team-b")["limits"]["aliyun_imageaudit"] == {"per_second": 1}
    assert get_settings(live, account="team-b")["thresholds"]["block"] == 90
    settings = patch(live, {"profile": None, "latency": None, "limits": None}, account="team-b")
    assert settings == get_settings(live)


def test_an_account_may_be_fast_where_the_server_is_not(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B], "profile": "documented", "limits": {"aliyun_imageaudit": {"per_second": 1}}})
    settings = patch(live, {"profile": "fast"}, account="team-b")
    assert (settings["latency"], settings["limits"]["aliyun_imageaudit"]) == (
        {"min": 0, "max": 0},
        {"per_second": False},
    )
    assert not is_throttled(live, **AS_B)


def test_a_latency_of_an_account_replaces_that_of_the_server(live: RunningServer) -> None:
    patch(live, {"latency": {"max": 0.5}}, account="team-b")
    patch(live, {"latency": {"min": 0.7, "max": 0.9}})
    assert get_settings(live, account="team-b")["latency"] == {"min": 0, "max": 0.5}
    patch(live, {"latency": {"median": 0.7}})
    assert get_settings(live, account="team-b")["latency"] == {"min": 0, "max": 0.5}


def test_new_accounts_begin_with_what_the_server_has_now(live: RunningServer) -> None:
    patch(live, {"magic_words": False})
    name = live.control("POST", "accounts", {}).json()["id"]
    assert get_settings(live, account=name)["magic_words"] is False


def test_an_unknown_account_is_not_found(live: RunningServer) -> None:
    parse_error(live.control("GET", "settings", account="nobody"), 404)
    parse_error(live.control("PATCH", "settings", {}, account="nobody"), 404)


# Reset, and the line in the log.


def test_reset_undoes_the_changes_of_its_scope(live: RunningServer) -> None:
    begun = get_settings(live)
    patch(live, {"profile": "documented", "quirks": {"imageaudit.default_format": "XML"}})
    patch(live, {"magic_words": False}, account="team-b")
    patch(live, {"magic_words": False}, account="default")
    live.control("POST", "reset", account="team-b")
    assert get_settings(live, account="team-b") == get_settings(live)
    assert get_settings(live, account="default")["magic_words"] is False
    assert get_settings(live)["profile"] == "documented"
    live.reset()
    assert get_settings(live) == get_settings(live, account="default") == get_settings(live, account="team-b") == begun


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "settings", {"magic_words": False}),
        ("POST", "reset", None),
        ("POST", "clock", {"advance": 1}),
        ("DELETE", "journal", None),
        ("DELETE", "rules", None),
    ],
)
def test_a_change_of_all_accounts_is_logged_once(
    live: RunningServer, caplog: pytest.LogCaptureFixture, method: str, path: str, body: Any
) -> None:
    live.control(method, path, body, account="team-b")
    assert not caplog.records
    assert live.control(method, path, body).status_code == 200
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "2" in record.message
    assert "?account=" in record.message


def test_of_one_account_nothing_is_logged(
    start: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture
) -> None:
    live = start()
    patch(live, {"magic_words": False})
    live.reset()
    assert not caplog.records


# Latency of single operations.


def test_an_operation_has_a_latency_of_its_own(live: RunningServer) -> None:
    slow = {"latency": {"operations": {"ScanImage": {"seconds": 0.3}}}}
    assert patch(live, slow, account="default")["latency"] == {"min": 0, "max": 0, **slow["latency"]}
    scan_text(live, "hello")
    scan_image(live, "http://a.test/a.jpg")
    scan_image(live, "http://a.test/a.jpg", **AS_B)
    other, image, text = live.list_entries()
    assert image.seconds >= 0.3
    assert max(other.seconds, text.seconds) < 0.3
    assert "operations" not in get_settings(live, account="team-b")["latency"]


def test_latencies_of_operations_and_of_all_are_patched_apart(live: RunningServer) -> None:
    patch(live, {"latency": {"max": 0.001, "operations": {"ScanImage": {"max": 0.002}, "image/scan": {"seconds": 1}}}})
    settings = patch(live, {"latency": {"seconds": 0.001, "operations": {"ScanImage": {"min": 0.001}}}})["latency"]
    single = {"ScanImage": {"min": 0.001, "max": 0.002}, "image/scan": {"seconds": 1}}
    assert settings == {"seconds": 0.001, "operations": single}
    patch(live, {"latency": {"operations": {"ScanImage": {"median": 2}, "image/scan": None}}}, account="team-b")
    settings = get_settings(live, account="team-b")["latency"]
    assert settings == {"seconds": 0.001, "operations": {"ScanImage": {"median": 2}, "image/scan": {"seconds": 1}}}
    settings = patch(live, {"latency": {"operations": {"ScanImage": None}}})["latency"]
    assert settings == {"seconds": 0.001, "operations": {"image/scan": {"seconds": 1}}}
    assert patch(live, {"latency": None})["latency"] == {"min": 0, "max": 0}


@pytest.mark.parametrize(
    ("form", "path", "expected"),
    [
        ({"ScanImag": {"max": 1}}, "$.latency.operations.ScanImag", "did you mean ScanImage?"),
        ({"ScanImage": {"min": 2, "max": 1}}, "$.latency.operations['ScanImage']", "min not above max"),
        ({"ScanImage": {"operations": {}}}, "$.latency.operations.ScanImage.operations", "one of distribution, max"),
    ],
)
def test_a_bad_latency_of_an_operation(live: RunningServer, form: dict[str, Any], path: str, expected: str) -> None:
    (problem,) = list_problems(live, {"latency": {"operations": form}})
    assert problem["path"] == path
    assert expected in problem["expected"]
    assert get_settings(live)["latency"] == {"min": 0, "max": 0}


def test_the_latency_of_every_operation_can_be_set(live: RunningServer) -> None:
    names = [name for provider in live.app.providers.values() for name in provider.operations]
    settings = patch(live, {"latency": {"operations": {name: {"max": 0.001} for name in names}}})
    assert list(settings["latency"]["operations"]) == names
