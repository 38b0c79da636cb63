"""Rules as they are written: what each form becomes, and which problem a form has that cannot work."""

import itertools
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.documents import parse
from emulator.error_types import ErrorRow, WrittenError
from emulator.errors import make_unlisted_row
from emulator.rules.codes import Codes, Table
from emulator.rules.conditions import Condition
from emulator.rules.outcome import Error, Finding, Outcome, Raw, Respond, Verdict
from emulator.rules.parse import parse_document, parse_rules, read_rules
from emulator.rules.parse_match import RuleNames, parse_conditions
from emulator.rules.rule import NEVER, Rule
from emulator.types import FaultRequest, Problem, Problems
from moderation_emulator.contract.running_server import RunningServer

ACCOUNTS = {"default": "acc-1", "testId": "acc-1", "1234567890": "acc-1", "team-b": "acc-2"}


def make_row(form: Mapping[str, Any], operations: Collection[str]) -> ErrorRow:
    """Make an error row: any name but Bad can be an error of the operations Look and Read."""
    assert set(operations) <= {"Look", "Read"}
    if form["code"] == "Bad":
        raise ValueError("a good name")
    return make_unlisted_row(form, str(form["code"]), ("message", "status"), status=418)


KNOWN = RuleNames(
    operations={"one": ["Look", "Read"], "two": ["see/later"]},
    codes=Codes(
        {
            "one": Table(["E1", "InvalidTask.N.Size", "Busy", "87014"], make_row),
            "two": Table(["-1", "Busy", "param error"]),
        }
    ),
    faults={"reset": [], "slow": ["bytes_per_second"]},
    account=ACCOUNTS.get,
    thresholds={"block": 80, "review": 50},
)


def parse_text(text: str, file: str = "a.yaml") -> list[Rule]:
    return parse_document(parse(text, file), KNOWN, itertools.count(1))


def parse_rule(form: Any) -> Rule:
    (rule,) = parse_rules([form], KNOWN, ["id"], lambda index: f"source {index}")
    return rule


def list_problems(text: str, file: str = "a.yaml") -> list[Problem]:
    with pytest.raises(Problems) as caught:
        parse_text(text, file)
    return caught.value.found


def list_rule_problems(form: Any) -> list[Problem]:
    with pytest.raises(Problems) as caught:
        parse_rules([form], KNOWN, ["id"], str)
    return caught.value.found


# -- what the forms become


@pytest.mark.parametrize(
    ("form", "outcome"),
    [
        ({"verdict": "porn/sexy"}, Verdict((Finding("porn", "sexy", "review", 62.11),), "review")),
        ({"verdict": "pass"}, Verdict((), "pass")),
        (
            {"verdict": {"suggestion": "block", "frames": 3}},
            Verdict((Finding(None, None, "block", 99.91),), "block", 3),
        ),
        (
            {"verdict": {"findings": [{"label": "spam", "rate": 60, "contexts": ["x"]}]}},
            Verdict((Finding(None, "spam", "review", 60.0, ("x",)),), "review"),
        ),
        (
            {"verdict": {"findings": [{"label": "spam", "contexts": []}]}},
            Verdict((Finding(None, "spam", "block", 99.91, ()),), "block"),
        ),
        ({"error": "E1"}, Error("E1")),
        ({"error": 87014}, Error("87014")),
        ({"error": "87014"}, Error("87014")),
        ({"error": -1}, Error("-1")),
        ({"error": "-1"}, Error("-1")),
        ({"error": "param error"}, Error("param error")),
        ({"error": "InvalidTask.N.Size"}, Error("InvalidTask.N.Size")),
        ({"error": "InvalidTask.3.Size"}, Error("InvalidTask.N.Size", 3)),
        ({"error": "InvalidTask.10.Size"}, Error("InvalidTask.N.Size", 10)),
        ({"fault": "reset"}, FaultRequest("reset", {})),
        ({"fault": {"name": "slow"}}, FaultRequest("slow", {})),
        ({"fault": {"name": "slow", "bytes_per_second": 0.5}}, FaultRequest("slow", {"bytes_per_second": 0.5})),
        ({"respond": {"a": None}}, Respond({"a": None})),
        ({"respond": {}}, Respond({})),
        ({"verdict": "pass", "respond": {"a": 1}}, Respond({"a": 1}, Verdict())),
        ({"respond": {}, "verdict": "spam"}, Respond({}, Verdict((Finding(None, "spam", "block", 99.91),), "block"))),
        ({"error": {"code": "E1"}}, Error("E1", None, WrittenError({"code": "E1"}))),
        ({"error": {"code": -1, "message": "m"}}, Error("-1", None, WrittenError({"code": -1, "message": "m"}))),
        (
            {"error": {"code": "InvalidTask.3.Size", "message": "m"}},
            Error("InvalidTask.N.Size", 3, WrittenError({"code": "InvalidTask.3.Size", "message": "m"})),
        ),
        ({"raw": {}}, Raw(200, {}, "")),
        ({"raw": {"status": 502, "headers": {"X-A": "b"}, "body": "<p>"}}, Raw(502, {"X-A": "b"}, "<p>")),
        ({"delay": 1}, None),
        ({"callback": "late"}, None),
        ({"delay": 1, "callback": "never"}, None),
    ],
)
def test_each_form_becomes_its_outcome(form: dict[str, Any], outcome: Outcome | None) -> None:
    assert parse_rule({"match": {}, **form}).outcome == outcome


