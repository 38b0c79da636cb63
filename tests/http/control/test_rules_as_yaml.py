"""Rules go out as a fixture file and come in again, as YAML or as they were listed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.cli import main
from emulator.http.control import rules as endpoint
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, list_control_rules, parse_error, parse_items, read_label
from tests.providers.aliyun.rpc_calls import scan_text

RULE = {"match": {"text": "hello"}, "verdict": "ad"}
KINDS: list[dict[str, Any]] = [
    {"verdict": "porn/sexy"},
    {"verdict": {"suggestion": "review", "frames": 3, "findings": [{"scene": "porn", "label": "sexy", "rate": 62.11}]}},
    {
        "verdict": {
            "findings": [{"label": "ad", "suggestion": "block", "rate": 99, "contexts": ["加我支付宝", "2026-01-01"]}]
        }
    },
    {"error": "InvalidImage.NotFound", "times": 2, "priority": -3},
    {"error": 87014},
    {"error": "87014", "name": "no"},
    {"fault": "reset"},
    {"fault": {"name": "slow", "bytes_per_second": 0.5}},
    {"respond": {"Data": None, "a": {"1": [1.0, True, None, "2026-01-01", "1e3", "no"], "": {}}}},
    {"raw": {"status": 502, "headers": {"Content-Type": "text/html"}, "body": "<p>\r\n坏 😀\t\x00\x85\u2028</p> "}},
    {"delay": {"min": 0.5, "max": 1e-7 + 1}},
    {"delay": "never", "callback": "late"},
    {"delay": 1e-7, "callback": {"after": 30}},
]


@pytest.fixture
def live(start: Callable[..., RunningServer]) -> RunningServer:
    """Start an emulator that is not shared, with two accounts."""
    return start({"accounts": [TEAM_B]})


def export_rules(live: RunningServer, **query: str) -> str:
    answer = live.control("GET", "rules", source="control", format="yaml", **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    return answer.content.decode()


def send(
    live: RunningServer, body: str | bytes, kind: str | None = None, method: str = "POST", path: str = "rules"
) -> requests.Response:
    data = body.encode() if isinstance(body, str) else body
    headers = {"Content-Type": kind} if kind else {}
    return requests.request(method, f"{live.url}/_emulator/{path}", data=data, headers=headers, timeout=30)


def check_text(text: str, folder: Path) -> str:
    """Write a file and return what `check` says of it."""
    file = folder / "exported.yaml"
    file.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(file)])
    assert result.exit_code == 0, result.output
    return result.output


# Out.


def test_what_is_exported_is_a_fixture_file(live: RunningServer, tmp_path: Path) -> None:
    for kind in KINDS:
        live.push_rule(
            {"url": {"regex": r"^https?://[^/]+\.test/\d+$", "prefix": "https:"}, "width": {"min": 3}}, **kind
        )
    text = export_rules(live)
    assert check_text(text, tmp_path) == f"{len(KINDS)} rules in 1 files\n"
    assert "hits" not in text
    before = [{**rule, "id": 0} for rule in list_control_rules(live)]
    live.control("DELETE", "rules")
    assert send(live, text).status_code == 201
    assert [{**rule, "id": 0} for rule in list_control_rules(live)] == before
    assert export_rules(live) == text


def test_nothing_is_an_empty_list(live: RunningServer, tmp_path: Path) -> None:
    assert export_rules(live) == "[]\n"
    assert check_text(export_rules(live), tmp_path) == "0 rules in 1 files\n"
    assert send(live, export_rules(live)).json() == []


def test_rules_are_listed_by_their_source(start: Callable[..., RunningServer], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- {match: {text: one}, verdict: ad}\n\n- {match: {text: two}, verdict: ad}\n")
    live = start({"fixtures": [str(tmp_path)]})
    live.push_rule({"text": "pushed"}, verdict="ad")
    total = len(parse_items(live.control("GET", "rules")))

    def list_texts(source: str) -> list[str]:
        return [rule["match"].get("text") for rule in parse_items(live.control("GET", "rules", source=source))]

    assert list_texts("control") == ["pushed"]
    assert len(list_texts("files")) == total - 1
    for source in ("mine.yaml", str(tmp_path / "mine.yaml")):
        assert list_texts(source) == ["one", "two"]
    assert list_texts(f"{tmp_path / 'mine.yaml'}:3") == ["two"]
    for wrong in ("", "contrl", "ine.yaml", "/"):
        (problem,) = live.control("GET", "rules", source=wrong).json()["problems"]
        assert problem["path"] == "?source"
        assert "control, files" in problem["expected"]
    (problem,) = live.control("GET", "rules", format="xml").json()["problems"]
    assert (problem["path"], problem["expected"]) == ("?format", "one of json, yaml")
    answer = live.control("GET", "rules", source="mine.yaml", format="yaml")
    assert answer.text == "- match:\n    text: one\n  verdict: ad\n- match:\n    text: two\n  verdict: ad\n"


def test_rules_of_one_account(live: RunningServer, tmp_path: Path) -> None:
    live.control("POST", "rules", {**RULE, "name": "own"}, account="team-b")
    live.control("POST", "rules", {**RULE, "name": "common"})
    live.control("POST", "rules", {**RULE, "name": "other"}, account="default")
    own = export_rules(live, account="team-b")
    assert [line for line in own.splitlines() if "name" in line] == ["  name: own", "  name: common"]
    assert "#" not in own
    everything = export_rules(live)
    assert "# for account acc-2 alone:\n- match:\n    text: hello\n  verdict: ad\n  name: own\n" in everything
    assert "# for account acc-1 alone:\n- match:" in everything
    assert check_text(everything, tmp_path) == "3 rules in 1 files\n"


def test_too_much_is_refused_and_not_cut(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "_MAX_YAML_BYTES", 100)
    live.push_rule({"text": "x" * 200}, verdict="ad")
    assert "?account=" in parse_error(live.control("GET", "rules", source="control", format="yaml"), 409)


# In.

YAML = """\
# a comment
- name: mine
  match: {text: {contains: [加我, "no"]}}
  verdict: ad
