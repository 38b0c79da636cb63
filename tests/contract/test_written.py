"""Errors that rules write out: any code of the provider's form, also one that is in no table, as its door tells it."""

import json
from typing import Any

import pytest
import requests

from tests.live import Live
from tests.providers.alipay import forms as alipay
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green import forms as green
from tests.providers.wechat import forms as wechat
from tests.providers.wechat.cloud import forms as cloud

URL = "https://cdn.example.test/one.jpg"


def newest(live: Live) -> Any:
    return live.entries()[0]


def warned(live: Live, code: str, provider: str) -> None:
    """The newest entry has the code, and says that no table has it."""
    entry = newest(live)
    assert (entry.code, entry.outcome, entry.decided_by[0]) == (code, "error", "rule")
    assert entry.warnings == (f"{code} is in no table of {provider}: it is answered as the rule writes it",)


# -- WeChat: any errcode, as captured ones look


def test_an_errcode(live: Live) -> None:
    """87099 is in no document; the form is that of every captured error: errcode, and errmsg with the rid behind it."""
    rule = live.rule({"provider": "wechat"}, error={"code": 87099, "message": "made up"})
    assert rule["warnings"] == ["87099 is in no table of wechat: it is answered as the rule writes it"]
    told = wechat.upload(live)
    entry = newest(live)
    assert (told["errcode"], told["errmsg"]) == (87099, f"made up rid: {entry.request_id}")
    warned(live, "87099", "wechat")
    assert wechat.token(live).json()["errcode"] == 87099
    assert wechat.say(live, "security.msgSecCheck", {"content": "x"}).json()["errcode"] == 87099


def test_an_errcode_by_the_cloud(live: Live) -> None:
    live.rule({"provider": "wechat", "via": "cloud"}, error={"code": -87099, "message": "made up"})
    told = cloud.read(cloud.post(live, cloud.form(cloud.media())))
    assert told.api == {"errcode": -87099, "errmsg": f"made up rid: {newest(live).request_id}"}
    live.rule({"provider": "wechat", "via": "cloud"}, error={"code": -604999})
    assert cloud.read(cloud.post(live, cloud.form(cloud.media()))).platform == -604999


@pytest.mark.parametrize("version", [1, 2])
def test_an_errcode_of_one_picture_comes_in_the_event(live: Live, version: int) -> None:
    live.rule({"provider": "wechat", "url": URL}, error={"code": -1099, "message": "made up"})
    params = {"media_url": URL, "media_type": 2}
    more = {"version": 2, "scene": 1, "openid": "o"} if version == 2 else {}
    with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json"):
        assert wechat.say(live, "security.mediaCheckAsync", {**params, **more}).json()["errcode"] == 0
    (callback,) = live.control("GET", "callbacks").json()["items"]
    event = json.loads(callback["body"])
    if version == 1:
        assert event["status_code"] == 2**32 - 1099  # unsigned, as the documented 4294966288
    else:
        assert (event["errcode"], event["errmsg"]) == (-1099, "made up")


def test_an_errcode_of_one_text_among_several(live: Live) -> None:
    live.rule({"provider": "wechat", "text": "a title"}, error={"code": 87099, "message": "made up"})
    params = {"content": "fine", "title": "a title", "version": 2, "scene": 1, "openid": "o"}
    assert wechat.say(live, "security.msgSecCheck", params).json()["errcode"] == 87099


@pytest.mark.parametrize("code", ["2147483648", "-2147483649", 0, "0", "007", "x", "87099x", "1.5", ""])
def test_what_is_no_errcode(live: Live, code: Any) -> None:
    rule = {"match": {"provider": "wechat"}, "error": {"code": code}}
    (problem,) = live.control("POST", "rules", rule).json()["problems"]
    assert problem["path"] == "$.error"
    assert problem["expected"].startswith("a whole number other than 0")


def test_a_known_errcode_with_another_text(live: Live) -> None:
    rule = live.rule({}, error={"code": 45009, "message": "reach max api daily quota limit, in a test"})
    assert "warnings" not in rule
    assert wechat.upload(live)["errmsg"].startswith("reach max api daily quota limit, in a test rid: ")
    assert newest(live).warnings == ()
    told = live.control("POST", "rules", {"match": {}, "error": {"code": 45009, "status": 500}}).json()["problems"]
    assert told[0]["expected"] == "code, message alone: what is asked for has no status"