@pytest.mark.parametrize(
    ("given_delay", "read"),
    [
        (0, (0, 0)),
        (0.5, (0.5, 0.5)),
        (86400, (86400, 86400)),
        ({"min": 1, "max": 1}, (1, 1)),
        ({"min": 0, "max": 2.5}, (0, 2.5)),
        ("never", (NEVER, NEVER)),
    ],
)
def test_each_form_of_a_delay_is_read(given_delay: Any, read: tuple[float, float]) -> None:
    assert parse_rule({"match": {}, "delay": given_delay}).delay == read
    assert parse_rule({"match": {}, "error": "E1"}).delay is None


@pytest.mark.parametrize("mode", ["never", "late", "duplicate", "corrupt"])
def test_each_callback_mode_is_read(mode: str) -> None:
    assert parse_rule({"match": {}, "callback": mode}).callback == mode
    assert parse_rule({"match": {}, "callback": {"after": 3}}).callback == 3.0
    assert parse_rule({"match": {}, "error": "E1"}).callback is None


def test_everything_else_of_a_rule() -> None:
    form = {"name": "n", "match": {"url": "u"}, "error": "E1", "times": 2, "priority": -3}
    rule = parse_rule(form)
    assert (rule.id, rule.source, rule.form) == ("id", "source 0", form)
    assert (rule.name, rule.times, rule.priority, rule.account, rule.hits) == ("n", 2, -3, None, 0)
    plain = parse_rule({"match": {}, "verdict": "pass"})
    assert (plain.name, plain.times, plain.priority) == (None, None, 0)


def test_the_words_a_text_was_matched_by_are_the_words_that_were_hit() -> None:
    def list_contexts(match: dict[str, Any], **finding: Any) -> list[tuple[str, ...] | None]:
        outcome = parse_rule(
            {"match": match, "verdict": {"findings": [{"label": "spam", **finding}, {"label": "ad"}]}}
        ).outcome
        assert isinstance(outcome, Verdict)
        return [found.contexts for found in outcome.findings]

    assert list_contexts({"text": {"contains": "加我"}}) == [("加我",), ("加我",)]
    assert list_contexts({"text": {"contains": ["加我", 123]}}) == [("加我", "123"), ("加我", "123")]
    assert list_contexts({"text": {"contains": "加我"}}, contexts=["别的"]) == [("别的",), ("加我",)]
    assert list_contexts({"text": {"contains": "加我"}}, contexts=[]) == [(), ("加我",)]
    for match in ({}, {"text": "加我"}, {"text": {"prefix": "加我"}}, {"url": {"contains": "x"}}):
        assert list_contexts(match) == [None, None]


# -- whom a rule is for


def list_providers(form: Any) -> list[tuple[Any, ...]]:
    return [condition.values for condition in parse_rule(form).conditions if condition.key == "provider"]


def test_an_error_is_only_for_the_providers_that_know_its_code() -> None:
    assert list_providers({"match": {}, "error": "E1"}) == [("one",)]
    assert list_providers({"match": {}, "error": "Busy"}) == [("one", "two")]
    assert list_providers({"match": {}, "error": -1}) == [("two",)]
    assert list_providers({"match": {}, "verdict": "pass"}) == []


def test_an_error_for_several_providers_spares_those_that_do_not_know_it() -> None:
    rule = parse_rule({"match": {"provider": ["one", "two"]}, "error": "E1"})

    def holds(provider: str) -> bool:
        return all(condition.holds({"provider": provider}) for condition in rule.conditions)

    assert (holds("one"), holds("two")) == (True, False)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_goes_by_any_of_its_names(name: str) -> None:
    written: Any = int(name) if name.isdigit() else name
    assert parse_rule({"match": {"account": written}, "delay": 0}).conditions == (
        Condition("account", "equals", (ACCOUNTS[name],)),
    )
    assert parse_rule({"match": {"account": [written, "team-b"]}, "delay": 0}).conditions[0].values == (
        ACCOUNTS[name],
        "acc-2",
    )


# -- errors that are written out


def get_error(form: Any) -> Error:
    outcome = parse_rule(form).outcome
    assert isinstance(outcome, Error)
    return outcome


