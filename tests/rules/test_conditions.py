"""What each operator of a rule's `match` means."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.rules.conditions import CALL_KEYS, ITEM_KEYS, BadMatch, Condition, parse_match

URL = "https://cdn.example.test/a/b.jpg?x=[1]"
PICTURE = b"\x89PNG\r\n\xff\x00 emu \xe5\x8a\xa0\xff"


def holds(match: dict[str, Any], **facts: Any) -> bool:
    return all(condition.holds(facts) for condition in parse_match(match))


@pytest.mark.parametrize(
    ("match", "facts", "expected"),
    [
        # plain values and equals: the whole value, letter by letter
        ({"url": URL}, {"url": URL}, True),
        ({"url": URL}, {"url": URL + "&"}, False),
        ({"url": URL[:-1]}, {"url": URL}, False),
        ({"url": {"equals": URL}}, {"url": URL}, True),
        ({"url": URL.upper()}, {"url": URL}, False),
        ({"text": "é"}, {"text": "e\u0301"}, False),
        ({"text": ""}, {"text": ""}, True),
        ({"text": ""}, {"text": "x"}, False),
        ({"text": ["一", "二"]}, {"text": "二"}, True),
        ({"text": ["一", "二"]}, {"text": "三"}, False),
        ({"text": {"equals": ["一", "二"]}}, {"text": "一"}, True),
        # contains
        ({"text": {"contains": "支付"}}, {"text": "加我支付宝"}, True),
        ({"text": {"contains": "支付"}}, {"text": "支 付"}, False),
        ({"text": {"contains": "Ad"}}, {"text": "ad"}, False),
        ({"text": {"contains": ["x", "宝"]}}, {"text": "宝"}, True),
        ({"text": {"contains": ["x", "y"]}}, {"text": "宝"}, False),
        ({"text": {"contains": ""}}, {"text": ""}, True),
        ({"text": {"contains": "🙂"}}, {"text": "a🙂b"}, True),
        # prefix
        ({"url": {"prefix": "https://cdn"}}, {"url": URL}, True),
        ({"url": {"prefix": URL}}, {"url": URL}, True),
        ({"url": {"prefix": URL + "x"}}, {"url": URL}, False),
        ({"url": {"prefix": "ttps"}}, {"url": URL}, False),
        ({"url": {"prefix": ["ftp", "https"]}}, {"url": URL}, True),
        # glob: `*` any run, `?` one character, nothing else is special, the whole value
        ({"url": {"glob": "https://*.test/*"}}, {"url": URL}, True),
        ({"url": {"glob": "*b.jpg"}}, {"url": URL}, False),
        ({"url": {"glob": "*"}}, {"url": ""}, True),
        ({"text": {"glob": "a?c"}}, {"text": "abc"}, True),
        ({"text": {"glob": "a?c"}}, {"text": "ac"}, False),
        ({"text": {"glob": "a?c"}}, {"text": "abbc"}, False),
        ({"text": {"glob": "a?c"}}, {"text": "a🙂c"}, True),
        ({"text": {"glob": "a*c"}}, {"text": "a\n\nc"}, True),
        ({"text": {"glob": "a*c"}}, {"text": "ac\n"}, False),
        ({"url": {"glob": "*x=[1]"}}, {"url": URL}, True),
        ({"text": {"glob": "[ab]"}}, {"text": "a"}, False),
        ({"text": {"glob": "a.c"}}, {"text": "abc"}, False),
        ({"text": {"glob": r"a\*"}}, {"text": "a\\bc"}, True),
        ({"text": {"glob": r"a\*"}}, {"text": "a*"}, False),
        ({"text": {"glob": ["x*", "a*"]}}, {"text": "ab"}, True),
        # regex: searched, RE2
        ({"url": {"regex": r"/b\.jpg"}}, {"url": URL}, True),
        ({"url": {"regex": r"^/b\.jpg"}}, {"url": URL}, False),
        ({"url": {"regex": r"/B\.jpg"}}, {"url": URL}, False),
        ({"url": {"regex": r"(?i)/B\.jpg"}}, {"url": URL}, True),
        ({"text": {"regex": r"^\p{Han}{2}$"}}, {"text": "支付"}, True),
        ({"text": {"regex": r"^\p{Han}{2}$"}}, {"text": "支付宝"}, False),
        ({"text": {"regex": "^.$"}}, {"text": "🙂"}, True),
        ({"text": {"regex": "a$"}}, {"text": "a\n"}, False),
        ({"text": {"regex": ["^x", "^y"]}}, {"text": "yes"}, True),
        # several operators, several keys: all must hold
        ({"url": {"prefix": "https:", "contains": "b.jpg"}}, {"url": URL}, True),
        ({"url": {"prefix": "http:", "contains": "b.jpg"}}, {"url": URL}, False),
        ({"url": URL, "data_id": "7"}, {"url": URL, "data_id": "7"}, True),
        ({"url": URL, "data_id": "7"}, {"url": URL, "data_id": "8"}, False),
        ({}, {}, True),
        # numbers in text, sizes, digests, formats
        ({"data_id": 7}, {"data_id": "7"}, True),
        ({"data_id": [6, 7]}, {"data_id": "7"}, True),
        ({"filename": {"prefix": 20}}, {"filename": "2024.jpg"}, True),
        ({"width": 256}, {"width": 256}, True),
        ({"width": [128, 256]}, {"width": 256}, True),
        ({"height": {"equals": 256}}, {"height": 257}, False),
        ({"width": {"min": 256}}, {"width": 255}, False),
        ({"width": {"min": 256}}, {"width": 256}, True),
        ({"width": {"max": 256}}, {"width": 256}, True),
        ({"width": {"max": 256}}, {"width": 257}, False),
        ({"width": {"min": 1, "max": 3}}, {"width": 2}, True),
        ({"width": {"min": [300, 256]}}, {"width": 256}, True),
        ({"sha256": "9F86D0"}, {"sha256": "9f86d0"}, True),
        ({"sha256": {"prefix": "9F86"}}, {"sha256": "9f86d0"}, True),
        ({"sha256": {"regex": r"^\D?9\S"}}, {"sha256": "9f86d0"}, True),
        ({"sha256": 123456}, {"sha256": "123456"}, True),
        ({"format": "jpg"}, {"format": "jpeg"}, True),
        ({"format": ["png", "jpg"]}, {"format": "jpeg"}, True),
        ({"format": "png"}, {"format": "jpeg"}, False),
        ({"filename": "jpg"}, {"filename": "jpeg"}, False),
        # the bytes of a picture
        ({"marker": "emu"}, {"marker": PICTURE}, True),
        ({"marker": "加"}, {"marker": PICTURE}, True),
        ({"marker": "EMU"}, {"marker": PICTURE}, False),
        ({"marker": ["nothing", "PNG"]}, {"marker": PICTURE}, True),
        ({"marker": 89}, {"marker": b"1891"}, True),
        # an unknown fact fits nothing
        ({"url": {"glob": "*"}}, {}, False),
        ({"url": {"regex": ""}}, {"text": "x"}, False),
        ({"width": {"min": 0}}, {}, False),
        ({"marker": ""}, {}, False),
        # calls
        ({"provider": "wechat", "via": "cloud"}, {"provider": "wechat", "via": "cloud"}, True),
        ({"provider": {"prefix": "aliyun_"}}, {"provider": "alipay"}, False),
    ],
)
def test_each_operator_decides_what_holds(match: dict[str, Any], facts: dict[str, Any], expected: bool) -> None:
    assert holds(match, **facts) is expected


def test_one_condition_for_each_operator_in_the_order_written() -> None:
    conditions = parse_match({"url": {"prefix": "h", "regex": ["a", "b"]}, "width": 3, "marker": "emu"})
    assert conditions == (
        Condition("url", "prefix", ("h",)),
        Condition("url", "regex", ("a", "b")),
        Condition("width", "equals", (3,)),
        Condition("marker", "contains", (b"emu",)),
    )


PATTERN = "a pattern that RE2 accepts ("  # and its reason in its own words


@pytest.mark.parametrize(
    ("match", "path", "expected", "got"),
    [
        ({"url": {"regex": "("}}, "url.regex", PATTERN, "("),
        ({"url": {"regex": ["a", "b**"]}}, "url.regex", PATTERN, ["a", "b**"]),
        ({"text": {"regex": r"(.)\1"}}, "text.regex", PATTERN, r"(.)\1"),
        ({"text": {"regex": "a(?=b)"}}, "text.regex", PATTERN, "a(?=b)"),
        ({"text": {"regex": "(支"}}, "text.regex", PATTERN, "(支"),
        ({"text": {"regex": "((a{100}){100}){100}"}}, "text.regex", "RE2", "((a{100}){100}){100}"),
        ({"data_id": "7", "account": {"regex": "["}}, "account.regex", PATTERN, "["),
        ({"width": {"contains": "2"}}, "width.contains", "one of equals, max, min", "contains"),
        ({"height": {"min": 1, "glob": "*"}}, "height.glob", "one of equals, max, min", "glob"),
        ({"url": {"min": 3}}, "url.min", "one of contains, equals, glob, prefix, regex", "min"),
        ({"url": {"contians": "a"}}, "url.contians", "one of contains, equals, glob, prefix, regex", "contians"),
        ({"marker": {"prefix": "a"}}, "marker.prefix", "a plain value or a list of them", "prefix"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(
    match: dict[str, Any], path: str, expected: str, got: object
) -> None:
    with pytest.raises(BadMatch) as refused:
        parse_match(match)
    assert (refused.value.path, refused.value.got) == (path, got)
    assert expected in refused.value.expected
    assert str(refused.value).startswith(f"{path}: expected ")


def test_a_bad_regex_says_nothing_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadMatch):
        parse_match({"url": {"regex": "("}})
    assert capfd.readouterr() == ("", "")


def test_hostile_patterns_answer() -> None:
    run = "a" * 100_000
    assert not holds({"text": {"regex": "^(a+)+$"}}, text=run + "!")
    assert holds({"text": {"regex": "^(a+)+$"}}, text=run)
    assert not holds({"text": {"glob": "*a" * 30 + "*b"}}, text=run)


def test_lone_surrogates_are_characters_like_others() -> None:
    assert holds({"text": {"glob": "a?b"}}, text="a\ud800b")
    assert holds({"text": {"regex": "^a.b$"}}, text="a\ud800b")
    assert holds({"text": {"contains": "\ud800"}}, text="a\ud800b")
    assert holds({"text": {"regex": "\ud800"}}, text="a\ud800b")
    assert not holds({"text": {"regex": "\ud801"}}, text="a\ud800b")


UNHURRIED = settings(deadline=None)
SOME = st.text("ab*?[].\\\n/中🙂", max_size=8)


@UNHURRIED
@given(SOME, SOME)
def test_glob_agrees_with_its_translation(glob: str, text: str) -> None:
    translated = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in glob)
    assert holds({"text": {"glob": glob}}, text=text) is bool(re.fullmatch(translated, text, re.DOTALL))


@UNHURRIED
@given(SOME, SOME, SOME)
def test_text_operators_agree_with_strings(before: str, value: str, after: str) -> None:
    text = before + value + after
    assert holds({"text": {"contains": value}}, text=text)
    assert holds({"text": {"prefix": value}}, text=text) is text.startswith(value)
    assert holds({"text": value}, text=text) is (text == value)


def test_keys_of_items_and_calls_are_apart() -> None:
    assert len(ITEM_KEYS | CALL_KEYS) == 14
    assert not ITEM_KEYS & CALL_KEYS
