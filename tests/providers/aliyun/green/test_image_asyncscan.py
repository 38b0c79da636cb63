"""image/asyncscan: what a submission may hold, and that good tasks are never lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, fetch_results, submit

URL = "https://a.test/x.jpg"
TASK = {"url": URL}
GOOD: dict[str, Any] = {"scenes": ["porn"], "tasks": [TASK]}
LIST: Any = []
MAPPING: Any = {}


def call_asyncscan(live: RunningServer, body: Any) -> Any:
    answer = call(live, "image/asyncscan", body)
    assert answer.status_code == 200
    return answer.json()


def test_items_in_task_order(live: RunningServer) -> None:
    tasks = [{"dataId": f"id-{n}", "url": f"https://a.test/{n}.jpg"} for n in range(3)] + [TASK]
    body = call_asyncscan(live, {"scenes": ["porn"], "tasks": tasks})
    assert list(body) == ["code", "msg", "requestId", "data"]
    assert [item.get("dataId") for item in body["data"]] == ["id-0", "id-1", "id-2", None]
    assert [item["url"] for item in body["data"]] == [task["url"] for task in tasks]
    assert len({item["taskId"] for item in body["data"]}) == 4
    assert list(body["data"][0]) == ["code", "msg", "dataId", "taskId", "url"]


def test_a_hundred_tasks(live: RunningServer) -> None:
    assert len(submit(live, *(f"https://a.test/{n}" for n in range(100)))) == 100
    assert call_asyncscan(live, {**GOOD, "tasks": [TASK] * 101})["code"] == 400


LAWFUL: list[dict[str, Any]] = [
    {"bizType": "mine"},
    {"bizType": None, "callback": None, "seed": None, "cryptType": None},
    {"callback": ""},
    {"callback": "", "seed": ""},
    {"seed": "not_needed"},
    {"scenes": ["porn", "terrorism", "ad", "live", "logo", "qrcode", "ocr", "sface", "tag"]},
    {"scenes": ["porn", "porn"]},
    {"unheard": 1},
    {"tasks": [{**TASK, "dataId": "a@b.c-d_e"}]},
    {"tasks": [{**TASK, "dataId": "图" * 128}]},
    {"tasks": [{**TASK, "dataId": ""}, {**TASK, "dataId": ""}]},
    {"tasks": [{**TASK, "time": "2018-05-09 12:00:00"}]},
    {"tasks": [{**TASK, "time": 1525867200000}]},
    {"tasks": [{**TASK, "time": 1.5}]},
    {"tasks": [{**TASK, "time": None, "dataId": None, "clientInfo": None, "extras": None, "interval": None}]},
    {"tasks": [{**TASK, "extras": {"a": {"b": [1]}}, "clientInfo": {"userId": "1"}}]},
    {"tasks": [{**TASK, "interval": 1, "maxFrames": 999_999_999}]},
    {"tasks": [{**TASK, "interval": 2.0, "maxFrames": 1.0}]},
    {"tasks": [TASK, TASK]},
    {"tasks": TASK},
    {"scenes": "porn"},
    {"scenes": ["Porn", "sface-n", "face"]},
    {"bizType": 1},
    {"tasks": [{**TASK, "dataId": 1525867200000}]},
    {"tasks": [{**TASK, "dataId": "x" * 300}]},
    *({"tasks": [{**TASK, "time": value}]} for value in (LIST, MAPPING, True, "1525867200000")),
    *({"tasks": [{**TASK, name: value}]} for name in ("extras", "clientInfo") for value in (LIST, "x", 1)),
    *({"tasks": [{**TASK, name: value}]} for name in ("interval", "maxFrames") for value in ("1", 10**12)),
]


@pytest.mark.parametrize("change", LAWFUL, ids=str)
def test_lawful_submissions_are_accepted(live: RunningServer, change: dict[str, Any]) -> None:
    body = call_asyncscan(live, {**GOOD, **change})
    assert {item["code"] for item in body["data"]} == {200}
    assert {item["code"] for item in fetch_results(live, *(item["taskId"] for item in body["data"]))} == {200}


BAD: list[Any] = [
    *[b"", b"{", b"no JSON", b"\xff\xfe", b"null", b'"text"', b"1", b"[]", [GOOD], {}, b'{"a":"\\ud800"}'],
    {"scenes": ["porn"]},
    {"tasks": [TASK]},
    *({**GOOD, "scenes": scenes} for scenes in (LIST, MAPPING, [""], [LIST], [None])),
    *({**GOOD, "tasks": tasks} for tasks in (LIST, MAPPING, "x", [LIST], [URL], [None], [1])),
    *({**GOOD, "bizType": value} for value in (LIST, MAPPING)),
    *({**GOOD, "tasks": [{**TASK, "dataId": value}]} for value in (LIST, MAPPING)),
    {**GOOD, "tasks": [{**TASK, "dataId": "a"}, {**TASK, "dataId": "b"}, {**TASK, "dataId": "a"}]},
    *({**GOOD, "tasks": [{**TASK, name: v}]} for name in ("interval", "maxFrames") for v in (0, -1, "x", 1.5, LIST)),
    {**GOOD, "callback": "http://127.0.0.1/"},
    {**GOOD, "callback": "http://127.0.0.1/", "seed": ""},
    {**GOOD, "callback": "http://127.0.0.1/", "seed": None},
    *({**GOOD, "callback": "http://127.0.0.1/", "seed": seed} for seed in (LIST, MAPPING)),
    {**GOOD, "callback": "http://127.0.0.1/", "seed": "x", "cryptType": "MD5"},
    *(
        {**GOOD, "callback": url, "seed": "x"}
        for url in (
            *(
                "ftp://a.test/",
                "a.test/x",
                "/x",
                "x",
                "http:",
                "http://",
                "http:///x",
                "https://:80/",
                " ",
                "javascript:1",
            ),
            *("http://a.test:port/", "http://a.test:65536/", "http://a.test:0/", "http://[::1", "file:///etc/passwd"),
            *("http://a b/", "http://a.test/a b", "http://a.test/\n", "http://a.test/\x00", 1, LIST, MAPPING, True),
        )
    ),
    {**GOOD, "tasks": [{}]},
    {**GOOD, "tasks": [{"url": ""}]},
    {**GOOD, "tasks": [{"url": " "}, {"url": 1}]},
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: str(body)[:90])
def test_a_bad_request_is_refused_and_loses_nothing(live: RunningServer, body: Any) -> None:
    (before,) = submit(live, URL)
    answer = call_asyncscan(live, body)
    assert answer == {"code": 400, "msg": "BAD_REQUEST", "requestId": answer["requestId"]}
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome, entry.decided_by[0], entry.items) == ("400", "refused", "schema", ())
    assert entry.detail
    assert list(live.state.accounts.default.outbox.iterate_newest()) == []
    assert fetch_results(live, before)[0]["code"] == 200


@pytest.mark.parametrize("bad", [{}, {"url": ""}, {"url": None}, {"url": 5}, {"url": []}, {"dataId": "b"}], ids=str)
def test_a_task_without_url_fails_alone(live: RunningServer, bad: dict[str, Any]) -> None:
    body = call_asyncscan(live, {"scenes": ["porn"], "tasks": [{**TASK, "dataId": "a"}, bad, TASK]})
    first, second, third = body["data"]
    assert (body["code"], first["code"], third["code"]) == (200, 200, 200)
    echoed = {"dataId": "b"} if "dataId" in bad else {}
    assert second == {"code": 400, "msg": "BAD_REQUEST", **echoed}
    assert [item["code"] for item in fetch_results(live, first["taskId"], third["taskId"])] == [200, 200]


FLAWS = [("dataId", []), ("dataId", {}), ("interval", 0), ("interval", "x"), ("maxFrames", -1), ("maxFrames", {})]


@pytest.mark.parametrize(("name", "value"), FLAWS, ids=str)
@pytest.mark.parametrize("operation", ["image/asyncscan", "image/scan"])
def test_a_bad_field_fails_its_task_alone(live: RunningServer, operation: str, name: str, value: Any) -> None:
    body = {"scenes": ["porn"], "tasks": [TASK, {**TASK, name: value}, TASK]}
    items = call(live, operation, body).json()["data"]
    assert [item["code"] for item in items] == [200, 400, 200]
    assert items[1] == {"code": 400, "msg": "BAD_REQUEST"}


def test_a_number_as_data_id_is_its_text(live: RunningServer) -> None:
    """Callers in production send `new Date() * 1`."""
    body = call_asyncscan(live, {"scenes": ["porn"], "tasks": [{**TASK, "dataId": 1525867200000}]})
    assert body["data"][0]["dataId"] == "1525867200000"


@pytest.mark.parametrize(
    ("quirk", "change", "expected"),
    [
        ("seed", {"seed": "a-b"}, "letters, digits and `_`, 64 at most"),
        ("seed", {"seed": "x" * 65}, "letters, digits and `_`, 64 at most"),
        ("seed", {"seed": "x" * 64}, None),
        ("data_id", {"tasks": [{**TASK, "dataId": "a@b"}]}, "letters, digits, `_`, `-` and `.`, 128 at most"),
        ("data_id", {"tasks": [{**TASK, "dataId": "x" * 129}]}, "letters, digits, `_`, `-` and `.`, 128 at most"),
        ("data_id", {"tasks": [{**TASK, "dataId": "x" * 128}]}, None),
    ],
    ids=str,
)
def test_limits_of_later_pages(
    start: Callable[..., RunningServer], quirk: str, change: dict[str, Any], expected: str | None
) -> None:
    live = start({"quirks": {f"green.{quirk}": "page"}})
    assert call_asyncscan(live, {**GOOD, "callback": "http://127.0.0.1:9/", "seed": "s", **change})["code"] == (
        400 if expected else 200
    )
    assert (expected or "") in live.list_entries()[0].detail


def test_ids_as_captured(start: Callable[..., RunningServer]) -> None:
    """Answers captured in 2022 have ids like those of image/scan; the page of 2017 prints a UUID and a moment."""
    live = start({"quirks": {"green.async_task_id": "captured"}})
    (task,) = submit(live, URL)
    assert re.fullmatch(r"img[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}", task)
    assert fetch_results(live, task)[0]["code"] == 200


@pytest.mark.parametrize(
    "url", ["ftp://a.test/x.jpg", "x.jpg", "//a.test/x.jpg", "data:image/png;base64,AA", "https://", "http:///x"]
)
def test_a_bad_address_is_taken_and_shows_in_the_result(live: RunningServer, url: str) -> None:
    good, bad = submit(live, URL, url)
    assert [item["code"] for item in fetch_results(live, good, bad)] == [200, 401]
    assert fetch_results(live, bad)[0]["msg"] == "NOT_ALLOWED"


# -- rules


def test_what_is_decided_of_a_picture_shows_in_the_result_and_never_in_the_submission(live: RunningServer) -> None:
    live.push_rule({"url": {"contains": "slow"}}, error=592)
    live.push_rule({"url": {"contains": "porn"}}, verdict="porn")
    live.push_rule({"url": {"contains": "own"}}, respond={"code": 299, "results": None, "more": 1})
    body = call_asyncscan(
        live, {"scenes": ["porn"], "tasks": [{"url": f"https://a.test/{n}"} for n in ("slow", "porn", "own")]}
    )
    assert [list(item) for item in body["data"]] == [["code", "msg", "taskId", "url"]] * 3
    assert {item["code"] for item in body["data"]} == {200}
    slow, porn, own = fetch_results(live, *(item["taskId"] for item in body["data"]))
    assert (slow["code"], slow["msg"]) == (592, "DOWNLOAD_TIMEOUT")
    assert porn["results"][0]["label"] == "porn"
    assert (own["code"], own["more"], "results" in own) == (299, 1, False)


def test_a_rule_for_the_call_fails_the_submission(live: RunningServer) -> None:
    live.push_rule({"operation": "image/asyncscan"}, error=592, times=1)
    assert call_asyncscan(live, GOOD)["code"] == 592
    live.push_rule({"operation": "image/asyncscan"}, error="Throttling.User", times=1)
    answer = call(live, "image/asyncscan")
    assert (answer.status_code, answer.json()["Code"]) == (400, "Throttling.User")
    assert call_asyncscan(live, GOOD)["code"] == 200


def test_an_error_of_the_gateway_cannot_be_a_result_and_fails_the_submission(live: RunningServer) -> None:
    answer = call(
        live, "image/asyncscan", {**GOOD, "tasks": [TASK, {"url": "https://a.test/emu-error-Throttling.User"}]}
    )
    assert (answer.status_code, answer.json()["Code"]) == (400, "Throttling.User")
    assert call_asyncscan(live, {**GOOD, "tasks": [{"url": "https://a.test/emu-error-408"}]})["code"] == 408


@pytest.mark.parametrize("delay", [3600, "never", {"min": 100, "max": 110}])
def test_a_delay_never_holds_the_submission(live: RunningServer, delay: Any) -> None:
    live.push_rule({"url": {"contains": "x"}}, delay=delay)
    live.push_rule({"provider": "aliyun_green"}, delay=delay)
    (task,) = submit(live, URL)
    live.control("DELETE", "rules")
    assert fetch_results(live, task)[0]["code"] == 280


def test_the_verdict_is_fixed_at_the_submission(live: RunningServer) -> None:
    rule = live.push_rule({"url": URL}, verdict="porn", times=1)
    (task,) = submit(live, URL)
    live.push_rule({"url": URL}, verdict="porn/sexy")
    live.push_rule({"url": URL}, error=594)
    for _ in range(3):
        assert fetch_results(live, task)[0]["results"][0]["label"] == "porn"
    assert live.control("GET", f"rules/{rule['id']}").json()["hits"] == 1


def test_a_rule_is_spent_by_the_pictures_it_decided(live: RunningServer) -> None:
    live.push_rule({"url": {"prefix": "https://a.test/"}}, error=592, times=2)
    tasks = submit(live, *(f"https://a.test/{n}" for n in range(4)))
    for _ in range(2):
        assert [item["code"] for item in fetch_results(live, *tasks)] == [592, 592, 200, 200]


def test_data_id_matches(live: RunningServer) -> None:
    live.push_rule({"data_id": "mine"}, verdict="porn")
    body = call_asyncscan(
        live, {"scenes": ["porn"], "tasks": [{**TASK, "dataId": "mine"}, {**TASK, "dataId": "yours"}]}
    )
    mine, yours = fetch_results(live, *(item["taskId"] for item in body["data"]))
    assert [mine["dataId"], mine["results"][0]["label"]] == ["mine", "porn"]
    assert [yours["dataId"], yours["results"][0]["label"]] == ["yours", "normal"]


# -- scenes, business types, clients


def test_a_result_for_each_scene_once(live: RunningServer) -> None:
    (task,) = submit(live, "https://a.test/emu-ad-spam.jpg", scenes=("porn", "ad", "porn"))
    assert [(r["scene"], r["label"]) for r in fetch_results(live, task)[0]["results"]] == [
        ("porn", "normal"),
        ("ad", "spam"),
    ]


def test_the_business_type_outranks_scenes(start: Callable[..., RunningServer]) -> None:
    live = start({"biz_types": {"shop": ["ad", "logo"], "chat": ["antispam"]}})

    def fetch_scenes(biz_type: str | None) -> list[str]:
        (task,) = submit(live, URL, scenes=("porn",), bizType=biz_type)
        return [result["scene"] for result in fetch_results(live, task)[0]["results"]]

    assert fetch_scenes("shop") == ["ad", "logo"]
    assert fetch_scenes("other") == fetch_scenes("chat") == fetch_scenes(None) == ["porn"]


def test_a_business_type_does_not_make_up_for_scenes(start: Callable[..., RunningServer]) -> None:
    live = start({"biz_types": {"shop": ["ad"]}})
    assert call_asyncscan(live, {"bizType": "shop", "tasks": [TASK]})["code"] == 400


@pytest.mark.parametrize(
    ("query", "own", "merged"),
    [
        ("", None, None),
        ("", {"ip": "1"}, '{"ip":"1"}'),
        ("?clientInfo=%7B%22ip%22%3A%221%22%2C%22os%22%3A%22x%22%7D", None, '{"ip":"1","os":"x"}'),
        (
            "?clientInfo=%7B%22ip%22%3A%221%22%2C%22os%22%3A%22x%22%7D",
            {"ip": "2", "a": {}, "n": 1},
            '{"ip":"2","os":"x","n":1}',
        ),
        ("?ClientInfo=%7B%22ip%22%3A%221%22%7D", {"os": "y"}, '{"ip":"1","os":"y"}'),
        ("?clientInfo=no-json", {"os": "y"}, '{"os":"y"}'),
        ("?clientInfo=%5B1%5D", None, None),
        ("?clientInfo=", None, None),
    ],
)
def test_client_info_of_the_task_outranks_that_of_the_request(
    live: RunningServer, query: str, own: dict[str, Any] | None, merged: str | None
) -> None:
    task = {**TASK, **({} if own is None else {"clientInfo": own})}
    answer = call(live, "image/asyncscan", {"scenes": ["porn"], "tasks": [task]}, query=query)
    assert answer.json()["code"] == 200
    assert live.list_entries()[0].items[0][2].get("client_info") == merged


# -- faults and literal answers belong to the call that carries the picture


def test_a_fault_befalls_the_submission_which_is_taken(live: RunningServer) -> None:
    import requests

    with pytest.raises(requests.ConnectionError):
        call(live, "image/asyncscan", {"scenes": ["porn"], "tasks": [{"url": "https://a.test/emu-fault-reset"}]})
    body = call_asyncscan(live, {"scenes": ["porn"], "tasks": [TASK]})
    assert fetch_results(live, body["data"][0]["taskId"])[0]["code"] == 200


def test_a_literal_answer(live: RunningServer) -> None:
    live.push_rule({"url": URL}, raw={"status": 502, "body": "bad gateway"})
    assert call(live, "image/asyncscan").status_code == 502
