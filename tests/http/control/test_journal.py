import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from emulator.state.journal import Page
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import AS_B, TEAM_B, parse_error, parse_items
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, scan_image, scan_text, sign_rpc

TOKEN = "CAISabc/def+ghi==token/with=signs"
STS = {"access_key_id": "STS.team", "access_key_secret": "stsSecret", "security_token": TOKEN}
PARAMS = {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"}
ENTRY = {
    *("id", "at", "account", "provider", "operation", "via", "method", "path", "request_id", "status", "code"),
    *("detail", "outcome", "subjects", "decided_by", "warnings", "duration_ms"),
}
LONG = {"request", "response", "rules", "near_misses", "signature", "callbacks"}


def get_newest(live: RunningServer) -> dict[str, Any]:
    """Return the long form of the last call."""
    entry = parse_items(live.control("GET", "journal"))[0]
    return dict(live.control("GET", f"journal/{entry['id']}").json())


def dump_without_signature(entry: dict[str, Any]) -> str:
    """Return all of the long form but `signature`, which compares signatures and so has to show them."""
    return json.dumps({key: value for key, value in entry.items() if key != "signature"})


def list_contents(live: RunningServer, **query: str) -> list[str]:
    """Return the texts or addresses of the entries that a filter leaves."""
    found = []
    for entry in parse_items(live.control("GET", "journal", **query)):
        items = entry["subjects"]
        found.append(items[0].get("text") or items[0]["url"] if items else entry["code"])
    return found


# The shape of an entry.


def test_entry_of_a_text(live: RunningServer) -> None:
    rule = live.push_rule({"text": {"contains": "hello"}}, verdict="ad", name="greeting")
    answer = scan_text(live, "hello", "world")
    (entry,) = parse_items(live.control("GET", "journal"))
    assert set(entry) == ENTRY
    by_rule = {"kind": "rule", "rule": rule["id"], "name": "greeting"}
    nobody = {"kind": "default", "rule": None, "name": None}
    expected = {
        "account": "acc-1",
        "provider": "aliyun_imageaudit",
        "operation": "ScanText",
        "via": "https",
        "method": "GET",
        "path": "/",
        "request_id": answer.json()["RequestId"],
        "status": 200,
        "code": None,
        "detail": "",
        "outcome": "verdict",
        "subjects": [
            {"kind": "text", "index": 1, "text": "hello", "decided_by": by_rule, "suggestion": "block"},
            {"kind": "text", "index": 2, "text": "world", "decided_by": nobody, "suggestion": "pass"},
        ],
        "decided_by": by_rule,
        "warnings": [],
    }
    assert {key: entry[key] for key in expected} == expected
    assert 0 <= entry["duration_ms"] < 10_000
    assert abs(datetime.fromisoformat(entry["at"]).timestamp() - datetime.now(UTC).timestamp()) < 60


def test_entry_of_a_picture(live: RunningServer) -> None:
    scan_image(live, "https://a.test/x/emu-review%20one.jpg?a=b")
    (item,) = parse_items(live.control("GET", "journal"))[0]["subjects"]
    assert item == {
        "kind": "picture",
        "index": 1,
        "url": "https://a.test/x/emu-review%20one.jpg?a=b",
        "filename": "emu-review one.jpg",
        "decided_by": {"kind": "magic", "rule": None, "name": "emu-review"},
        "suggestion": "review",
    }


@pytest.mark.parametrize(
    ("outcome", "expected", "code"),
    [
        ({"verdict": "pass"}, "pass", None),
        ({"verdict": "porn"}, "verdict", None),
        ({"error": "Throttling"}, "error", "Throttling"),
        ({"error": "InvalidImage.NotFound"}, "error", "InvalidImage.NotFound"),
        ({"fault": "empty"}, "fault", None),
        ({"respond": {"Message": "changed"}}, "respond", None),
        ({"raw": {"status": 502, "body": "x"}}, "respond", None),
    ],
)
def test_each_outcome_is_journaled(
    live: RunningServer, outcome: dict[str, Any], expected: str, code: str | None
) -> None:
    live.push_rule({"url": {"prefix": "https://a.test/"}}, **outcome)
    scan_image(live, "https://a.test/1.jpg")
    entry = parse_items(live.control("GET", "journal"))[0]
    assert (entry["outcome"], entry["code"], entry["decided_by"]["kind"]) == (expected, code, "rule")


def test_refusals_tell_the_step(live: RunningServer) -> None:
    scan_text(live, "hello", secret="wrong")
    call_rpc(live, "ScanText")
    schema, gate = parse_items(live.control("GET", "journal"))
    assert (gate["outcome"], gate["code"], gate["decided_by"]["kind"]) == ("refused", "SignatureDoesNotMatch", "gate")
    assert (schema["outcome"], schema["code"], schema["decided_by"]["kind"]) == ("refused", "MissingLabels", "schema")
    assert schema["account"] == "acc-1"
    assert schema["subjects"] == []


def test_a_misspelt_magic_word_is_warned_of(live: RunningServer) -> None:
    scan_text(live, "emu-pron hello")
    (warning,) = parse_items(live.control("GET", "journal"))[0]["warnings"]
    assert "emu-pron" in warning
    assert "emu-porn" in warning


def test_one_entry_holds_its_request_and_response(live: RunningServer) -> None:
    answer = scan_text(live, "hello", form=True)
    entry = get_newest(live)
    assert set(entry) == ENTRY | LONG
    assert entry["method"] == "POST"
    sent = entry["request"]
    assert set(sent) == {"headers", "parameters", "body"}
    assert sent["parameters"]["Tasks.1.Content"] == "hello"
    assert sent["parameters"]["AccessKeyId"] == "testId"
    assert sent["body"] is None
    assert sent["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert entry["response"]["body"] == answer.text
    assert entry["response"]["headers"]["x-acs-request-id"] == entry["request_id"]


def test_odd_bytes_in_headers_do_not_harm(live: RunningServer) -> None:
    ask(live, encode_request(X_Odd="\xff\xfe", host="\xe9"))
    assert get_newest(live)["code"] == "MissingVersion"


def test_bodies_are_cut(live: RunningServer) -> None:
    requests.post(live.url, data=b"x" * 100_000, headers={"Content-Type": "image/png"}, timeout=5)
    assert get_newest(live)["request"]["body"] == "x" * 65_536


def test_bodies_that_are_no_text(live: RunningServer) -> None:
    body = gzip.compress(b"hello")
    requests.post(live.url, data=body, headers={"Content-Type": "application/octet-stream"}, timeout=5)
    assert "\ufffd" in get_newest(live)["request"]["body"]


# Secrets.


def test_signature_is_masked(live: RunningServer) -> None:
    given = sign_rpc("ScanText", PARAMS)
    requests.get(f"{live.url}/?{encode_query(given)}", timeout=5)
    assert get_newest(live)["request"]["parameters"]["Signature"] == f"{given['Signature'][:4]}****"
    text = dump_without_signature(get_newest(live))
    assert given["Signature"] not in text


@pytest.mark.parametrize(
    "kind", [None, "application/x-www-form-urlencoded", "Application/X-WWW-FORM-URLENCODED", "text/plain"]
)
def test_in_a_form_too(live: RunningServer, kind: str | None) -> None:
    """A body without a type is read as a form, and so masked as one; of another type it is still searched."""
    given = sign_rpc("ScanText", PARAMS, method="POST")
    headers = {} if kind is None else {"Content_Type": kind}
    ask(live, encode_request("POST", body=encode_query(given).encode(), **headers))
    text = dump_without_signature(get_newest(live))
    sent = get_newest(live)["request"]
    if kind == "text/plain":
        assert "ScanText" in sent["body"]
    else:
        assert sent["body"] is None
        assert sent["parameters"]["Action"] == "ScanText"
    assert given["Signature"] not in text
    assert encode_query({"S": given["Signature"]})[2:] not in text


@pytest.mark.parametrize("secret", ["stsSecret", "wrong"])
@pytest.mark.parametrize("form", [False, True])
def test_security_token_is_masked_also_in_the_answer(
    start: Callable[..., RunningServer], secret: str, form: bool
) -> None:
    """SignatureDoesNotMatch prints the string to sign, which holds the token encoded twice."""
    live = start({"accounts": [{"name": "sts", "aliyun": {"sts": STS}}]})
    answer = scan_text(live, "hello", key="STS.team", secret=secret, common={"SecurityToken": TOKEN}, form=form)
    assert (answer.status_code == 200) is (secret == "stsSecret")
    text = json.dumps(get_newest(live))
    assert f"{TOKEN[:4]}****" in text
    for piece in ("abc/def", "abc%2Fdef", "abc%252Fdef", "token/with", "token%2Fwith", "token%252Fwith"):
        assert piece not in text
    if secret == "wrong":
        assert "server string to sign" in text


def test_authorization_is_masked(live: RunningServer) -> None:
    header = "ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host,Signature=0123456789abcdef"
    requests.get(live.url, headers={"Authorization": header, "x-acs-security-token": TOKEN}, timeout=5)
    text = dump_without_signature(get_newest(live))
    assert "ACS3****" in text
    assert "0123456789abcdef" not in text
    assert TOKEN not in text


@pytest.mark.parametrize("secret", ["a", "ab", "abcd", "abcde"])
def test_short_secrets_are_not_shown_whole(live: RunningServer, secret: str) -> None:
    requests.get(live.url, params={"Signature": secret}, timeout=5)
    assert secret not in get_newest(live)["request"]["parameters"]["Signature"]


def test_list_holds_no_secret(live: RunningServer) -> None:
    given = sign_rpc("ScanText", PARAMS)
    requests.get(f"{live.url}/?{encode_query(given)}", timeout=5)
    text = live.control("GET", "journal").text
    assert given["Signature"] not in text
    assert given["SignatureNonce"] not in text


# Order, limit, and filters.


def test_entries_are_listed_newest_first(live: RunningServer) -> None:
    for text in "abc":
        scan_text(live, text)
    assert list_contents(live) == ["c", "b", "a"]


@pytest.mark.parametrize(("limit", "left"), [("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 3), ("1000", 3)])
def test_a_limit_shortens_the_list_and_not_the_total(live: RunningServer, limit: str, left: int) -> None:
    for text in "abc":
        scan_text(live, text)
    answer = live.control("GET", "journal", limit=limit).json()
    assert [entry["subjects"][0]["text"] for entry in answer["items"]] == list("cba")[:left]
    assert answer["total"] == 3


def test_a_hundred_are_shown_unless_more_are_asked_for(live: RunningServer) -> None:
    for n in range(101):
        scan_text(live, str(n))
    answer = live.control("GET", "journal").json()
    assert (len(answer["items"]), answer["total"]) == (100, 101)
    assert len(live.control("GET", "journal", limit="101").json()["items"]) == 101


@pytest.fixture
def told(start: Callable[..., RunningServer]) -> RunningServer:
    """Start an emulator with a second account; make one call of each kind, on a clock that ticks once a call."""
    live = start({"accounts": [TEAM_B]})
    for account in live.state.accounts:
        account.clock.freeze(True)
        account.clock.set(1_000_000)
    live.control("PUT", "rules/my-rule", {"match": {"text": {"prefix": "ruled"}}, "verdict": "ad"})
    calls: tuple[Callable[[], object], ...] = (
        lambda: scan_text(live, "plain"),
        lambda: scan_text(live, "ruled 中文", "plain"),
        lambda: scan_text(live, "emu-error-Throttling"),
        lambda: scan_image(live, "https://a.test/pic.jpg"),
        lambda: scan_text(live, "of b", **AS_B),
        lambda: scan_text(live, "stranger", key="nobody"),
    )
    for call in calls:
        call()
        for account in live.state.accounts:
            account.clock.advance(1)
    return live


ALL = ["InvalidAccessKeyId.NotFound", "of b", "https://a.test/pic.jpg", "emu-error-Throttling", "ruled 中文", "plain"]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({}, ALL),
        ({"provider": "aliyun_imageaudit"}, ALL),
        ({"provider": "wechat"}, []),
        ({"operation": "ScanImage"}, ALL[2:3]),
        ({"operation": "scanimage"}, []),
        ({"account": "team-b"}, ALL[1:2]),
        ({"account": "acc-2"}, ALL[1:2]),
        ({"account": "teamBKey"}, ALL[1:2]),
        ({"account": "testId"}, ALL[2:]),
        ({"account": "null"}, ALL[:1]),
        ({"status": "200"}, [ALL[1], ALL[2], ALL[4], ALL[5]]),
        ({"status": "429"}, ALL[3:4]),
        ({"code": "Throttling"}, ALL[3:4]),
        ({"code": "InvalidAccessKeyId.NotFound"}, ALL[:1]),
        ({"outcome": "verdict"}, ALL[4:5]),
        ({"outcome": "error"}, ALL[3:4]),
        ({"outcome": "refused"}, ALL[:1]),
        ({"outcome": "pass"}, [ALL[1], ALL[2], ALL[5]]),
        ({"rule": "my-rule"}, ALL[4:5]),
        ({"rule": "other"}, []),
        ({"unmatched": "true"}, [ALL[1], ALL[2], ALL[5]]),
        ({"unmatched": "false"}, [ALL[0], ALL[3], ALL[4]]),
        ({"contains": "plain"}, ALL[4:]),
        ({"contains": "中文"}, ALL[4:5]),
        ({"contains": "a.test/pic"}, ALL[2:3]),
        ({"contains": "request throttling"}, ALL[3:4]),
        ({"since": "1000000"}, ALL),
        ({"since": "1000004"}, ALL[:2]),
        ({"since": "1000003.5"}, ALL[:2]),
        ({"until": "1000001"}, ALL[4:]),
        ({"since": "1970-01-12T13:46:42Z", "until": "1970-01-12T14:46:43+01:00"}, ALL[2:4]),
        ({"account": "default", "outcome": "pass"}, [ALL[2], ALL[5]]),
        ({"outcome": "pass", "limit": "1"}, ALL[1:2]),
    ],
)
def test_filters_narrow_the_list(told: RunningServer, query: dict[str, str], left: list[str]) -> None:
    assert list_contents(told, **query) == left


def test_by_any_rule_that_decided_an_item(live: RunningServer) -> None:
    for name in ("first", "second"):
        live.control("PUT", f"rules/{name}", {"match": {"text": name}, "verdict": "ad"})
    scan_text(live, "first", "second")
    scan_text(live, "second")
    assert list_contents(live, rule="first") == ["first"]
    assert list_contents(live, rule="second") == ["second", "first"]


def test_by_the_id_of_the_answer(live: RunningServer) -> None:
    scan_text(live, "before")
    wanted = scan_text(live, "hello").json()["RequestId"]
    scan_text(live, "after")
    assert list_contents(live, request_id=wanted) == ["hello"]
    assert list_contents(live, request_id=wanted.lower()) == []


def test_after_an_entry(told: RunningServer) -> None:
    ids = [entry["id"] for entry in parse_items(told.control("GET", "journal"))]
    assert list_contents(told, after=ids[3], total="true") == ALL[:3]
    assert list_contents(told, after=ids[0], total="true") == []
    assert list_contents(told, after="0", total="true") == ALL


def test_what_came_after_an_entry_is_counted_only_when_asked(told: RunningServer) -> None:
    ids = [entry["id"] for entry in parse_items(told.control("GET", "journal"))]
    answer = told.control("GET", "journal", after=ids[3], limit="2").json()
    assert [entry["id"] for entry in answer["items"]] == ids[:2]
    assert set(answer) == {"items"}
    assert told.control("GET", "journal", after=ids[3], limit="2", total="true").json()["total"] == 3
    assert told.control("GET", "journal", limit="2").json()["total"] == len(ids)
    assert parse_error(told.control("GET", "journal", total="perhaps"), 400)


def test_a_list_reads_no_more_than_it_returns(live: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 300 entries in five pages only the newest are read."""
    for number in range(300):
        scan_text(live, f"text {number}")
    read: list[int] = []
    real = Page.read_rows

    def read_rows(page: Page) -> Any:
        read.append(page.first)
        return real(page)

    monkeypatch.setattr(Page, "read_rows", read_rows)
    ids = [entry["id"] for entry in parse_items(live.control("GET", "journal", limit="10"))]
    assert live.control("GET", "journal", after=ids[-1], contains="text").json()["items"]
    assert len(read) <= 2
    read.clear()
    assert live.control("GET", f"journal/{ids[0]}").json()["id"] == ids[0]
    assert len(read) <= 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in ("1001", "-1", "1.0", "", "many", "\u0661", "9" * 30)),
        *(("after", value) for value in ("-1", "", "last", "9" * 30)),
        *(
            (name, value)
            for name in ("since", "until")
            for value in ("", "today", "nan", "inf", "-inf", "2026-11-22T10:00:00")
        ),
        *(("unmatched", value) for value in ("", "yes", "1", "True")),
    ],
)
def test_values_that_are_none(live: RunningServer, name: str, value: str) -> None:
    answer = live.control("GET", "journal", **{name: value})
    parse_error(answer, 400)
    assert [problem["path"] for problem in answer.json()["problems"]] == [f"?{name}"]


def test_all_values_that_are_none_at_once(live: RunningServer) -> None:
    answer = live.control("GET", "journal", unmatched="yes", since="today", until="never")
    parse_error(answer, 400)
    assert [problem["path"] for problem in answer.json()["problems"]] == ["?unmatched", "?since", "?until"]


def test_unknown_filter_is_not_ignored(live: RunningServer) -> None:
    answer = live.control("GET", "journal", acount="default")
    parse_error(answer, 400)
    assert "account" in answer.json()["problems"][0]["expected"]


def test_an_unknown_entry_is_not_found(live: RunningServer) -> None:
    for name in ("0", "x", "1e3", "999999999"):
        parse_error(live.control("GET", f"journal/{name}"), 404)


# Forgetting.


def test_the_journal_is_cleared_for_one_account_or_all(told: RunningServer) -> None:
    assert told.control("DELETE", "journal", account="team-b").json() == {"deleted": 1}
    assert told.control("DELETE", "journal", account="null").json() == {"deleted": 1}
    assert list_contents(told) == ALL[2:]
    assert told.control("DELETE", "journal").json() == {"deleted": 4}
    assert list_contents(told) == []
    parse_error(told.control("DELETE", "journal", account="nobody"), 404)


def test_size_of_each_account(start: Callable[..., RunningServer]) -> None:
    live = start({"accounts": [TEAM_B], "journal": {"size": 2}})
    for n in range(3):
        scan_text(live, f"a{n}")
        scan_text(live, f"b{n}", **AS_B)
    assert list_contents(live) == ["b2", "a2", "b1", "a1"]
