"""The index finds what a scan of all rules would find, in the same order, without asking them all."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.rules.conditions import parse_match
from emulator.rules.index import Index


def build_index(*matches: Mapping[str, Any]) -> Index[int]:
    """Return an index whose payloads are the positions of its rules."""
    return Index((parse_match(match), position) for position, match in enumerate(matches))


def find(matches: Sequence[Mapping[str, Any]], **facts: Any) -> list[int]:
    return list(build_index(*matches).find_matching(facts))


def scan(matches: Sequence[Mapping[str, Any]], facts: dict[str, Any]) -> list[int]:
    return [at for at, match in enumerate(matches) if all(condition.holds(facts) for condition in parse_match(match))]


UNHURRIED = settings(deadline=None)


class Asked(dict[str, Any]):
    """Facts that note how often each was asked for."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(facts)
        self.asked: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.append(key)
        return super().get(key, default)


# -- order and laziness


def test_order_of_entries_whatever_they_are_filed_under() -> None:
    rules: list[dict[str, Any]] = [
        {"text": {"contains": "b"}},
        {},
        {"provider": "wechat"},
        {"text": "abc"},
        {"text": {"regex": "b.+c"}},
        {"text": {"glob": "a*", "contains": ["c", "b"]}},
        {"width": {"min": 1}},
        {"text": {"prefix": "ab"}},
        {"text": ["abc", "abc", "x"]},
    ]
    assert find(rules, text="abc", provider="wechat") == [0, 1, 2, 3, 5, 7, 8]
    assert find(rules[::-1], text="abc", provider="wechat") == [0, 1, 3, 5, 6, 7, 8]


def test_later_entries_are_not_looked_at_before_they_are_asked_for() -> None:
    facts = Asked(url="u", format="png", marker=b"m")
    rules = {"url": "u"}, {"format": "png", "marker": "m"}, {"url": {"contains": "u"}}
    matching = iter(build_index(*rules).find_matching(facts))
    assert next(matching) == 0
    assert "marker" not in facts.asked
    assert list(matching) == [1, 2]
    assert "marker" in facts.asked


def test_nothing_is_found_among_nothing() -> None:
    assert find([], url="u") == []
    assert find([{"url": "u"}, {"url": {"contains": "u"}}]) == []
    assert find([{"url": []}, {"url": {"contains": []}}, {"url": {"regex": []}}], url="") == []


def test_the_same_conditions_may_stand_twice() -> None:
    assert find([{"url": "u"}, {"url": "u"}, {"url": {"contains": "u"}}, {"url": {"contains": "u"}}], url="u") == [
        0,
        1,
        2,
        3,
    ]


def test_conditions_beside_the_filed_one_are_checked() -> None:
    rules: list[dict[str, Any]] = [
        {"url": "u", "data_id": "1"},
        {"text": {"contains": "a", "prefix": "b"}},
        {"url": {"equals": "u", "prefix": "v"}},
        {"text": {"contains": ["a", "b"]}, "width": 2},
        {"text": {"prefix": "a"}},
    ]
    assert find(rules, url="u", data_id="1", text="ba", width=2) == [0, 1, 3]
    assert find(rules, url="u", data_id="2", text="ab", width=3) == [4]
    assert find(rules, url="u", text="b") == []


# -- characters


@pytest.mark.parametrize("word", ["中", "中国", "🙂", "é", "\ud800", "a中", "\x00", "ÿ"])
def test_words_of_any_alphabet(word: str) -> None:
    rules = [{"text": {"contains": word}}]
    misread = word.encode("utf-8", "surrogatepass").decode("latin-1")
    assert find(rules, text=f"x{word}y") == [0]
    assert find(rules, text=f"x{word[:-1]}y") == []
    assert find(rules, text=misread) == [0] * (word in misread)


def test_words_inside_words() -> None:
    rules = [{"text": {"contains": word}} for word in ("a", "ab", "abc", "bc", "c", "中", "中国", "国")]
    assert find(rules, text="xabc中国") == [0, 1, 2, 3, 4, 5, 6, 7]
    assert find(rules, text="b国c") == [4, 7]


# -- how many rules are asked


@pytest.mark.parametrize(
    "match",
    [
        lambda i: {"url": f"https://cdn.example.test/{i}.jpg"},
        lambda i: {"url": {"contains": f"/{i}.jpg"}},
        lambda i: {"url": {"prefix": f"https://cdn.example.test/{i}."}},
        lambda i: {"url": {"glob": f"https://cdn.example.test/*/{i}.*"}},
        lambda i: {"url": {"regex": rf"^https://cdn\.example\.test/.*/{i}\.(?:jpg|png)$"}},
        lambda i: {"provider": "wechat", "format": "png", "url": f"https://cdn.example.test/{i}.jpg"},
        lambda i: {"provider": "wechat", "url": {"glob": f"https://cdn.example.test/*/{i}.*"}},
        lambda i: {"url": {"prefix": "https://cdn.example.test/"}, "data_id": f"{i}"},
        lambda i: {"url": {"prefix": "https://cdn.example.test/", "contains": f"/{i}.jpg"}},
        lambda i: {"provider": "wechat", "account": f"{i}"},
    ],
)
def test_a_miss_asks_hardly_any_of_a_thousand_rules(match: Callable[[int], dict[str, Any]]) -> None:
    rules = build_index(*map(match, range(1000, 2000)))
    facts = Asked(provider="wechat", account="x", format="png", url="https://cdn.example.test/a/b.jpg", data_id="x")
    assert list(rules.find_matching(facts)) == []
    assert len(facts.asked) < 10