def test_a_code_of_no_table_is_for_the_one_provider_that_is_named() -> None:
    written = {"code": "E9", "message": "m"}
    for match in ({"provider": "one"}, {"operation": ["Look", "Read"]}, {"provider": "one", "operation": "Read"}):
        rule = parse_rule({"match": match, "error": written})
        assert isinstance(rule.outcome, Error)
        made = rule.outcome.written
        assert made is not None
        assert made.row is not None
        assert (rule.outcome.code, made.form, made.row.code, made.row.status) == ("E9", written, "E9", 418)
        assert rule.conditions[-1] == Condition("provider", "equals", ("one",))
        assert rule.warnings == ("E9 is in no table of one: it is answered as the rule writes it",)
        assert rule.to_dict()["warnings"] == list(rule.warnings)


def test_the_number_of_a_task_in_a_code_of_no_table() -> None:
    error = get_error({"match": {"provider": "one"}, "error": {"code": "InvalidTask.2.Colour"}})
    assert (error.code, error.n) == ("InvalidTask.N.Colour", 2)
    assert error.written is not None
    assert error.written.row is not None
    assert error.written.row.code == "InvalidTask.N.Colour"


def test_a_known_code_in_its_long_form_is_nothing_to_warn_of() -> None:
    for form, able in (({"code": "E1", "status": 500}, ("one",)), ({"code": "Busy", "message": "m"}, ("one", "two"))):
        rule = parse_rule({"match": {}, "error": form})
        assert rule.warnings == ()
        assert "warnings" not in rule.to_dict()
        assert rule.conditions[-1].values == able
    assert parse_rule({"match": {"provider": "two"}, "error": {"code": "Busy"}}).conditions[-1].values == ("two",)


def test_the_short_form_of_an_unknown_code_tells_of_the_long_one() -> None:
    (got,) = list_rule_problems({"match": {}, "error": 87015})
    assert got.expected.endswith("; a code that is in no table is written {code: 87015, message: ...}")


def test_a_code_that_was_written_out_may_be_asked_about_later() -> None:
    unheard = {"code": "NeverHeardOf"}
    with pytest.raises(Problems):
        parse_conditions(unheard, KNOWN)
    parse_rule({"match": {"provider": "one"}, "error": unheard})
    assert parse_conditions(unheard, KNOWN) == (Condition("code", "equals", ("NeverHeardOf",)),)


# -- which problem a form has that cannot work


MATCH_KEYS = (
    "account, data_id, filename, format, height, marker, operation, path, provider, sha256, text, url, via, width"
)
RULE_KEYS = "callback, delay, error, fault, match, name, priority, raw, respond, times, verdict"


def format_nearest(meant: str, keys: str) -> str:
    """Return what is expected when one of the keys was misspelt: it stands first."""
    others = [key for key in keys.split(", ") if key != meant]
    return f"one of {', '.join([f'{meant} (did you mean {meant}?)', *others])}"


TEXTS = "text, a whole number, a list of them, or contains, equals, glob, prefix, regex"
ONE_OF = "exactly one of verdict, error, fault, respond, raw (or verdict with respond, or delay, callback alone)"
ERRORS = "an error code, or {code, message} of one that may be in no table, with status, sub_code and sub_msg where the"
LABELS = "one of spam (did you mean spam?), politics, abuse,"

