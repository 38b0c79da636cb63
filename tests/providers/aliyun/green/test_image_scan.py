"""image/scan: results inline, the scenes and labels of Green, six seconds at most."""

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.rules.labels import CLEAN_RATE, SCENES
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, scan

URL = "https://a.test/x.jpg"


def scan_one(live: RunningServer, url: str, scene: str, **more: Any) -> dict[str, Any]:
    """Return the one result of one picture in one scene."""
    (item,) = scan(live, url, scenes=(scene,), **more)
    (result,) = item["results"]
    return dict(result)


def test_an_item_has_the_captured_form(live: RunningServer) -> None:
    (item,) = scan(live, URL)
    assert list(item) == ["code", "msg", "taskId", "url", "extras", "results"]
    assert item["extras"] == {}, "captured by public wrappers of PHP, Java, Ruby and Go"
    assert re.fullmatch(r"img[0-9A-Za-z$@]{22}-1[0-9A-Za-z$@]{5}", item["taskId"])
    assert item["results"] == [{"label": "normal", "rate": 99.9, "scene": "porn", "suggestion": "pass"}]
    answer = call(live, "image/scan", {"scenes": ["porn"], "tasks": [{"url": URL, "dataId": "a"}]}).json()
    assert list(answer["data"][0]) == ["code", "msg", "dataId", "taskId", "url", "extras", "results"]


@pytest.mark.parametrize("scene", SCENES)
def test_a_clean_picture_passes_each_scene(live: RunningServer, scene: str) -> None:
    result = scan_one(live, URL, scene)
    expected = ("tag", "review") if scene == "tag" else ("normal", "pass")
    assert (result["label"], result["suggestion"], result["rate"]) == (*expected, CLEAN_RATE[scene])
    assert list(result) == ["label", "rate", "scene", "suggestion"]


@pytest.mark.parametrize(
    ("scene", "label"), [(scene, label) for scene, labels in SCENES.items() for label in labels if label != "normal"]
)
@pytest.mark.parametrize("suggestion", ["pass", "review", "block"])
def test_every_label_by_rule(live: RunningServer, scene: str, label: str, suggestion: str) -> None:
    found = {"scene": scene, "label": label, "suggestion": suggestion, "rate": 87.65}
    live.push_rule({"url": URL}, verdict={"findings": [found]})
    result = scan_one(live, URL, scene)
    assert {key: result[key] for key in found} == found


@pytest.mark.parametrize(
    ("scene", "label", "extra"),
    [
        ("ad", "spam", {"hintWordsInfo"}),
        ("ad", "qrcode", {"qrcodeData", "qrcodeLocations"}),
        ("qrcode", "qrcode", {"qrcodeData", "qrcodeLocations"}),
        ("qrcode", "programCode", {"programCodeData"}),
        ("logo", "TV", {"logoData"}),
        ("logo", "trademark", {"logoData"}),
        ("terrorism", "politics", {"sfaceData"}),
        ("sface", "sface", {"sfaceData"}),
        ("ocr", "ocr", {"ocrData"}),
        ("porn", "porn", set()),
        ("tag", "tag", set()),
        ("terrorism", "gamble", set()),
    ],
)
def test_each_label_has_its_details(live: RunningServer, scene: str, label: str, extra: set[str]) -> None:
    result = scan_one(live, f"https://a.test/emu-{scene}-{label}.jpg", scene)
    assert set(result) - {"label", "rate", "scene", "suggestion"} == extra
    assert scan_one(live, f"https://a.test/emu-{scene}-{label}.jpg", scene) == result


@pytest.mark.parametrize("scene", ["face", "sface-1", "Porn", "video"])
def test_nothing_is_found_in_a_scene_of_no_table(live: RunningServer, scene: str) -> None:
    expected = {"label": "normal", "rate": 99.9, "scene": scene, "suggestion": "pass"}
    assert scan_one(live, URL, scene) == expected
    assert scan_one(live, "https://a.test/emu-porn-sexy.jpg", scene) == expected
    assert scan_one(live, "https://a.test/emu-block.jpg", scene)["suggestion"] == "block"
    (warning,) = live.list_entries()[0].warnings
    assert json.dumps(scene) in warning


def test_faces_of_the_customer_s_own_groups(live: RunningServer) -> None:
    """Public callers ask for sface-n with extras.groupId."""
    task = {"url": "https://a.test/emu-sface.jpg", "extras": {"groupId": ["a"]}}
    answer = call(live, "image/scan", {"scenes": ["sface-n"], "tasks": [task]})
    (result,) = answer.json()["data"][0]["results"]
    assert (result["scene"], result["label"], len(result["sfaceData"])) == ("sface-n", "sface", 1)


def test_scenes_of_the_tables_alone(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"green.other_scenes": "refused"}})
    for operation in ("image/scan", "image/asyncscan"):
        answer = call(live, operation, {"scenes": ["porn", "video"], "tasks": [{"url": URL}]})
        assert answer.json()["code"] == 400
        assert 'A scene is "video", and expected one of porn' in live.list_entries()[0].detail
    assert call(live, "text/scan", {"scenes": ["porn"], "tasks": [{"content": "x"}]}).json()["code"] == 400


def test_no_words_are_reported_where_a_rule_says_so(live: RunningServer) -> None:
    findings = [{"scene": "ad", "label": "ad", "contexts": []}, {"scene": "ocr", "contexts": []}]
    live.push_rule({"url": URL}, verdict={"findings": findings})
    assert "hintWordsInfo" not in scan_one(live, URL, "ad")
    assert "ocrData" not in scan_one(live, URL, "ocr")