def test_a_word_list_in_one_rule_is_read_in_one_pass() -> None:
    rules = build_index({"text": {"contains": [f"word{i};" for i in range(1000)]}})
    facts = Asked(text="hello word999;")
    assert list(rules.find_matching(facts)) == [0]
    assert facts.asked == ["text"]


# -- regular expressions: what looks like a literal and is none


@pytest.mark.parametrize(
    ("regex", "text"),
    [
        ("ab?", "a"),
        ("ab*c", "ac"),
        ("ab{0,3}c", "ac"),
        ("ab{0}c", "ac"),
        ("中国?", "中"),
        ("ab+?c", "abbc"),
        ("abc|x", "x"),
        ("a(?:bc|d)e", "ade"),
        ("a(bc)?d", "ad"),
        ("a((b)c)*d", "ad"),
        ("(a|b)c", "bc"),
        ("(?i)abc", "ABC"),
        ("a(?i)bc", "aBC"),
        ("(?i:abc)d", "ABCd"),
        ("a(?i)?b", "b"),
        ("(?P<word>ab)c", "abc"),
        ("(?<word>ab)?c", "c"),
        (r"\Qa.b\E?c", "a.c"),
        (r"a\Q|\Eb", "a|b"),
        (r"a\.b\\c\(d\)", r"a.b\c(d)"),
        (r"a\(?b", "ab"),
        (r"a\x62c", "abc"),
        (r"a\x{62}c", "abc"),
        (r"a\142c", "abc"),
        (r"a\1420", "ab0"),
        (r"\pNa\p{Greek}b\P{Greek}", "1aαbc"),
        (r"a\db\w\.", "a1b2."),
        (r"\Aab\z", "ab"),
        (r"\bab\b", "ab"),
        ("a[bc]d", "acd"),
        ("a[]b]c", "a]c"),
        ("a[^]b]c", "axc"),
        (r"a[\]b]c", "a]c"),
        ("a[[:digit:]b]c", "a1c"),
        ("a[[:^digit:]]c", "abc"),
        ("a[[:]c", "a:c"),
        ("a[(]b", "a(b"),
        ("a[|]b", "a|b"),
        ("a[b]?c", "ac"),
        ("{[}]", "{}"),
        ("a{,2}b", "a{,2}b"),
        ("a{01}b", "a{01}b"),
        ("a{2}{", "aa{"),
        ("a{x}", "a{x}"),
        ("a]}b", "a]}b"),
        ("^a.b$", "axb"),
        ("(?s)a.b", "a\nb"),
        ("", ""),
        ("(?:)*a", "a"),
        ("a\\\nb", "a\nb"),
        ("a b#c", "a b#c"),
    ],
)
def test_regexes_are_found_by_what_they_match(regex: str, text: str) -> None:
    (condition,) = parse_match({"text": {"regex": regex}})
    assert condition.holds({"text": text})
    assert all(run in text for run in condition.list_literals()[0])
    assert find([{"text": {"regex": regex}}], text=text) == [0]


def test_a_pattern_is_filed_under_the_part_that_others_do_not_share() -> None:
    rules = [{"url": {"glob": f"https://the-same-long-host.test/*/{name}/*"}} for name in ("ab", "cd", "ef")]
    facts = Asked(url="https://the-same-long-host.test/1/cd/2")
    assert list(build_index(*rules).find_matching(facts)) == [1]
    assert facts.asked.count("url") == 2  # one pass of the words, one check


# -- against a scan of all rules

ALPHABET = "abA.[(|*?\\{中🙂"


@st.composite
def regexes(draw: st.DrawFn, depth: int = 2) -> tuple[str, str]:
    """Draw a regular expression and a text that it matches."""
    patterns, texts = zip(*draw(st.lists(pieces(depth), min_size=1, max_size=4)), strict=True)
    return "".join(patterns), "".join(texts)


REPEATS = [("", 1)] * 5 + [("?", 0), ("?", 1), ("*", 0), ("*?", 2), ("+", 2), ("{0,2}", 0), ("{2}", 2), ("{1,}", 1)]
SETS = [(".", "b"), ("[ab]", "b"), ("[^]a]", "b"), ("[]a]", "]"), ("[[:alpha:](]", "(")]
ESCAPES = [(r"\w", "A"), (r"\x61", "a"), (r"\p{Han}", "中"), (r"\.", ".")]
BRACES = [("(?:{)", "{"), ("(?:})", "}"), ("(?:])", "]")]
PLAIN = st.sampled_from(ALPHABET).map(lambda character: (re.escape(character), character))
SPECIAL = st.sampled_from(SETS + ESCAPES + BRACES)