# a rule without its `match`, or with one; path below the rule; what was expected, from its beginning; what came
BAD: list[tuple[Any, str, str, str]] = [
    # the rule itself
    (3, "", "a rule: {match} and what then happens", "3"),
    (None, "", "a rule: {match} and what then happens", "null"),
    ([], "", "a rule: {match} and what then happens", "[]"),
    ({"error": "E1"}, "", "a key match", '{"error": "E1"}'),
    ({"match": {}}, "", ONE_OF, "none"),
    ({"match": {}, "times": 2}, "", ONE_OF, "none"),
    ({"match": {}, "error": "E1", "verdict": "pass"}, "", ONE_OF, "verdict, error"),
    ({"match": {}, "raw": {}, "respond": {}, "delay": 1}, "", ONE_OF, "respond, raw"),
    ({"match": {}, "verdict": "pass", "respond": {}, "raw": {}}, "", ONE_OF, "verdict, respond, raw"),
    ({"match": {}, "verdict": "pass", "respond": {}, "error": "E1"}, "", ONE_OF, "verdict, error, respond"),
    ({"match": {}, "verdict": "prn", "respond": {}}, ".verdict", "one of porn (did you mean porn?)", "prn"),
    ({"match": {}, "eror": "E1"}, ".eror", format_nearest("error", RULE_KEYS), '"eror"'),
    ({"match": {}, "zzz": 1}, ".zzz", f"one of {RULE_KEYS}", '"zzz"'),
    ({"match": {}, "delay": 1, "name": 3}, ".name", "string", "3"),
    ({"match": {}, "delay": 1, "name": "n" * 201}, ".name", "at most 200 characters", '"nnn'),
    ({"match": {}, "delay": 1, "times": 0}, ".times", "at least 1", "0"),
    ({"match": {}, "delay": 1, "times": -1}, ".times", "at least 1", "-1"),
    ({"match": {}, "delay": 1, "times": 1.5}, ".times", "integer", "1.5"),
    ({"match": {}, "delay": 1, "times": True}, ".times", "integer", "true"),
    ({"match": {}, "delay": 1, "priority": "1"}, ".priority", "integer", '"1"'),
    # match
    ({"match": None, "delay": 1}, ".match", "object", "null"),
    ({"match": [], "delay": 1}, ".match", "object", "[]"),
    ({"match": {"urll": "x"}, "delay": 1}, ".match.urll", format_nearest("url", MATCH_KEYS), '"urll"'),
    ({"match": {"url": True}, "delay": 1}, ".match.url", TEXTS, "true"),
    ({"match": {"url": None}, "delay": 1}, ".match.url", TEXTS, "null"),
    ({"match": {"text": 1.5}, "delay": 1}, ".match.text", TEXTS, "1.5"),
    ({"match": {"url": []}, "delay": 1}, ".match.url", "at least 1 entries", "[]"),
    ({"match": {"url": {}}, "delay": 1}, ".match.url", "at least 1 keys", "{}"),
    ({"match": {"url": ["a", 1.5]}, "delay": 1}, ".match.url[1]", "text or a whole number", "1.5"),
    (
        {"match": {"url": {"contians": "x"}}, "delay": 1},
        ".match.url.contians",
        "one of contains (did you mean contains?), equals, glob, prefix, regex",
        '"contians"',
    ),
    ({"match": {"url": {"contains": {}}}, "delay": 1}, ".match.url.contains", "text, a whole number, or a list", "{}"),
    (
        {"match": {"url": {"regex": "("}}, "delay": 1},
        ".match.url.regex",
        "a pattern that RE2 accepts (",
        '"("',
    ),
    ({"match": {"text": {"regex": ["a", "(?=b)"]}}, "delay": 1}, ".match.text.regex", "a pattern that RE2", '["a", '),
    ({"match": {"marker": {"prefix": "x"}}, "delay": 1}, ".match.marker", "text, a whole number, or a list", '{"pre'),
    ({"match": {"sha256": {"glob": "x"}}, "delay": 1}, ".match.sha256.glob", "one of equals, prefix", '"glob"'),
    ({"match": {"sha256": 1.5}, "delay": 1}, ".match.sha256", "text, a list of texts, or equals, prefix", "1.5"),
    ({"match": {"width": "3"}, "delay": 1}, ".match.width", "a whole number, a list of them, or min, max", '"3"'),
    ({"match": {"width": {"contains": 3}}, "delay": 1}, ".match.width.contains", "one of equals, max, min", '"cont'),
    ({"match": {"height": {"min": -1}}, "delay": 1}, ".match.height.min", "at least 0", "-1"),
    ({"match": {"width": -1}, "delay": 1}, ".match.width", "at least 0", "-1"),
    ({"match": {"format": "jpgg"}, "delay": 1}, ".match.format", "one of png, jpeg, jpg, gif, bmp, webp", '"jpgg"'),
    ({"match": {"format": ["png", 3]}, "delay": 1}, ".match.format[1]", "one of png, jpeg, jpg, gif", "3"),
    ({"match": {"format": 3}, "delay": 1}, ".match.format", "the name of a picture format, or a list of them", "3"),
    ({"match": {"provider": "onne"}, "delay": 1}, ".match.provider", "one of one (did you mean one?), two", "onne"),
    ({"match": {"provider": {"prefix": "o"}}, "delay": 1}, ".match.provider", "text, a whole number, or", '{"prefix"'),
    ({"match": {"provider": ["one", 3]}, "delay": 1}, ".match.provider", "one of one, two", "3"),
    (
        {"match": {"operation": "Lok"}, "delay": 1},
        ".match.operation",
        "one of Look (did you mean Look?), Read, see/later",
        "Lok",
    ),
    (
        {"match": {"provider": "two", "operation": "Look"}, "delay": 1},
        ".match.operation",
        'one of provider "two"',
        '"Look"',
    ),
    ({"match": {"via": "ftp"}, "delay": 1}, ".match.via", "one of https, cloud, my", '"ftp"'),
    ({"match": {"via": ["my", "ftp"]}, "delay": 1}, ".match.via[1]", "one of https, cloud, my", '"ftp"'),
    ({"match": {"account": "x"}, "delay": 1}, ".match.account", "the id, name or credential of an account", "x"),
    # outcomes
    ({"match": {}, "verdict": "prn"}, ".verdict", "one of porn (did you mean porn?), pass, review, block", "prn"),
    ({"match": {}, "verdict": ""}, ".verdict", "one of pass, review, block, porn", ""),
    ({"match": {}, "verdict": "porn/spam"}, ".verdict", "one of ", "porn/spam"),
    (
        {"match": {}, "verdict": "ad/review"},
        ".verdict",
        "the long form {findings: [{scene: ad, label: ad, suggestion: review}]}, as the short one has no suggestion",
        "ad/review",
    ),
    (
        {"match": {}, "verdict": "porn/sexy/block"},
        ".verdict",
        "the long form {findings: [{scene: porn, label: sexy, suggestion: block}]}",
        "porn/sexy/block",
    ),
    (
        {"match": {}, "verdict": "spam/pass"},
        ".verdict",
        "the long form {findings: [{label: spam, suggestion: pass}]}",
        "spam/pass",
    ),
    ({"match": {}, "verdict": 3}, ".verdict", "a suggestion, a scene, scene/label, a label, or {suggestion", "3"),
    ({"match": {}, "verdict": {}}, ".verdict", "at least 1 keys", "{}"),
    ({"match": {}, "verdict": {"suggestion": "blok"}}, ".verdict.suggestion", "one of pass, review, block", '"blok"'),
    ({"match": {}, "verdict": {"frames": 0}}, ".verdict.frames", "at least 1", "0"),
    ({"match": {}, "verdict": {"frames": 10001}}, ".verdict.frames", "at most 10000", "10001"),
    ({"match": {}, "verdict": {"findings": {}}}, ".verdict.findings", "array", "{}"),
    ({"match": {}, "verdict": {"findings": [{}]}}, ".verdict.findings[0]", "at least 1 keys", "{}"),
    ({"match": {}, "verdict": {"findings": [{"scene": "x"}]}}, ".verdict.findings[0].scene", "one of porn, ", '"x"'),
    (
        {"match": {}, "verdict": {"findings": [{"label": "spam"}, {"label": "spm"}]}},
        ".verdict.findings[1].label",
        LABELS,
        "spm",
    ),
    (
        {"match": {}, "verdict": {"findings": [{"scene": "porn", "label": "sxy"}]}},
        ".verdict.findings[0].label",
        "one of sexy (did you mean sexy?), normal, porn",
        "sxy",
    ),
    ({"match": {}, "verdict": {"findings": [{"rate": 101}]}}, ".verdict.findings[0].rate", "at most 100", "101"),
    ({"match": {}, "verdict": {"findings": [{"rate": -0.1}]}}, ".verdict.findings[0].rate", "at least 0", "-0.1"),
    (
        {"match": {}, "verdict": {"findings": [{"contexts": [""]}]}},
        ".verdict.findings[0].contexts[0]",
        "at least 1",
        '""',
    ),
    (
        {"match": {}, "error": "Bsy"},
        ".error",
        "one of Busy (did you mean Busy?), E1, InvalidTask.N.Size, 87014, -1,",
        "Bsy",
    ),
    (
        {"match": {}, "error": 87015},
        ".error",
        "one of 87014 (did you mean 87014?), E1, InvalidTask.N.Size, Busy",
        "87015",
    ),
    ({"match": {"provider": "two"}, "error": "E1"}, ".error", "one of -1, Busy, param error", "E1"),
    ({"match": {"operation": "see/later"}, "error": "E1"}, ".error", "one of -1, Busy, param error", "E1"),
    ({"match": {}, "error": "busy"}, ".error", "one of Busy (did you mean Busy?), E1,", "busy"),
    ({"match": {}, "error": None}, ".error", ERRORS, "null"),
    ({"match": {}, "error": 1.5}, ".error", ERRORS, "1.5"),
    ({"match": {}, "error": {}}, ".error", "a key code", "{}"),
    ({"match": {}, "error": {"message": "m"}}, ".error", "a key code", '{"message": "m"}'),
    ({"match": {}, "error": {"code": None}}, ".error.code", "string or integer", "null"),
    (
        {"match": {}, "error": {"code": "E1", "msg": "m"}},
        ".error.msg",
        "one of sub_msg (did you mean sub_msg?), code, message",
        '"msg"',
    ),
    ({"match": {}, "error": {"code": "E1", "status": 600}}, ".error.status", "at most 599", "600"),
    ({"match": {}, "error": {"code": "E1", "message": 3}}, ".error.message", "string", "3"),
    (
        {"match": {}, "error": {"code": "E9"}},
        ".error.code",
        "match.provider beside a code that is in no table: one of one, two",
        "E9",
    ),
    (
        {"match": {"provider": ["two", "one"]}, "error": {"code": "E9"}},
        ".error.code",
        "match.provider beside a code that is in no table: one of one, two",
        "E9",
    ),
    ({"match": {"provider": "one"}, "error": {"code": "Bad"}}, ".error", "a good name", '{"code": "Bad"}'),
    ({"match": {"operation": "Look"}, "error": {"code": "Bad"}}, ".error", "a good name", '{"code": "Bad"}'),
    (
        {"match": {"provider": "one"}, "error": {"code": "E9", "sub_code": "X", "sub_msg": "m"}},
        ".error",
        "code, message, status alone: what is asked for has no sub_code",
        '{"code": "E9", "sub_code": "X"',
    ),
    (
        {"match": {"provider": "two"}, "error": {"code": "E9"}},
        ".error",
        "a code of its table, with a message alone",
        '{"code": "E9"}',
    ),
    (
        {"match": {}, "error": {"code": -1, "status": 500}},
        ".error",
        "a code of its table, with a message alone",
        '{"code": -1, "status": 500}',
    ),
    ({"match": {"provider": "onne"}, "error": {"code": "E9"}}, ".match.provider", "one of one (did you mean", "onne"),
    ({"match": {}, "fault": "rst"}, ".fault", "one of reset (did you mean reset?), slow", "rst"),
    ({"match": {}, "fault": {}}, ".fault", "a key name", "{}"),
    ({"match": {}, "fault": 3}, ".fault", "the name of a fault, or {name} with its parameters", "3"),
    ({"match": {}, "fault": {"name": 3}}, ".fault.name", "string", "3"),
    ({"match": {}, "fault": {"name": "slow", "bytes": 3}}, ".fault.bytes", "one of bytes_per_second", "bytes"),
    ({"match": {}, "fault": {"name": "reset", "x": 3}}, ".fault.x", "nothing here", "x"),
    *(
        (
            {"match": {}, "fault": {"name": "slow", "bytes_per_second": rate}},
            ".fault.bytes_per_second",
            "a number above 0",
            told,
        )
        for rate, told in ((0, "0"), (-1, "-1"), (True, "true"), ("9", '"9"'), (None, "null"))
    ),
    ({"match": {}, "respond": []}, ".respond", "object", "[]"),
    ({"match": {}, "raw": "x"}, ".raw", "object", '"x"'),
    (
        {"match": {}, "raw": {"stats": 1}},
        ".raw.stats",
        "one of status (did you mean status?), body, headers",
        '"stats"',
    ),
    ({"match": {}, "raw": {"status": 199}}, ".raw.status", "at least 200", "199"),
    ({"match": {}, "raw": {"status": 600}}, ".raw.status", "at most 599", "600"),
    ({"match": {}, "raw": {"body": {}}}, ".raw.body", "string", "{}"),
    ({"match": {}, "raw": {"headers": {"a b": "c"}}}, ".raw.headers", "text like ^[A-Za-z0-9-]+$", '"a b"'),
    ({"match": {}, "raw": {"headers": {"a": "b\r\nc: d"}}}, ".raw.headers.a", "text of one line", r'"b\r\nc: d"'),
    ({"match": {}, "raw": {"headers": {"a": 3}}}, ".raw.headers.a", "text of one line", "3"),
    # modifiers
    ({"match": {}, "delay": -1}, ".delay", "at least 0", "-1"),
    ({"match": {}, "delay": 86401}, ".delay", "at most 86400", "86401"),
    ({"match": {}, "delay": "2s"}, ".delay", "seconds, {min, max}, or never", '"2s"'),
    ({"match": {}, "delay": None}, ".delay", "seconds, {min, max}, or never", "null"),
    ({"match": {}, "delay": {"min": 1}}, ".delay", "a key max", '{"min": 1}'),
    ({"match": {}, "delay": {"min": -1, "max": 1}}, ".delay.min", "at least 0", "-1"),
    ({"match": {}, "delay": {"min": 2, "max": 1}}, ".delay", "min not above max", '{"min": 2, "max": 1}'),
    ({"match": {}, "delay": {"min": 1, "max": 2, "mx": 3}}, ".delay.mx", "one of max (did you mean max?), min", '"mx"'),
    ({"match": {}, "callback": "nevr"}, ".callback", "one of never, late, duplicate, corrupt", '"nevr"'),
    ({"match": {}, "callback": 3}, ".callback", "never, late, duplicate, corrupt, or {after} in seconds", "3"),
    ({"match": {}, "callback": {"after": -1}}, ".callback.after", "at least 0", "-1"),
    ({"match": {}, "callback": {}}, ".callback", "a key after", "{}"),
]


