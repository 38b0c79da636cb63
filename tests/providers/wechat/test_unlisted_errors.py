"""An errcode that a rule writes out: any number, also one that is in no table, looks as captured ones do."""

import json
from typing import Any

import pytest

from moderation_emulator.contract.journal_entries import assert_warned, get_newest_entry
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud

URL = "https://cdn.example.test/one.jpg"


def test_any_errcode_a_rule_writes_is_answered(live: RunningServer) -> None:
    """87099 is in no document; the form is that of every captured error: errcode, and errmsg with the rid behind it."""
    rule = live.push_rule({"provider": "wechat"}, error={"code": 87099, "message": "made up"})
    assert rule["warnings"] == ["87099 is in no table of wechat: it is answered as the rule writes it"]
    answer = wechat.upload(live)
    entry = get_newest_entry(live)
    assert (answer["errcode"], answer["errmsg"]) == (87099, f"made up rid: {entry.request_id}")
    assert_warned(live, "87099", "wechat")
    assert wechat.fetch_token(live).json()["errcode"] == 87099
    assert wechat.call_json(live, "security.msgSecCheck", {"content": "x"}).json()["errcode"] == 87099


def test_an_errcode_by_the_cloud(live: RunningServer) -> None:
    live.push_rule({"provider": "wechat", "via": "cloud"}, error={"code": -87099, "message": "made up"})
    found = cloud.parse_answer(cloud.post(live, cloud.encode_form(cloud.encode_media())))
    assert found.api == {"errcode": -87099, "errmsg": f"made up rid: {get_newest_entry(live).request_id}"}
    live.push_rule({"provider": "wechat", "via": "cloud"}, error={"code": -604999})
    assert cloud.parse_answer(cloud.post(live, cloud.encode_form(cloud.encode_media()))).platform == -604999


@pytest.mark.parametrize("version", [1, 2])
def test_an_errcode_of_one_picture_comes_in_the_event(live: RunningServer, version: int) -> None:
    live.push_rule({"provider": "wechat", "url": URL}, error={"code": -1099, "message": "made up"})
    params = {"media_url": URL, "media_type": 2}
    more = {"version": 2, "scene": 1, "openid": "o"} if version == 2 else {}
    with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json"):
        assert wechat.call_json(live, "security.mediaCheckAsync", {**params, **more}).json()["errcode"] == 0
    (callback,) = live.control("GET", "callbacks").json()["items"]
    event = json.loads(callback["body"])
    if version == 1:
        assert event["status_code"] == 2**32 - 1099  # unsigned, as the documented 4294966288
    else:
        assert (event["errcode"], event["errmsg"]) == (-1099, "made up")


def test_an_errcode_of_one_text_among_several(live: RunningServer) -> None:
    live.push_rule({"provider": "wechat", "text": "a title"}, error={"code": 87099, "message": "made up"})
    params = {"content": "fine", "title": "a title", "version": 2, "scene": 1, "openid": "o"}
    assert wechat.call_json(live, "security.msgSecCheck", params).json()["errcode"] == 87099


@pytest.mark.parametrize("code", ["2147483648", "-2147483649", 0, "0", "007", "x", "87099x", "1.5", ""])
def test_what_is_no_errcode(live: RunningServer, code: Any) -> None:
    rule = {"match": {"provider": "wechat"}, "error": {"code": code}}
    (problem,) = live.control("POST", "rules", rule).json()["problems"]
    assert problem["path"] == "$.error"
    assert problem["expected"].startswith("a whole number other than 0")


def test_a_known_errcode_with_another_text(live: RunningServer) -> None:
    rule = live.push_rule({}, error={"code": 45009, "message": "reach max api daily quota limit, in a test"})
    assert "warnings" not in rule
    assert wechat.upload(live)["errmsg"].startswith("reach max api daily quota limit, in a test rid: ")
    assert get_newest_entry(live).warnings == ()
    body = live.control("POST", "rules", {"match": {}, "error": {"code": 45009, "status": 500}}).json()["problems"]
    assert body[0]["expected"] == "code, message alone: what is asked for has no status"


def test_a_magic_word_names_an_errcode_of_no_table(live: RunningServer) -> None:
    answer = wechat.upload(live, filename="emu-error-87099.png")
    assert answer["errcode"] == 87099
    entry = get_newest_entry(live)
    assert (entry.code, entry.outcome, entry.decided_by[0]) == ("87099", "error", "magic")
    assert entry.warnings == ("magic word emu-error-87099: 87099 is in no table of wechat, but answered all the same",)
    rule = live.control("POST", f"journal/{entry.id}/rule").json()
    assert rule["error"] == {"code": "87099"}
    live.control("POST", "rules", rule)
    live.control("PATCH", "settings", {"magic_words": False})
    assert wechat.upload(live, filename="emu-error-87099.png")["errcode"] == 87099


def test_a_number_of_another_provider_stays_its_own(live: RunningServer) -> None:
    """The same address may serve four services: 592 is a code of Green, and its word does nothing elsewhere."""
    assert wechat.upload(live, filename="emu-error-592.png")["errcode"] == 0
    assert get_newest_entry(live).warnings == (
        "magic word emu-error-592.png: wechat has no such code, aliyun_green has",
    )