@st.composite
def pieces(draw: st.DrawFn, depth: int) -> tuple[str, str]:
    pattern, text = draw(st.one_of(PLAIN, SPECIAL, *([groups(depth)] if depth else [])))
    repeat, times = draw(st.sampled_from(REPEATS))
    return pattern + repeat, text * times


@st.composite
def groups(draw: st.DrawFn, depth: int) -> tuple[str, str]:
    branches = draw(st.lists(regexes(depth - 1), min_size=1, max_size=3))
    opening = draw(st.sampled_from(["(", "(?:", "(?i:", "(?s:"]))
    text = draw(st.sampled_from(branches))[1]
    return opening + "|".join(pattern for pattern, _ in branches) + ")", text.swapcase() if opening == "(?i:" else text


@st.composite
def whole_regexes(draw: st.DrawFn) -> tuple[str, str]:
    """Draw as `regexes`, with alternatives, case folding and anchors around the whole."""
    pattern, text = draw(regexes())
    form = draw(st.sampled_from(["{}", "{}", "{}", "^{}$", "{}|zz", "zz|{}", "(?i){}", r"{}\Q.*\E?"]))
    text = text.swapcase() if "(?i)" in form else text
    return form.replace("{}", pattern), text + "." * ("Q" in form)


TEXTS = st.text(ALPHABET, max_size=4)
GLOBS = st.text(ALPHABET + "**??", max_size=5).map(lambda glob: (glob, glob.replace("*", "ab").replace("?", "中")))


@st.composite
def demands(draw: st.DrawFn) -> tuple[Any, str]:
    """Draw what one key demands, and a text that may fit."""
    kind = draw(st.sampled_from(["plain", "list", "contains", "prefix", "glob", "regex", "several"]))
    one, other = draw(TEXTS), draw(TEXTS)
    glob, of_glob = draw(GLOBS)
    regex, of_regex = draw(whole_regexes())
    return {
        "plain": (one, one),
        "list": ([one, other], other),
        "contains": ({"contains": [one, other]}, "a" + other),
        "prefix": ({"prefix": one}, one + "b"),
        "glob": ({"glob": glob}, of_glob),
        "regex": ({"regex": regex}, of_regex),
        "several": ({"regex": [regex, "zz"], "contains": one}, of_regex + one),
    }[kind]


SIZES = st.sampled_from([2, {"min": 2}, {"max": 2, "min": 1}, [1, 3]])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Draw rules, and facts of which some are likely to fit."""
    facts = {"provider": draw(st.sampled_from(["p", "q"])), "width": draw(st.integers(0, 4)), "marker": b"aa"}
    matches = []
    for _ in range(draw(st.integers(1, 6))):
        match = {}
        for key in draw(st.sets(st.sampled_from(["url", "text", "provider", "width", "marker"]), max_size=3)):
            if key in {"url", "text"}:
                match[key], fitting = draw(demands())
                if draw(st.booleans()):
                    facts[key] = draw(st.sampled_from(["", "", "a", "中"])) + fitting
            else:
                match[key] = draw(
                    {"provider": st.sampled_from(["p", ["p", "q"]]), "width": SIZES, "marker": st.just("a")}[key]
                )
        matches.append(match)
    return matches, facts


@UNHURRIED
@given(cases())
@example(([{"text": {"regex": "ab?"}}], {"text": "a"}))
def test_it_finds_what_a_scan_finds(case: tuple[list[dict[str, Any]], dict[str, Any]]) -> None:
    matches, facts = case
    assert find(matches, **facts) == scan(matches, facts)


@UNHURRIED
@given(whole_regexes())
def test_generated_regexes_match_their_texts(pair: tuple[str, str]) -> None:
    regex, text = pair
    assert find([{"text": {"regex": regex}}], text=text) == [0]


@UNHURRIED
@given(st.text("ab.*?+|()[]{}\\^$,02QExpPd:i-中", max_size=10), st.text("ab.|()[]{}:\\02中", max_size=4))
def test_any_regex_that_re2_accepts_agrees_with_a_scan(regex: str, text: str) -> None:
    try:
        conditions = parse_match({"text": {"regex": regex}})
    except ValueError:
        return
    assert list(Index([(conditions, 0)]).find_matching({"text": text})) == [0] * conditions[0].holds({"text": text})


def test_many_rules_agree_with_a_scan() -> None:
    chance = random.Random(7)
    words = ["".join(chance.choices("ab中", k=chance.randint(1, 4))) for _ in range(300)]
    forms: list[Callable[[str], object]]
    forms = [lambda word: word, lambda word: {"contains": word}, lambda word: {"glob": f"*{word}?"}]
    rules = [{"text": chance.choice(forms)(word)} for word in words]
    many = build_index(*rules)
    for _ in range(100):
        facts = {"text": "".join(chance.choices("ab中", k=chance.randint(1, 12)))}
        assert list(many.find_matching(facts)) == scan(rules, facts)