@pytest.mark.parametrize(("form", "path", "expected", "got"), BAD, ids=[f"{n}{bad[1]}" for n, bad in enumerate(BAD)])
def test_a_bad_form_is_reported_with_path_and_what_was_expected(form: Any, path: str, expected: str, got: str) -> None:
    (problem,) = list_rule_problems(form)
    assert problem.path == f"$[0]{path}"
    assert problem.expected.startswith(expected)
    assert problem.got.startswith(got)
    assert (problem.file, problem.line) == ("", 0)
    assert len(problem.got) <= 80


@pytest.mark.parametrize(("form", "path", "expected", "got"), BAD, ids=[f"{n}{bad[1]}" for n, bad in enumerate(BAD)])
def test_the_same_in_a_file_with_its_line(form: Any, path: str, expected: str, got: str) -> None:
    text = f"# rules\nrules:\n- {{match: {{}}, delay: 0}}\n- {json.dumps(form, ensure_ascii=False)}\n"
    (problem,) = list_problems(text)
    assert problem.path == f"$.rules[1]{path}"
    assert problem.expected.startswith(expected)
    assert problem.got.startswith(got)
    assert (problem.file, problem.line) == ("a.yaml", 4)


def test_the_line_is_that_of_the_key() -> None:
    text = "- match:\n    provider: one\n    operation: Lok\n  error:\n    E2\n  delay:\n    min: 2\n    max: 1\n"
    assert [(problem.path, problem.line) for problem in list_problems(text)] == [
        ("$[0].match.operation", 3),
        ("$[0].error", 5),
        ("$[0].delay", 7),
    ]


