"""ScanImage: the tasks of a call, what they may hold, and what becomes of good and bad ones together."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import call_rpc, make_image_params, scan_image

BAD = "InvalidParameter.BadRequest"
GOOD = "https://a.test/good.jpg"
MISSING = "https://a.test/emu-error-InvalidImage.NotFound.jpg"
LARGE = "https://a.test/emu-error-InvalidParameter.TooLarge.jpg"


def call_with_tasks(live: RunningServer, *tasks: dict[str, str]) -> tuple[int, Any]:
    """Call with these tasks; return status and body."""
    params = {f"Task.{n}.{name}": value for n, task in enumerate(tasks, 1) for name, value in task.items()}
    answer = call_rpc(live, "ScanImage", {"Scene.1": "porn", **params}, form=True)
    return answer.status_code, answer.json()


def fetch_results(live: RunningServer, *tasks: dict[str, str]) -> list[dict[str, Any]]:
    status, body = call_with_tasks(live, *tasks)
    assert status == 200, body
    return list(body["Data"]["Results"])


def fetch_refusal(live: RunningServer, *tasks: dict[str, str]) -> tuple[int, str]:
    status, body = call_with_tasks(live, *tasks)
    return status, body["Code"]


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_up_to_ten_tasks(live: RunningServer, count: int) -> None:
    urls = [f"https://a.test/{n}.jpg" for n in range(count)]
    found = fetch_results(live, *({"ImageURL": url} for url in urls))
    assert [result["ImageURL"] for result in found] == urls
    assert len({result["TaskId"] for result in found}) == count
    assert all(result["TaskId"].startswith("img") for result in found)


@pytest.mark.parametrize("count", [11, 12, 100])
def test_more_than_ten_tasks(live: RunningServer, count: int) -> None:
    assert fetch_refusal(live, *({"ImageURL": GOOD} for _ in range(count))) == (400, BAD)


@pytest.mark.parametrize("data_id", ["uuid-xxxx-xxxx-1234", "1", " ", "图", "x" * 1000, "a&b=c\n"])
def test_data_id_is_echoed(live: RunningServer, data_id: str) -> None:
    assert fetch_results(live, {"ImageURL": GOOD, "DataId": data_id})[0]["DataId"] == data_id


def test_no_data_id_no_echo(live: RunningServer) -> None:
    blank = {"ImageURL": GOOD, "DataId": ""}
    assert all("DataId" not in result for result in fetch_results(live, {"ImageURL": GOOD}, blank, blank))


def test_data_ids_must_differ(live: RunningServer) -> None:
    same, other = {"ImageURL": GOOD, "DataId": "a"}, {"ImageURL": GOOD, "DataId": "A"}
    assert fetch_refusal(live, same, other, same) == (400, BAD)
    assert len(fetch_results(live, same, other, {"ImageURL": GOOD})) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://a.test/x.jpg",
        "https://a.test",
        "HTTPS://A.TEST/X.JPG",
        "https://127.0.0.1:8080/a?b=c&d=%E5%9B%BE#e",
        "http://viapi-test.oss-cn-shanghai.aliyuncs.com/a/%E9%A3%8E%E9%99%A9%E4%BA%BA%E7%89%A9.jpg",
        "https://a.test/" + "x" * 8177,
    ],
)
def test_any_address_is_accepted_and_given_back(live: RunningServer, url: str) -> None:
    assert fetch_results(live, {"ImageURL": url})[0]["ImageURL"] == url


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "x", "a.test/x.jpg", "//a.test/x.jpg", "ftp://a.test/x.jpg", "file:///etc/hosts", "oss://a/x.jpg"),
        *(
            "data:image/png;base64,AAAA",
            "javascript:x",
            "https://",
            "https:///x.jpg",
            "https:a.test",
            "http://?x",
            "http:// /",
        ),
        *(
            " https://a.test/x.jpg",
            "https://a.test/图.jpg",
            "https://图片.test/x.jpg",
            "https://a.test/?q=㐀",
            "https://a.test/〇",
        ),
        "https://a.test/" + "x" * 8178,
    ],
)
def test_addresses_that_are_none(live: RunningServer, url: str) -> None:
    assert fetch_refusal(live, {"ImageURL": GOOD}, {"ImageURL": url}) == (400, BAD)


def test_a_task_without_address(live: RunningServer) -> None:
    assert fetch_refusal(live, {"DataId": "1"}) == (400, BAD)
    assert fetch_refusal(live, {"ImageURL": GOOD}, {"Interval": "1"}) == (400, BAD)


NUMBERS = {
    "ImageTimeMillisecond": (["0", "1", "007", "1700000000000", "9223372036854775807"], ["-1", "1.5", "9" * 20]),
    "Interval": (["1", "2", "10", "2147483647"], ["0", "01", "-1", "1.0", "9" * 11]),
    "MaxFrames": (["1", "2", "10", "2147483647"], ["0", "01", "-1", "1.0", "9" * 11]),
}
NEVER = ["", " ", "x", "1 ", "+1", "1e3", "0x1", "１", "null", "图"]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, (good, _) in NUMBERS.items() for value in good])
def test_good_numbers_are_accepted(live: RunningServer, name: str, value: str) -> None:
    assert len(fetch_results(live, {"ImageURL": GOOD, name: value})) == 1


@pytest.mark.parametrize("task", [1, 2, 10])
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, (_, bad) in NUMBERS.items() for value in (*bad, *NEVER)]
)
def test_numbers_that_are_none(live: RunningServer, name: str, value: str, task: int) -> None:
    tasks = [{"ImageURL": f"https://a.test/{n}.jpg"} for n in range(task)]
    tasks[-1][name] = value
    status, body = call_with_tasks(live, *tasks)
    assert (status, body["Code"]) == (400, f"InvalidTask.{task}.{name}")
    assert body["Message"] == f"Specified parameter Task.{task}.{name} is not valid."


def test_the_first_flaw_is_reported(live: RunningServer) -> None:
    bad_time, bad_interval = {"ImageURL": GOOD, "ImageTimeMillisecond": "x"}, {"ImageURL": GOOD, "Interval": "x"}
    assert fetch_refusal(live, bad_interval, bad_time) == (400, "InvalidTask.1.Interval")
    assert fetch_refusal(live, bad_time, bad_interval) == (400, "InvalidTask.1.ImageTimeMillisecond")
    assert fetch_refusal(live, {"ImageURL": "x"}, bad_time) == (400, BAD)
    assert call_rpc(live, "ScanImage", {"Scene.1": "x", "Task.1.ImageURL": "x"}).json()["Code"] == BAD
    assert call_rpc(live, "ScanImage", {}).json()["Code"] == "MissingScene"


def test_a_bad_picture_among_good_ones(live: RunningServer) -> None:
    found = fetch_results(
        live, {"ImageURL": GOOD}, {"ImageURL": MISSING, "DataId": "b"}, {"ImageURL": LARGE}, {"ImageURL": GOOD}
    )
    got = [(result["Code"], result["Message"], "SubResults" in result) for result in found]
    assert got == [
        (200, "OK", True),
        (404, "InvalidImage.NotFound", False),
        (400, "InvalidParameter.TooLarge", False),
        (200, "OK", True),
    ]
    assert (found[1]["DataId"], found[1]["ImageURL"]) == ("b", MISSING)
    assert found[1]["TaskId"].startswith("img")


def test_code_of_an_element_is_one_type(live: RunningServer) -> None:
    """The sample of section 3 has the number 200 there, and a struct of Go or Java has one type for a field."""
    word = "https://a.test/emu-error-InternalServerError.{}.jpg"
    urls = [
        GOOD,
        MISSING,
        LARGE,
        word.format("DB"),
        word.format("Timeout"),
        "https://a.test/emu-error-InvalidImage.Unsafe",
    ]
    found = fetch_results(live, *({"ImageURL": url} for url in urls))
    assert [result["Code"] for result in found] == [200, 404, 400, 580, 581, 401]
    assert all(type(result["Code"]) is int for result in found)


def test_code_of_an_element_by_name(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"imageaudit.element_code": "name"}})
    good, bad = fetch_results(live, {"ImageURL": GOOD}, {"ImageURL": MISSING})
    assert (good["Code"], bad["Code"], bad["Message"]) == (200, "InvalidImage.NotFound", "The image was not found.")


@pytest.mark.parametrize(
    ("urls", "status", "code"),
    [
        ((MISSING,), 404, "InvalidImage.NotFound"),
        ((MISSING, LARGE), 404, "InvalidImage.NotFound"),
        ((LARGE, MISSING), 400, "InvalidParameter.TooLarge"),
        ((MISSING, MISSING), 404, "InvalidImage.NotFound"),
        ((GOOD, "https://a.test/emu-error-Throttling"), 429, "Throttling"),
        ((MISSING, "https://a.test/emu-error-InternalServerError"), 500, "InternalServerError"),
        (("https://a.test/emu-error-Throttling", "https://a.test/emu-error-InternalError"), 429, "Throttling"),
        ((GOOD, "https://a.test/emu-error-InvalidTask.N.Interval"), 400, "InvalidTask.2.Interval"),
    ],
)
def test_when_the_whole_call_fails(live: RunningServer, urls: tuple[str, ...], status: int, code: str) -> None:
    assert fetch_refusal(live, *({"ImageURL": url} for url in urls)) == (status, code)


def test_error_rules_of_pictures_and_of_calls(live: RunningServer) -> None:
    live.push_rule({"data_id": "b"}, error="InvalidImage.Timeout")
    first, second = fetch_results(live, {"ImageURL": GOOD}, {"ImageURL": GOOD, "DataId": "b"})
    assert (first["Code"], second["Code"], second["Message"]) == (200, 400, "InvalidImage.Timeout")
    live.push_rule({"operation": "ScanImage"}, error="InvalidImage.Timeout", times=1)
    assert fetch_refusal(live, {"ImageURL": GOOD}, {"ImageURL": GOOD}) == (400, "InvalidImage.Timeout")


def test_respond_patches_one_element(live: RunningServer) -> None:
    patch = {"Message": "patched", "DataId": None, "SubResults": [{"Scene": "porn"}], "Extra": {"a": 1, "b": None}}
    live.push_rule({"data_id": "b"}, respond=patch)
    first, second = fetch_results(live, {"ImageURL": GOOD, "DataId": "a"}, {"ImageURL": GOOD, "DataId": "b"})
    assert (first["Message"], first["DataId"], first["SubResults"][0]["Label"]) == ("OK", "a", "normal")
    assert second == {
        "Code": 200,
        "Message": "patched",
        "SubResults": [{"Scene": "porn"}],
        "TaskId": second["TaskId"],
        "ImageURL": GOOD,
        "Extra": {"a": 1},
    }


def test_respond_patches_the_whole_body(live: RunningServer) -> None:
    live.push_rule({"operation": "ScanImage"}, respond={"Data": {"Note": "x"}, "Extra": [1]})
    status, body = call_with_tasks(live, {"ImageURL": GOOD})
    assert (status, body["Data"]["Note"], body["Data"]["Results"][0]["Code"]) == (200, "x", 200)
    assert (body["Extra"], body["RequestId"]) == ([1], live.list_entries()[0].request_id)


def test_a_raw_answer_of_one_task_is_that_of_the_call(live: RunningServer) -> None:
    live.push_rule(
        {"url": MISSING}, raw={"status": 502, "headers": {"Content-Type": "text/html"}, "body": "<h1>图</h1>"}
    )
    answer = scan_image(live, GOOD, MISSING)
    assert (answer.status_code, answer.headers["Content-Type"], answer.content.decode()) == (
        502,
        "text/html",
        "<h1>图</h1>",
    )
    assert "x-acs-request-id" not in answer.headers


def test_both_spellings_of_the_samples(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"imageaudit.sample_spelling": True}})
    params = make_image_params(("https://a.test/emu-logo.emu-terrorism-politics.jpg", MISSING), ("logo", "terrorism"))
    result, bad = call_rpc(live, "ScanImage", params).json()["Data"]["Results"]
    assert result["ImageUrl"] == result["ImageURL"]
    assert bad["ImageUrl"] == bad["ImageURL"] == MISSING
    for sub, name in zip(result["SubResults"], ("LogoDataList", "SfaceDataList"), strict=True):
        assert sub[name][0]["y"] == sub[name][0]["Y"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://bucket.oss-cn-shanghai.aliyuncs.com/x.jpg", True),
        ("https://a-b.oss-cn-shanghai-internal.aliyuncs.com/x.jpg", True),
        ("HTTP://Bucket.OSS-cn-shanghai.aliyuncs.com/x.jpg", True),
        ("http://bucket.oss-cn-beijing.aliyuncs.com/x.jpg", False),
        ("http://bucket.oss-cn-shanghai.aliyuncs.com.a.test/x.jpg", False),
        ("http://a.test/http://bucket.oss-cn-shanghai.aliyuncs.com/x.jpg", False),
        ("http://a@b.oss-cn-shanghai.aliyuncs.com/x.jpg", False),
        ("https://a.test/x.jpg", False),
    ],
)
def test_links_of_shanghai_only(
    start: Callable[..., RunningServer], live: RunningServer, url: str, allowed: bool
) -> None:
    strict = start({"quirks": {"imageaudit.shanghai_oss_only": True}})
    answer = scan_image(strict, url)
    assert (answer.status_code, answer.json().get("Code")) == ((200, None) if allowed else (401, "InvalidImage.Unsafe"))
    assert scan_image(live, url).status_code == 200, "off by default"
    strict.push_rule({"url": url}, verdict="pass")
    assert scan_image(strict, url).status_code == 200, "a rule decides before"
