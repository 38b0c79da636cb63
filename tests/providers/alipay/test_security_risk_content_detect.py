"""alipay.security.risk.content.detect: one text, passed or rejected."""

from tests.live import Live
from tests.providers.alipay.gateway.forms import DETECT, told


def test_passed(live: Live) -> None:
    answer = told(live, DETECT, {"content": "你好"})
    assert answer == {"code": "10000", "msg": "Success", "action": "PASSED", "unique_id": live.entries()[0].request_id}


def test_rejected_with_the_words_that_were_hit(live: Live) -> None:
    live.rule({"text": {"contains": ["加我", "优惠"]}}, verdict="ad")
    answer = told(live, DETECT, {"content": "优惠多多，加我，优惠"})
    assert list(answer) == ["code", "msg", "action", "keywords", "unique_id"]
    assert (answer["action"], answer["keywords"]) == ("REJECTED", ["加我", "优惠"])


def test_words_are_made_up_for_a_text_that_names_none(live: Live) -> None:
    live.rule({"text": "一段文字"}, verdict="porn")
    first, second = (told(live, DETECT, {"content": "一段文字"})["keywords"] for _ in range(2))
    assert first == second
    assert first[0] in "一段文字"


def test_by_magic_word(live: Live) -> None:
    answer = told(live, DETECT, {"content": "示例 emu-keyword 文本"})
    assert (answer["action"], answer["keywords"]) == ("REJECTED", ["emu-keyword"])
    assert told(live, DETECT, {"content": "emu-review"})["action"] == "PASSED"
    refused = told(live, DETECT, {"content": "emu-error-isv.app-call-limited"})
    assert (refused["code"], refused["msg"], refused["sub_code"]) == ("40005", "Call Limited", "isv.app-call-limited")


def test_a_patch(live: Live) -> None:
    live.rule({"text": "一段文字"}, respond={"action": None, "more": 1})
    answer = told(live, DETECT, {"content": "一段文字"})
    assert ("action" in answer, answer["more"]) == (False, 1)


def test_what_is_not_documented_is_ignored(live: Live) -> None:
    assert told(live, DETECT, {"content": "你好", "scene": 1})["action"] == "PASSED"