def test_all_problems_of_a_rule_and_of_all_rules_at_once() -> None:
    text = """
- {match: {provider: thre, operation: Lok, account: x, url: {regex: "("}, width: 1}, error: E9, delay: {min: 2, max: 1}}
- {match: {url: 1, urll: 2, txt: 3}, times: 0, fault: slow}
- {match: {}, verdict: porn}
- {match: {}, delay: {}}
- {match: {}, verdict: prn}
"""
    assert [(problem.path, problem.line) for problem in list_problems(text)] == [
        *((f"$[0].match.{key}", 2) for key in ("provider", "operation", "account", "url.regex")),
        ("$[0].error", 2),
        ("$[0].delay", 2),
        *((f"$[1].{key}", 3) for key in ("match.urll", "match.txt", "times")),
        ("$[3].delay", 5),
        ("$[3].delay", 5),
        ("$[4].verdict", 6),
    ]


@pytest.mark.parametrize(("number", "told"), [(19, 19), (20, 20), (21, 20), (500, 20)])
def test_never_more_than_twenty_problems_of_one_body(number: int, told: int) -> None:
    forms: tuple[Any, ...] = ({"match": {}}, 3, {"match": {}, "error": "x"})
    for form in forms:
        with pytest.raises(Problems) as caught:
            parse_rules([form] * number, KNOWN, map(str, range(number)), str)
        assert len(caught.value.found) == told
    assert len(list_rule_problems({"match": {f"key{n}": 1 for n in range(number)}, "delay": 1})) == told