def test_words_set_by_a_rule(live: RunningServer) -> None:
    found = {"scene": "ad", "label": "contraband", "contexts": ["示例", "词"]}
    live.push_rule({"url": URL}, verdict={"findings": [found, {"scene": "ocr", "contexts": ["图中文字"]}]})
    assert scan_one(live, URL, "ad")["hintWordsInfo"] == [{"context": "示例"}, {"context": "词"}]
    assert scan_one(live, URL, "ocr")["ocrData"] == ["图中文字"]


def test_codes_are_found_in_whichever_scene_for_codes_was_asked_for(live: RunningServer) -> None:
    for scene in ("ad", "qrcode"):
        assert scan_one(live, "https://a.test/emu-qrcode.jpg", scene)["label"] == "qrcode"
        assert scan_one(live, "https://a.test/emu-ad-programCode.jpg", scene)["label"] == "programCode"
    assert scan_one(live, "https://a.test/emu-qrcode.jpg", "porn")["label"] == "normal"


def test_a_scene_nobody_asked_for_is_not_shown(live: RunningServer) -> None:
    assert scan_one(live, "https://a.test/emu-terrorism.jpg", "porn")["suggestion"] == "pass"


def test_failures_of_tasks_leave_the_envelope_at_200(live: RunningServer) -> None:
    for urls in (
        ("https://a.test/emu-error-592",),
        ("https://a.test/emu-error-592", URL),
        ("https://a.test/emu-error-592",) * 2,
    ):
        items = scan(live, *urls)
        assert [item["code"] for item in items] == [592 if "592" in url else 200 for url in urls]
        failed = items[0]
        assert failed == {"code": 592, "msg": "DOWNLOAD_TIMEOUT", "taskId": failed["taskId"], "url": urls[0]}


def test_a_task_without_url_fails_alone_and_a_bad_address_too(live: RunningServer) -> None:
    tasks = [{"url": URL}, {"dataId": "b"}, {"url": "ftp://a.test/"}]
    items = call(live, "image/scan", {"scenes": ["porn"], "tasks": tasks}).json()["data"]
    assert [item["code"] for item in items] == [200, 400, 401]
    assert call(live, "image/scan", {"scenes": ["porn"], "tasks": [{}, {"url": ""}]}).json()["code"] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        [],
        {"scenes": ["porn"]},
        {"scenes": [""], "tasks": [{"url": URL}]},
        {"scenes": ["porn"], "tasks": [{"url": URL}] * 101},
        {"scenes": ["porn"], "tasks": [{"url": URL, "dataId": "a"}, {"url": URL, "dataId": "a"}]},
    ],
    ids=lambda body: str(body)[:60],
)
def test_bad_requests_are_refused(live: RunningServer, body: Any) -> None:
    answer = call(live, "image/scan", body)
    assert (answer.status_code, answer.json()["code"]) == (200, 400)


def test_a_patch_over_an_item(live: RunningServer) -> None:
    live.push_rule(
        {"url": {"contains": "own"}}, respond={"taskId": None, "extras": None, "results": [], "storeUrl": "x"}
    )
    own, other = scan(live, "https://a.test/own", URL)
    assert own == {"code": 200, "msg": "OK", "url": "https://a.test/own", "results": [], "storeUrl": "x"}
    assert other["results"]


@pytest.mark.parametrize(("delay", "waits", "code"), [(5.9, 5.9, 200), (6, 6, 200), (6.1, 6, 581), (86400, 6, 581)])
def test_the_caller_waits_six_seconds_at_most(live: RunningServer, delay: float, waits: float, code: int) -> None:
    live.push_rule({"url": URL}, verdict="porn", delay=delay)
    clock = live.state.accounts.default.clock

    async def freeze() -> None:
        clock.freeze(True)

    async def wait_for_sleeper() -> None:
        while not clock.waiting:
            await asyncio.sleep(0)

    async def advance(seconds: float) -> None:
        clock.advance(seconds)
        for _ in range(50):
            await asyncio.sleep(0)

    live.run(freeze())
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(scan, live, URL, "https://a.test/other")
        live.run(wait_for_sleeper())
        live.run(advance(waits - 0.01))
        assert not answer.done()
        assert clock.waiting == 1
        live.run(advance(0.02))
        slow, other = answer.result(10)
    assert (slow["code"], other["code"]) == (code, 200)


def test_inspected_frames_are_listed(live: RunningServer, start: Callable[..., RunningServer]) -> None:
    live.push_rule({"url": {"contains": "gif"}}, verdict={"frames": 10, "findings": [{"scene": "porn", "rate": 90}]})
    task = {"url": "https://a.test/a.gif", "interval": 2, "maxFrames": 3}
    answer = call(live, "image/scan", {"scenes": ["porn"], "tasks": [task]})
    frames = answer.json()["data"][0]["results"][0]["frames"]
    assert len(frames) == 3
    assert frames[0]["rate"] == 90
    assert all(frame["rate"] <= 90 for frame in frames)
    assert all(frame["url"].startswith(f"{live.url}/_emulator/frames/") for frame in frames)
    assert call(live, "image/scan", {"scenes": ["porn"], "tasks": [{**task, "interval": 20}]}).json()["data"][0][
        "results"
    ][0]["frames"]
    (plain,) = scan(live, "https://a.test/a.gif")
    assert "frames" not in plain["results"][0]
