"""alipay.security.risk.content.detect: one text, passed or rejected."""

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway.builders import DETECT, call_inner


def test_a_clean_text_is_passed(live: RunningServer) -> None:
    answer = call_inner(live, DETECT, {"content": "你好"})
    assert answer == {
        "code": "10000",
        "msg": "Success",
        "action": "PASSED",
        "unique_id": live.list_entries()[0].request_id,
    }


def test_rejected_with_the_words_that_were_hit(live: RunningServer) -> None:
    live.push_rule({"text": {"contains": ["加我", "优惠"]}}, verdict="ad")
    answer = call_inner(live, DETECT, {"content": "优惠多多，加我，优惠"})
    assert list(answer) == ["code", "msg", "action", "keywords", "unique_id"]
    assert (answer["action"], answer["keywords"]) == ("REJECTED", ["加我", "优惠"])


def test_words_are_made_up_for_a_text_that_names_none(live: RunningServer) -> None:
    live.push_rule({"text": "一段文字"}, verdict="porn")
    first, second = (call_inner(live, DETECT, {"content": "一段文字"})["keywords"] for _ in range(2))
    assert first == second
    assert first[0] in "一段文字"


def test_by_magic_word(live: RunningServer) -> None:
    answer = call_inner(live, DETECT, {"content": "示例 emu-keyword 文本"})
    assert (answer["action"], answer["keywords"]) == ("REJECTED", ["emu-keyword"])
    assert call_inner(live, DETECT, {"content": "emu-review"})["action"] == "PASSED"
    refused = call_inner(live, DETECT, {"content": "emu-error-isv.app-call-limited"})
    assert (refused["code"], refused["msg"], refused["sub_code"]) == ("40005", "Call Limited", "isv.app-call-limited")


def test_a_respond_is_merged_into_the_answer(live: RunningServer) -> None:
    live.push_rule({"text": "一段文字"}, respond={"action": None, "more": 1})
    answer = call_inner(live, DETECT, {"content": "一段文字"})
    assert ("action" in answer, answer["more"]) == (False, 1)


def test_what_is_not_documented_is_ignored(live: RunningServer) -> None:
    assert call_inner(live, DETECT, {"content": "你好", "scene": 1})["action"] == "PASSED"