# -- magic words of WeChat


def test_a_magic_word_names_an_errcode_of_no_table(live: Live) -> None:
    told = wechat.upload(live, filename="emu-error-87099.png")
    assert told["errcode"] == 87099
    entry = newest(live)
    assert (entry.code, entry.outcome, entry.decided_by[0]) == ("87099", "error", "magic")
    assert entry.warnings == ("magic word emu-error-87099: 87099 is in no table of wechat, but answered all the same",)
    rule = live.control("POST", f"journal/{entry.id}/rule").json()
    assert rule["error"] == {"code": "87099"}
    live.control("POST", "rules", rule)
    live.control("PATCH", "settings", {"magic_words": False})
    assert wechat.upload(live, filename="emu-error-87099.png")["errcode"] == 87099


def test_a_number_of_another_provider_stays_its_own(live: Live) -> None:
    """The same address may serve four services: 592 is a code of Green, and its word does nothing elsewhere."""
    assert wechat.upload(live, filename="emu-error-592.png")["errcode"] == 0
    assert newest(live).warnings == ("magic word emu-error-592.png: wechat has no such code, aliyun_green has",)


def test_no_other_provider_takes_numbers_from_words(live: Live) -> None:
    (item,) = green.scan(live, "https://cdn.example.test/emu-error-99999.jpg")
    assert item["code"] == 200
    assert newest(live).warnings[0].startswith("unknown magic word emu-error-99999")


# -- Alibaba: names with a status, and Green's body codes


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"code": "Forbidden.Made_up-1", "message": "No.", "status": 403}, 403, "No."),
        ({"code": "MadeUp"}, 400, "error MadeUp"),
        ({"code": "Throttling", "message": "Slow.", "status": 503}, 503, "Slow."),
        ({"code": "InvalidTask.2.Colour", "message": "Task.2.Colour is wrong."}, 400, "Task.2.Colour is wrong."),
    ],
)
def test_a_name_with_a_status(live: Live, form: dict[str, Any], status: int, message: str) -> None:
    live.rule({"provider": "aliyun_imageaudit"}, error=form)
    answer = live.scan_text("hello")
    body = answer.json()
    assert (answer.status_code, body["Code"], body["Message"]) == (status, form["code"], message)
    assert {"RequestId", "HostId", "Recommend"} <= body.keys()


def test_a_name_of_one_picture(live: Live) -> None:
    """One of two pictures: its element fails, the other goes on; alone it fails the call."""
    live.rule({"provider": "aliyun_imageaudit", "url": URL}, error={"code": "MadeUp", "message": "No.", "status": 444})
    first, second = live.scan_image(URL, "https://cdn.example.test/two.jpg").json()["Data"]["Results"]
    assert "SubResults" not in first
    assert first["Message"] in ("No.", "MadeUp")
    assert second["SubResults"]
    warned_of = newest(live).warnings
    assert warned_of == ("MadeUp is in no table of aliyun_imageaudit: it is answered as the rule writes it",)
    alone = live.scan_image(URL)
    assert (alone.status_code, alone.json()["Code"]) == (444, "MadeUp")


def test_a_body_code_of_green(live: Live) -> None:
    live.rule({"provider": "aliyun_green", "url": URL}, error={"code": 599, "message": "MADE_UP"})
    failed, fine = green.scan(live, URL, "https://cdn.example.test/two.jpg")
    assert (failed["code"], failed["msg"], "results" in failed) == (599, "MADE_UP", False)
    assert fine["code"] == 200
    (task_id,) = green.submit(live, URL)
    (item,) = green.results(live, task_id)
    assert (item["code"], item["msg"]) == (599, "MADE_UP")
    live.control("DELETE", "rules")
    live.rule({"operation": "text/scan"}, error={"code": 12345, "message": "MADE_UP"})
    body = {"scenes": ["antispam"], "tasks": [{"content": "x"}]}
    answer = green.call(live, "text/scan", body)
    assert answer.status_code == 200
    assert (answer.json()["code"], answer.json()["msg"]) == (12345, "MADE_UP")
    warned(live, "12345", "aliyun_green")


