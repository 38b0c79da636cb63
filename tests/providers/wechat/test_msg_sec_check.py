"""security.msgSecCheck over HTTPS: two versions, their limits, and what is returned of what was found."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from emulator.rules.labels import SCENES, TEXT_LABELS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import call_json

NAME = "security.msgSecCheck"
SECOND = {"version": 2, "scene": 2, "openid": "openid"}
CLEAN_MODEL = {"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90}
NO_WORD = {"strategy": "keyword", "errcode": 0}
DOCUMENTED = {100, 10001, 20001, 20002, 20003, 20006, 20008, 20012, 20013, 21000}


def check_first(live: RunningServer, content: Any, **more: Any) -> Any:
    """Call version 1 in plain UTF-8: it does not undo the escapes of json.dumps."""
    return send_raw(live, json.dumps({"content": content, **more}, ensure_ascii=False).encode())


def check_second(live: RunningServer, content: Any, **more: Any) -> Any:
    return check_first(live, content, **{**SECOND, **more})


def get_code(body: Any) -> int:
    return int(body["errcode"])


def send_raw(live: RunningServer, body: bytes, method: str = "POST") -> Any:
    url = f"{live.url}/wxa/msg_sec_check?access_token=ACCESS_TOKEN"
    return requests.request(method, url, data=body, timeout=10).json()


class TestFirst:
    def test_a_clean_text_is_ok(self, live: RunningServer) -> None:
        assert check_first(live, "你好") == {"errcode": 0, "errmsg": "ok"}

    @pytest.mark.parametrize("verdict", ["block", "spam", "porn/porn", "keyword"])
    def test_a_risky_text_is_refused(self, live: RunningServer, verdict: str) -> None:
        live.push_rule({"text": {"contains": "坏"}}, verdict=verdict)
        body = check_first(live, "坏词")
        assert get_code(body) == 87014
        assert body["errmsg"] == f"risky content rid: {live.list_entries()[0].request_id}"
        assert live.list_entries()[0].outcome == "verdict"

    def test_review_is_no_risk(self, live: RunningServer) -> None:
        assert get_code(check_first(live, "emu-review")) == 0

    def test_review_by_quirk(self, start: Callable[..., RunningServer]) -> None:
        assert get_code(check_first(start({"quirks": {"wechat.review": 87014}}), "emu-review")) == 87014

    @pytest.mark.parametrize(("size", "expected"), [(512_000 - 1, 0), (512_000, 0), (512_001, 45002)])
    def test_size_is_in_bytes(self, live: RunningServer, size: int, expected: int) -> None:
        content = "图" * (size // 3) + "a" * (size % 3)
        assert len(content.encode()) == size
        assert get_code(check_first(live, content)) == expected

    def test_only_the_content_is_looked_at(self, live: RunningServer) -> None:
        assert get_code(check_first(live, "好", title="emu-block", nickname="emu-block")) == 0

    def test_a_respond_is_merged_into_the_answer(self, live: RunningServer) -> None:
        live.push_rule({"text": "好"}, respond={"errmsg": "fine", "more": 1})
        assert check_first(live, "好") == {"errcode": 0, "errmsg": "fine", "more": 1}


class TestSecond:
    def test_a_clean_text_is_ok(self, live: RunningServer) -> None:
        body = check_second(live, "你好")
        assert body == {
            "errcode": 0,
            "errmsg": "ok",
            "result": {"suggest": "pass", "label": 100},
            "detail": [CLEAN_MODEL, NO_WORD],
            "trace_id": live.list_entries()[0].request_id,
        }

    @pytest.mark.parametrize(
        ("verdict", "suggest", "label"),
        [
            ("ad", "risky", 10001),
            ("spam", "risky", 10001),
            ("ad/politics", "risky", 20001),
            ("politics", "risky", 20001),
            ("porn/porn", "risky", 20002),
            ("porn/sexy", "review", 20012),
            ("abuse", "risky", 20003),
            ("terrorism/weapon", "risky", 20006),
            ("terrorism/logo", "risky", 20006),
            ("contraband", "risky", 20006),
            ("logo/trademark", "risky", 20013),
            ("live/smoking", "risky", 21000),
            ("block", "risky", 21000),
            ("review", "review", 21000),
            ("normal", "pass", 100),
            ("pass", "pass", 100),
        ],
    )
    def test_each_verdict_has_its_label(self, live: RunningServer, verdict: str, suggest: str, label: int) -> None:
        live.push_rule({"text": "x"}, verdict=verdict)
        body = check_second(live, "x")
        assert body["errcode"] == 0
        assert body["result"] == {"suggest": suggest, "label": label}
        assert body["detail"][0]["suggest"] == suggest
        assert body["detail"][1] == NO_WORD

    def test_every_label_has_a_documented_number(self, live: RunningServer) -> None:
        pairs = [f"{scene}/{label}" for scene, labels in SCENES.items() for label in labels]
        for number, verdict in enumerate([*pairs, *(label for label in TEXT_LABELS if label not in SCENES)]):
            live.push_rule({"text": f"text {number}"}, verdict=verdict)
            assert check_second(live, f"text {number}")["result"]["label"] in DOCUMENTED

    def test_the_gravest_of_several(self, live: RunningServer) -> None:
        findings = [
            {"label": "ad", "suggestion": "review", "rate": 99},
            {"label": "abuse", "suggestion": "block", "rate": 81.6},
            {"label": "spam", "suggestion": "block", "rate": 80.2},
        ]
        live.push_rule({"text": "x"}, verdict={"findings": findings})
        body = check_second(live, "x")
        assert body["result"] == {"suggest": "risky", "label": 20003}
        expected = {"strategy": "content_model", "errcode": 0, "suggest": "risky", "label": 20003, "prob": 82}
        assert body["detail"] == [expected, NO_WORD]

    def test_words_of_the_customers_own_list(self, live: RunningServer) -> None:
        findings = [{"label": "keyword", "suggestion": "block", "rate": 90, "contexts": ["甲", "乙", "丙"]}]
        live.push_rule({"text": {"contains": "甲"}}, verdict={"findings": findings})
        body = check_second(live, "有甲有乙")
        expected = {"strategy": "keyword", "errcode": 0, "suggest": "risky", "label": 21000, "level": 90}
        assert body["detail"] == [CLEAN_MODEL, {**expected, "keyword": "甲"}, {**expected, "keyword": "乙"}]
        assert body["result"] == {"suggest": "risky", "label": 21000}

    def test_the_magic_keyword(self, live: RunningServer) -> None:
        (_model, word) = check_second(live, "文字 emu-keyword 文字")["detail"]
        assert word["strategy"] == "keyword"
        assert word["keyword"] in "文字 emu-keyword 文字"

    @pytest.mark.parametrize("field", ["title", "nickname", "signature"])
    def test_other_texts_of_the_user_count(self, live: RunningServer, field: str) -> None:
        body = check_second(live, "你好", **{"scene": 1, field: "emu-abuse"})
        assert body["result"] == {"suggest": "risky", "label": 20003}
        (entry,) = live.list_entries()
        assert [item[2]["text"] for item in entry.items] == ["你好", "emu-abuse"]

    def test_an_error_of_one_text_is_one_of_the_call(self, live: RunningServer) -> None:
        assert get_code(check_second(live, "你好", title="emu-error-61010")) == 61010
        assert get_code(check_second(live, "你好", title="emu-error-87014")) == 87014

    @pytest.mark.parametrize("sign", ["a", "图", "😀"])
    @pytest.mark.parametrize(("length", "expected"), [(2499, 0), (2500, 0), (2501, 45002)])
    def test_length_is_in_characters(self, live: RunningServer, sign: str, length: int, expected: int) -> None:
        assert get_code(check_second(live, sign * length)) == expected

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"openid": None}, 40003),
            ({"openid": ""}, 40003),
            ({"openid": 7}, 0),
            ({"openid": ["o"]}, 40003),
            ({"scene": 0}, 40129),
            ({"scene": 5}, 40129),
            ({"scene": "2"}, 0),
            ({"scene": "5"}, 40129),
            ({"scene": "x"}, 40129),
            ({"scene": None}, 40129),
            ({"version": 3}, 40004),
            ({"version": "2"}, 0),
            ({"title": None}, 0),
            ({"version": True}, 40004),
            ({"title": ["x"]}, 47001),
            ({"unknown": {"deep": []}}, 0),
            ({"scene": 1}, 0),
            ({"scene": 4}, 0),
        ],
    )
    def test_each_parameter_is_checked(self, live: RunningServer, more: dict[str, Any], expected: int) -> None:
        assert get_code(check_second(live, "你好", **more)) == expected
        assert expected == 0 or live.list_entries()[0].detail

    def test_version_1_knows_no_scene(self, live: RunningServer) -> None:
        assert get_code(check_first(live, "你好", scene=9)) == 0

    @pytest.mark.parametrize("scene", [1, 2, 3, 4])
    def test_a_signature_counts_in_profiles_only(self, live: RunningServer, scene: int) -> None:
        """By the page: "only where scene=1"."""
        body = check_second(live, "你好", scene=scene, signature="emu-abuse")
        assert body["result"]["suggest"] == ("risky" if scene == 1 else "pass")

    @pytest.mark.parametrize(("gone", "expected"), [("openid", 40003), ("scene", 40129)])
    def test_what_only_this_version_needs(self, live: RunningServer, gone: str, expected: int) -> None:
        params = {"content": "你好", **SECOND}
        del params[gone]
        assert call_json(live, NAME, params).json()["errcode"] == expected
        assert call_json(live, NAME, {**params, "version": 1}).json()["errcode"] == 0

    def test_a_respond_is_merged_into_the_answer(self, live: RunningServer) -> None:
        live.push_rule({"text": "好"}, respond={"result": {"label": 20008}})
        assert check_second(live, "好")["result"] == {"suggest": "pass", "label": 20008}


@pytest.mark.parametrize(
    "body",
    [
        *(b"null", b"[]", b'"text"', b"1", b"{", b"\xff\xfe", b"{}", b'{"content": null}', b'{"content": {}}'),
        *(b'{"content": ["a"]}', b'{"content": "\\ud800"}', b'{"content": NaN}', b"content=hello"),
        json.dumps({"content": "a"}).encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_none(live: RunningServer, body: bytes) -> None:
    assert get_code(send_raw(live, body)) == 47001


def test_an_empty_body_is_44002_by_the_page(live: RunningServer) -> None:
    assert get_code(send_raw(live, b"")) == 44002


def test_a_number_is_taken_for_a_text(live: RunningServer) -> None:
    live.push_rule({"text": "110"}, verdict="block")
    assert get_code(send_raw(live, b'{"content": 110}')) == 87014


SAMPLES = ["特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到"]  # page of version 1


@pytest.mark.parametrize("sample", SAMPLES)
class TestSamples:
    def test_version_1_finds_them_risky(self, live: RunningServer, sample: str) -> None:
        assert check_first(live, sample)["errmsg"] == f"risky content rid: {live.list_entries()[0].request_id}"
        assert get_code(check_first(live, sample[:-1])) == 0

    def test_version_2_does_not(self, live: RunningServer, sample: str) -> None:
        assert check_second(live, sample)["result"] == {"suggest": "pass", "label": 100}

    def test_nor_when_they_come_in_escapes(self, live: RunningServer, sample: str) -> None:
        """Which is how callers noticed: "only ok comes, even for the sample"."""
        assert get_code(call_json(live, NAME, {"content": sample}).json()) == 0

    def test_a_rule_goes_first(self, live: RunningServer, sample: str) -> None:
        live.push_rule({"text": sample}, verdict="pass")
        assert get_code(check_first(live, sample)) == 0


class TestEscapes:
    """Four callers, and the staff's check-list of 2019, say that version 1 does not undo them."""

    def test_a_text_is_matched_as_it_was_sent(self, live: RunningServer) -> None:
        live.push_rule({"text": {"contains": "坏"}}, verdict="block")
        assert get_code(call_json(live, NAME, {"content": '坏 " 词'}).json()) == 0
        (entry,) = live.list_entries()
        assert entry.items[0][2]["text"] == r'\u574f " \u8bcd'
        (warning,) = entry.warnings
        assert "wechat.unicode_escapes" in warning

    def test_once_in_the_log(self, live: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
        for _ in range(2):
            call_json(live, NAME, {"content": "你好"})
        assert len([record for record in caplog.records if "escapes" in record.getMessage()]) == 1

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (rb'{"content": "\u597d"}', r"\u597d"),
            (rb'{"content": "\U597d"}', None),
            (rb'{"content": "a\\u597d"}', r"a\u597d"),
            (rb'{"content": "a\\\u597d"}', "a\\" + r"\u597d"),
            (rb'{"content": "\ud83d\ude00\n\/"}', r"\ud83d\ude00" + "\n/"),
            (rb'{"\u0063ontent": "a\u0062"}', "ab"),
            (rb'{"content": "plain", "title": "\u597d"}', "plain"),
            (rb'{"content": "\u597", "x": 1}', None),
        ],
    )
    def test_escapes_are_kept_or_refused(self, live: RunningServer, body: bytes, text: str | None) -> None:
        assert get_code(send_raw(live, body)) == (47001 if text is None else 0)
        assert text is None or live.list_entries()[0].items[0][2]["text"] == text

    def test_a_magic_word_behind_one_is_one(self, live: RunningServer) -> None:
        assert get_code(call_json(live, NAME, {"content": "你好emu-block"}).json()) == 87014

    @pytest.mark.parametrize("version", [2, "2"])
    def test_version_2_undoes_them(self, live: RunningServer, version: Any) -> None:
        live.push_rule({"text": "坏词"}, verdict="block")
        body = call_json(live, NAME, {"content": "坏词", **SECOND, "version": version}).json()
        assert body["result"]["suggest"] == "risky"
        assert live.list_entries()[0].warnings == ()

    def test_by_quirk_version_1_does_too(self, start: Callable[..., RunningServer]) -> None:
        live = start({"quirks": {"wechat.unicode_escapes": "decoded"}})
        live.push_rule({"text": "坏词"}, verdict="block")
        assert get_code(call_json(live, NAME, {"content": "坏词"}).json()) == 87014
        assert live.list_entries()[0].warnings == ()


def test_other_methods_than_post_are_refused(live: RunningServer) -> None:
    assert get_code(send_raw(live, b"", "GET")) == 43002


def test_quotas_are_its_own(start: Callable[..., RunningServer]) -> None:
    live = start({"limits": {"wechat": {"text_per_minute": 2, "text_per_day": 3, "per_minute": 1}}})
    live.control("POST", "clock", {"freeze": True, "set": 1_700_000_000})
    assert [get_code(check_first(live, "好")) for _ in range(3)] == [0, 0, 45011]
    live.control("POST", "clock", {"advance": 60})
    assert [get_code(check_first(live, "好")) for _ in range(2)] == [0, 45009]


def test_shipped_samples_get_their_verdict(live: RunningServer) -> None:
    assert get_code(check_first(live, "示例低俗文本")) == 0
    assert check_second(live, "示例低俗文本")["result"] == {"suggest": "review", "label": 20012}
    words = [detail.get("keyword") for detail in check_second(live, "有示例词一和示例词二")["detail"]]
    assert words == [None, "示例词一", "示例词二"]
    assert get_code(check_second(live, "示例过期用户")) == 61010