@pytest.mark.parametrize(
    ("text", "path", "line", "got"),
    [
        ("rule", "$", 1, '"rule"'),
        ("3", "$", 1, "3"),
        ("{}", "$", 1, "{}"),
        ("\nrules: {}", "$.rules", 2, "{}"),
        ("rules: none", "$.rules", 1, '"none"'),
        ("rules: []\nrule: []", "$.rule", 2, "rule"),
        ("profile: fast", "$.profile", 1, "profile"),
        ("match: {}\n", "$.match", 1, "match"),
    ],
)
def test_a_file_that_is_no_list_of_rules(text: str, path: str, line: int, got: str) -> None:
    (problem,) = list_problems(text)
    assert problem.expected.startswith("a list of rules")
    assert (problem.path, problem.line, problem.got) == (path, line, got)


@pytest.mark.parametrize("text", ["", "[]", "rules:", "rules: []", "# none yet", "---"])
def test_a_file_without_rules(text: str) -> None:
    assert parse_text(text) == []


def test_yaml_is_read_as_it_looks() -> None:
    text = "- {match: {text: no, data_id: 0123, filename: 2024-01-01, url: 'C:\\fixtures'}, error: 87014}"
    (rule,) = parse_text(text)
    assert {condition.key: condition.values for condition in rule.conditions} == {
        "text": ("no",),
        "data_id": ("0123",),
        "filename": ("2024-01-01",),
        "url": ("C:\\fixtures",),
        "provider": ("one",),
    }
    assert rule.outcome == Error("87014")


@pytest.mark.parametrize(("file", "text"), [("a.yaml", "rules:\n- match: {}\n  delay: 1\n\n- match: {}\n  delay: 2\n")])
def test_a_rule_of_a_file_knows_its_place(file: str, text: str) -> None:
    assert [(rule.id, rule.source) for rule in parse_text(text, file)] == [
        ("file-1", "a.yaml:2"),
        ("file-2", "a.yaml:5"),
    ]
    in_json = '[\n {"match": {}, "delay": 1},\n\n {"match": {}, "delay": 2}]'
    assert [rule.source for rule in parse_text(in_json, "a.json")] == ["a.json:2", "a.json:4"]