def test_a_name_of_greens_gateway(live: Live) -> None:
    """It befalls the whole call, as an item has no name."""
    live.rule({"operation": "image/scan", "url": URL}, error={"code": "Made.Up", "message": "No.", "status": 409})
    answer = green.call(live, "image/scan", {"scenes": ["porn"], "tasks": [{"url": "https://a.test/1"}, {"url": URL}]})
    assert answer.status_code == 409
    assert (answer.json()["Code"], answer.json()["Message"]) == ("Made.Up", "No.")


def test_a_known_body_code_with_another_text(live: Live) -> None:
    live.rule({"url": URL}, error={"code": 592, "message": "slower than slow"})
    (item,) = green.scan(live, URL)
    assert (item["code"], item["msg"]) == (592, "slower than slow")


@pytest.mark.parametrize("quirk", [False, True])
@pytest.mark.parametrize(("code", "status"), [(444, 444), (99, 200), (100, 200), (12345, 200)])
def test_a_body_code_as_http_status(live: Live, quirk: bool, code: int, status: int) -> None:
    """By the page of image/asyncscan code is the HTTP status: where it can be one."""
    live.control("PATCH", "settings", {"quirks": {"green.http_status": quirk}})
    live.rule({"operation": "image/feedback"}, error={"code": code})
    answer = green.call(live, "image/feedback", {"taskId": "t", "suggestion": "pass", "scenes": ["ad"]})
    assert (answer.status_code, answer.json()["code"]) == (status if quirk else 200, code)


@pytest.mark.parametrize("provider", ["aliyun_imageaudit", "aliyun_green"])
@pytest.mark.parametrize("code", ["", "a b", ".a", "x" * 101, "坏", "a/b", '"', 200])
def test_what_is_no_code_of_alibaba(live: Live, provider: str, code: Any) -> None:
    answer = live.control("POST", "rules", {"match": {"provider": provider}, "error": {"code": code}})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "$.error"


# -- Alipay: the pair of code and sub_code, signed; and the calls of the mini program


GATEWAY = {"code": 40004, "message": "Business Failed", "sub_code": "ACQ.MADE_UP", "sub_msg": "没有这回事"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (GATEWAY, ("40004", "Business Failed", "ACQ.MADE_UP", "没有这回事")),
        (
            {"code": "40009", "message": "New", "sub_code": "isv.made-up", "sub_msg": "x"},
            ("40009", "New", "isv.made-up", "x"),
        ),
        (
            {"code": 40006, "sub_code": "isv.made-up"},
            ("40006", "Insufficient Permissions", "isv.made-up", "error isv.made-up"),
        ),
        ({"code": "isv.made-up", "message": "x"}, ("40004", "Business Failed", "isv.made-up", "x")),
        (
            {"code": 40002, "sub_code": "isv.invalid-signature", "sub_msg": "x"},
            ("40002", "Invalid Arguments", "isv.invalid-signature", "x"),
        ),
        (
            {"code": "isv.invalid-signature", "message": "x"},
            ("40002", "Invalid Arguments", "isv.invalid-signature", "x"),
        ),
    ],
)
@pytest.mark.parametrize("method", [gateway.DETECT, gateway.SYNC, gateway.ANALYZE])
def test_a_pair_of_codes_signed_as_all_answers_are(live: Live, method: str, form: Any, told: tuple[str, ...]) -> None:
    live.rule({"operation": method}, error=form)
    body = gateway.told(live, method, gateway.content(method, "one"))  # verifies the signature
    assert body == dict(zip(("code", "msg", "sub_code", "sub_msg"), told, strict=True))


def test_a_code_without_sub_code(live: Live) -> None:
    live.rule({"operation": gateway.DETECT}, error={"code": 20000})
    body = gateway.told(live, gateway.DETECT, gateway.content(gateway.DETECT, "one"))
    assert body == {"code": "20000", "msg": "Service Currently Unavailable"}
    warned(live, "20000", "alipay")