- match: {text: other}   # another
  error: Throttling
  times: 2
"""


@pytest.mark.parametrize(
    "kind", [None, "application/yaml", "text/yaml", "application/x-yaml; charset=utf-8", "text/plain"]
)
def test_a_rule_file_may_be_pushed(live: RunningServer, kind: str | None) -> None:
    answer = send(live, YAML, kind)
    assert (answer.status_code, [rule["match"] for rule in answer.json()]) == (
        201,
        [{"text": {"contains": ["加我", "no"]}}, {"text": "other"}],
    )


def test_other_forms_of_a_rule_file(live: RunningServer) -> None:
    for body in (
        "match: {text: a}\nverdict: ad\n",
        "\ufeff---\nmatch: {text: a}\nverdict: ad\n",
        "'match': {}\nverdict: ad",
    ):
        assert isinstance(send(live, body).json(), dict)
    for body in ("rules:\n- match: {text: a}\n  verdict: ad\n", "- {match: {text: a}, verdict: ad}"):
        assert len(send(live, body).json()) == 1
    assert send(live, "rules:\n").json() == []
    assert len(send(live, "[{match: {text: a}, verdict: ad}]", "application/yaml").json()) == 1
    assert send(live, "{match: {text: a}, verdict: ad}", "text/yaml").status_code == 201
    assert send(live, json.dumps([RULE]), "application/yaml").status_code == 201
    assert send(live, "{match: {text: a}, verdict: ad}").status_code == 400  # it begins as JSON


def test_mistakes_in_yaml_are_reported_with_their_place(live: RunningServer) -> None:
    for body, path, line, got in (
        ("- match: {text: a}\n  verdict: nothing-like-this\n", "$[0].verdict", 2, "nothing-like-this"),
        ("match: {text: a}\nverdict: nothing-like-this\n", "$.verdict", 2, "nothing-like-this"),
        ("rules:\n- match: {}\n  error: nothing-like-this\n", "$.rules[0].error", 3, "nothing-like-this"),
        ("match: {text: a}\nmatch: {}\n", "$", 2, "twice"),
        ("- match: {}\n\tverdict: ad\n", "$", 2, ""),
        ("# nothing\n", "$", 1, "null"),
        ("hello", "$", 1, "hello"),
        ("rules: 5\n", "$.rules", 1, "5"),
        ("- &a {match: {}, verdict: ad}\n- *a\n", "$", 2, "alias"),
        ("match: !!python/object:os.system {}\n", "$", 1, "none of ours"),
    ):
        (problem, *_) = send(live, body).json()["problems"]
        assert (problem["path"], problem["line"]) == (path, line), body
        assert got in problem["got"], body
    (problem,) = send(live, '{"match": {}, "verdict": "nothing-like-this"}').json()["problems"]
    assert "line" not in problem
    assert list_control_rules(live) == []


def test_put_takes_yaml(live: RunningServer) -> None:
    assert send(live, "match: {text: a}\nverdict: ad\n", method="PUT", path="rules/mine").json()["id"] == "mine"
    assert send(live, "- match: {}\n", method="PUT", path="rules/mine").status_code == 400


def test_what_only_we_tell_is_ignored_on_the_way_in(live: RunningServer) -> None:
    live.control("POST", "rules", [RULE, {"match": {}, "error": "Throttling", "times": 3}], account="team-b")
    listed = list_control_rules(live)
    live.control("DELETE", "rules")
    stored = live.control("POST", "rules", listed, account="team-b").json()
    assert [{**rule, "id": 0} for rule in stored] == [{**rule, "id": 0} for rule in listed]
    assert not {rule["id"] for rule in stored} & {rule["id"] for rule in listed}
    assert live.control("POST", "rules", {**listed[0], "hits": 7}).json()["hits"] == 0
    assert live.control("PUT", "rules/mine", listed[0]).json()["id"] == "mine"
    parse_error(live.control("POST", "rules", {**RULE, "hit": 7}), 400)
    parse_error(live.control("POST", "rules", {"match": {"id": 1}, "verdict": "ad"}), 400)


def test_a_rule_that_could_not_be_put_in_again_is_not_taken(live: RunningServer) -> None:
    def nest(levels: int) -> dict[str, Any]:
        form: dict[str, Any] = {}
        for _ in range(levels):
            form = {"a": form}
        return {"match": {}, "respond": form}

    assert live.control("POST", "rules", nest(60)).status_code == 201
    assert send(live, export_rules(live)).status_code == 201
    for levels in (62, 63, 64):
        answers = [live.control("POST", "rules", nest(levels)), live.control("PUT", "rules/a", nest(levels))]
        answers.append(live.control("POST", "rules", [nest(levels)]))
        assert len({answer.status_code for answer in answers} - {201}) <= 1
    assert send(live, export_rules(live)).status_code == 201


# Every form of rule.

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["2026-01-01", "no", "1e3", "007", "~", "加我支付宝", "\x85\u2028", "a\nb", "#", ": ", "😀", " "]
)
SCALARS = TEXTS | st.integers(-(2**63), 2**63 - 1)
WORDS = SCALARS | st.lists(SCALARS, min_size=1, max_size=3)
PATTERNS = st.sampled_from([r"^\d+$", r"[[:alpha:]]+\.", "(?i)加.*我", "a|b: #", r"\x41\Q.\E", ["a", "b+"]])
OPERATORS = st.fixed_dictionaries(
    {}, optional={"equals": WORDS, "contains": WORDS, "prefix": WORDS, "glob": WORDS, "regex": PATTERNS}
).filter(bool)
SIZES = st.integers(0, 9999) | st.fixed_dictionaries({"min": st.integers(0, 9)}, optional={"max": st.integers(0, 9)})
MATCHES = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["ScanImage", ["ScanImage", "ScanText"]]),
        "url": WORDS | OPERATORS,
        "text": WORDS | OPERATORS,
        "data_id": WORDS,
        "marker": WORDS,
        "sha256": TEXTS,
        "format": st.sampled_from(["png", "jpg"]),
        "width": SIZES,
    },
)
ANY = st.recursive(
    st.none() | st.booleans() | SCALARS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SECONDS = st.floats(0, 86400) | st.integers(0, 86400)
FINDINGS = st.fixed_dictionaries(
    {"scene": st.just("porn"), "rate": st.floats(0, 100)},
    optional={"label": st.sampled_from(["sexy", "normal"]), "contexts": st.lists(TEXTS.filter(bool), max_size=2)},
)
OUTCOMES = st.one_of(
    st.sampled_from([{"verdict": "porn"}, {"error": "Throttling"}, {"error": 87014}, {"fault": "reset"}, {"delay": 1}]),
    st.builds(lambda found: {"verdict": {"findings": found}}, st.lists(FINDINGS, min_size=1, max_size=2)),
    st.builds(lambda rate: {"fault": {"name": "slow", "bytes_per_second": rate}}, st.floats(0.001, 1e9)),
    st.builds(lambda patch: {"respond": patch}, st.dictionaries(TEXTS, ANY, max_size=3)),
    st.builds(lambda body: {"raw": {"status": 503, "headers": {"X-A": "no: #"}, "body": body}}, TEXTS),
)
MODIFIERS = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "times": st.integers(1, 9),
        "priority": st.integers(-(2**31), 2**31),
        "delay": SECONDS | st.just("never"),
        "callback": st.sampled_from(["never", "late"]) | st.builds(lambda after: {"after": after}, SECONDS),
    },
)
FORMS = st.builds(lambda match, outcome, more: {"match": match, **outcome, **more}, MATCHES, OUTCOMES, MODIFIERS)


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningServer]:
    with RunningServer() as live:
        yield live


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(FORMS, max_size=4))
def test_export_import_and_export_again(shared: RunningServer, forms: list[dict[str, Any]]) -> None:
    taken = [form for form in forms if shared.control("POST", "rules", form).status_code == 201]
    once, listed = export_rules(shared), list_control_rules(shared)
    assert len(listed) == len(taken)
    shared.control("DELETE", "rules")
    assert send(shared, once).status_code == 201
    assert export_rules(shared) == once
    assert [{**rule, "id": 0} for rule in list_control_rules(shared)] == [{**rule, "id": 0} for rule in listed]
    shared.control("DELETE", "rules")
    assert shared.control("POST", "rules", listed).status_code == 201
    assert export_rules(shared) == once
    shared.control("DELETE", "rules")


def test_what_came_in_again_decides_as_before(live: RunningServer) -> None:
    live.push_rule({"text": {"contains": "2026-01-01"}}, verdict="spam")
    live.push_rule({"text": {"contains": "2026-01"}}, verdict="ad", priority=1)
    live.control("POST", "rules", {**RULE, "verdict": "porn"}, account="team-b")
    text = export_rules(live)
    live.control("DELETE", "rules")
    send(live, text)
    assert read_label(scan_text(live, "on 2026-01-01", labels=("spam", "ad"))) == "ad"
    assert read_label(scan_text(live, "hello", labels=("porn",), **AS_B)) == "porn"