@pytest.mark.parametrize(
    "body",
    [
        '{"match": {"text": "\\ud800"}, "delay": 0}',
        '{"match": {"data_id": 1000000000000000000000}, "delay": 0}',
        '{"match": {}, "delay": 0, "priority": 1000000000000000000000}',
        '{"match": {}, "respond": {"x": 1e400}}',
        '{"match": {}, "respond": ' + '{"a":' * 300 + "1" + "}" * 301,
        '{"match": {"url": true}, "error": "\\ud800"}',
        '{"match": {}, "\\ud800": 1, "delay": 0}',
    ],
    ids=range(7),
)
def test_a_rule_that_could_not_be_listed_is_not_taken(live: RunningServer, body: str) -> None:
    answer = live.control("POST", "rules", body)
    assert answer.status_code == 400
    assert answer.json()["problems"]
    assert live.control("GET", "rules").status_code == 200


# -- files and folders


def write_rule_file(file: Path, *names: str, **rest: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([{"name": name, "match": {}, "delay": 0, **rest} for name in names]), encoding="utf-8")


def test_order_of_folders_files_and_priorities(tmp_path: Path) -> None:
    write_rule_file(tmp_path / "mine" / "b.json", "mine b1", "mine b2")
    write_rule_file(tmp_path / "mine" / "a" / "z.json", "mine a/z")
    write_rule_file(tmp_path / "mine" / "c.json", "mine c", priority=5)
    write_rule_file(tmp_path / "built-in" / "a.json", "built-in a")
    write_rule_file(tmp_path / "built-in" / "b.json", "built-in b", priority=5)
    write_rule_file(tmp_path / "built-in" / "c.json", "built-in c", priority=-1)
    rules = read_rules([tmp_path / "mine", tmp_path / "built-in"], KNOWN, itertools.count(1))
    first = ["mine c", "built-in b"]
    assert [rule.name for rule in rules] == [*first, "mine a/z", "mine b1", "mine b2", "built-in a", "built-in c"]
    assert len({rule.id for rule in rules}) == len(rules)


def test_every_problem_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- {match: {}}\n- {match: {}, error: x}\n", encoding="utf-8")
    (tmp_path / "b.json").write_text("[1,", encoding="utf-8")
    write_rule_file(tmp_path / "c.json", "fine")
    (tmp_path / "d.yml").write_text("a: *b", encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_rules([tmp_path, tmp_path / "gone.yaml"], KNOWN, itertools.count(1))
    places = [(Path(problem.file).name, problem.line) for problem in caught.value.found]
    assert places == [("a.yaml", 1), ("a.yaml", 2), ("b.json", 1), ("d.yml", 1), ("gone.yaml", 1)]


def test_an_empty_folder_has_no_rules(tmp_path: Path) -> None:
    assert read_rules([tmp_path], KNOWN, itertools.count(1)) == []
    assert read_rules([], KNOWN, itertools.count(1)) == []


# -- anything

WORDS = st.sampled_from(
    ["one", "two", "Look", "E1", "pass", "porn", "porn/sexy", "never", "reset", "slow", "x", "(", "png"]
)
SCALARS = st.none() | st.booleans() | st.integers(-2, 90) | st.floats(allow_nan=False) | st.text(max_size=3) | WORDS
KEYS = st.sampled_from(
    f"{RULE_KEYS}, {MATCH_KEYS}, contains, regex, min, suggestion, findings, scene, label, rate, after".split(", ")
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {
        "match": st.dictionaries(
            st.sampled_from(MATCH_KEYS.split(", ")), WORDS | st.integers(0, 9) | ANYTHING, max_size=2
        )
    },
    optional={
        "verdict": WORDS | ANYTHING,
        "error": WORDS | ANYTHING,
        "fault": WORDS | st.fixed_dictionaries({"name": WORDS}, optional={"bytes_per_second": SCALARS}),
        "respond": st.dictionaries(KEYS, ANYTHING, max_size=2),
        "raw": ANYTHING,
        "delay": st.integers(0, 3) | ANYTHING,
        "callback": WORDS | ANYTHING,
        "times": st.integers(0, 3),
    },
)


@settings(deadline=None, max_examples=150)
@given(ANYTHING | st.lists(NEARLY | ANYTHING, max_size=3))
def test_no_json_raises_anything_but_problems(data: Any) -> None:
    try:
        rules = parse_rules(data, KNOWN, map(str, itertools.count()), str)
    except Problems as problems:
        found = [(problem.path, problem.expected, problem.got) for problem in problems.found]
    else:
        found = [("$", rule.id, rule.source) for rule in rules] or [("$", "-", "-")]
    assert found
    assert all(path.startswith("$") and expected for path, expected, _got in found)


@settings(deadline=None)
@given(ANYTHING | st.lists(NEARLY | ANYTHING, max_size=3))
def test_no_file_raises_anything_but_problems(data: Any) -> None:
    text = json.dumps(data)
    for file in ("a.json", "a.yaml"):
        found: list[Problem] = []
        try:
            parse_text(text, file)
        except Problems as problems:
            found = problems.found
        assert all(problem.file == file and problem.line >= 1 for problem in found)