def test_a_subject_of_analyze_fails_the_call(live: Live) -> None:
    live.rule({"provider": "alipay", "url": "https://cdn.example.test/one.jpg"}, error=GATEWAY)
    body = gateway.told(live, gateway.ANALYZE, gateway.content(gateway.ANALYZE, "one"))
    assert (body["code"], body["sub_code"]) == ("40004", "ACQ.MADE_UP")


def test_a_code_of_the_mini_program(live: Live) -> None:
    live.rule({"operation": alipay.TEXT}, error={"code": "made_up", "message": "没有", "status": 418})
    answer = alipay.call(live, alipay.TEXT, alipay.text("x"))
    assert (answer.status_code, answer.json()) == (418, {"error": "made_up", "errorMessage": "没有"})
    warned(live, "made_up", "alipay")


def test_a_code_of_a_picture_comes_with_its_result(live: Live) -> None:
    live.rule({"operation": [alipay.SUBMIT, alipay.QUERY], "url": URL}, error={"code": "made up", "message": "没有"})
    task = alipay.submit(live, URL)
    alipay.advance(live, 0.5)
    answer = alipay.call(live, alipay.QUERY, alipay.task(task))
    assert answer.status_code == 400
    assert (answer.json()["error"], answer.json()["errorMessage"]) == ("made up", "没有")


@pytest.mark.parametrize(
    ("match", "form", "expected"),
    [
        ({"operation": "my.ap.imgRisk"}, GATEWAY, "code, message, status alone"),
        ({"operation": gateway.DETECT}, {"code": "x", "status": 500}, "code, message, sub_code, sub_msg alone"),
        ({"provider": "alipay"}, {"code": 4, "sub_code": "X"}, "a code of five digits beside sub_code"),
        ({"provider": "alipay"}, {"code": 40004, "sub_msg": "x"}, "sub_code beside sub_msg"),
        ({"operation": gateway.DETECT}, {"code": 404}, "a code of five digits, or the name of a sub_code"),
        ({"provider": "alipay"}, {"code": " x"}, "a code of letters"),
    ],
)
def test_what_is_no_code_of_alipay(live: Live, match: Any, form: Any, expected: str) -> None:
    (problem,) = live.control("POST", "rules", {"match": match, "error": form}).json()["problems"]
    assert problem["expected"].startswith(expected)


# -- the same for all


def test_it_must_be_clear_whose_code_it_is(live: Live) -> None:
    (problem,) = live.control("POST", "rules", {"match": {}, "error": {"code": 87099}}).json()["problems"]
    assert problem["path"] == "$.error.code"
    assert problem["expected"].startswith("match.provider beside a code that is in no table: one of ")


def test_the_journal_is_asked_about_a_code_of_no_table(live: Live) -> None:
    unknown = live.control("POST", "journal/verify", {"match": {"code": "87098"}})
    assert unknown.status_code == 400
    rule = live.rule({"provider": "wechat"}, error={"code": 87097, "message": "made up"})
    wechat.upload(live)
    live.control("DELETE", f"rules/{rule['id']}")
    assert live.control("POST", "journal/verify", {"match": {"code": "87097"}}).json()["ok"]
    assert len(live.control("GET", "journal", code="87097").json()["items"]) == 1


def test_it_comes_again_by_the_rule_of_the_entry(live: Live) -> None:
    form = {"code": "MadeUp", "message": "No.", "status": 444}
    live.rule({"operation": "ScanText"}, error=form)
    live.scan_text("hello")
    rule = live.control("POST", f"journal/{newest(live).id}/rule").json()
    assert rule["error"] == form
    live.control("DELETE", "rules")
    live.control("POST", "rules", rule)
    assert live.scan_text("hello").status_code == 444


def test_listed_rules_can_be_pushed_again(live: Live) -> None:
    live.rule({"provider": "wechat"}, error={"code": 87099, "message": "made up"})
    listed = live.control("GET", "rules", source="control")
    assert listed.json()["items"][0]["warnings"]
    text = live.control("GET", "rules", source="control", format="yaml").text
    assert "warnings" not in text
    live.control("DELETE", "rules")
    assert live.control("POST", "rules", listed.json()["items"]).status_code == 201
    assert requests.post(f"{live.url}/_emulator/rules", data=text.encode(), timeout=10).status_code == 201
