"""Whatever is found, no provider returns it in words that its own documents do not have.

The lists are typed from those documents, not taken from the code: a rule may name any of our labels, of which there are
more than in each document.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from emulator.rules.labels import SCENES, TEXT_LABELS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as mini_program
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.rpc_calls import scan_image, scan_text
from tests.providers.wechat.builders import call_json, pushing

# ScanImage, table of scenes and labels (document of 5 November 2020); drug stands in its sample answer.
SCAN_IMAGE = {
    "porn": "normal sexy porn",
    "terrorism": "normal bloody explosion outfit logo weapon politics violence crowd parade carcrash flag location "
    "others",
    "ad": "normal politics porn abuse terrorism contraband spam npx qrcode programCode ad",
    "live": "normal meaningless PIP smoking drivelive drug",
    "logo": "normal TV trademark",
}
# ScanText, Labels.N.Label; normal as captured.
SCAN_TEXT = "normal spam politics abuse terrorism porn flood contraband ad"
# Pages of image/scan, image/asyncscan (tag) and text/scan; riot is of 2018.
GREEN_IMAGE = {
    **SCAN_IMAGE,
    "terrorism": f"{SCAN_IMAGE['terrorism']} drug gamble riot",
    "live": f"{SCAN_IMAGE['live']} gamble",
    "qrcode": "normal qrcode programCode",
    "ocr": "normal ocr",
    "sface": "normal sface",
    "tag": "tag",
}
GREEN_TEXT = "normal spam ad politics terrorism abuse porn flood contraband meaningless customized"
# msg_sec_check and media_check_async, version 2.
WECHAT = {100, 10001, 20001, 20002, 20003, 20006, 20008, 20012, 20013, 21000}
# my.textRiskIdentification, and the categories of sync.detect as the vendor's models of its answer comment on them.
ALIPAY_TYPES = {"keyword", "0", "1", "2", "3"}
ALIPAY_CATEGORIES = {"politic", "porn", "terrorism", "abuse", "contraband", "flood", "ad", "other"}
ALIPAY_ACTIONS = {"PASSED", "REJECTED", "CC", "DELETE", "REPLACE", "WARNING", "RECOVER"}

# Everything that a rule may have found: a label in a scene, a label of texts, or only a scene.
FOUND: list[tuple[str | None, str | None]] = [
    *((scene, label) for scene, labels in SCENES.items() for label in (*labels, None)),
    *((None, label) for label in TEXT_LABELS),
    (None, None),
]
SUGGESTIONS = ("pass", "review", "block")
ALL = [(*named, suggestion) for named in FOUND for suggestion in SUGGESTIONS]

Labels = Iterator[tuple[str, Any]]  # the scene or list, and the label returned there


@pytest.fixture(scope="module")
def app() -> Iterator[RunningServer]:
    """Run an emulator in which picture and text number n hold entry n of ALL."""
    with RunningServer() as live:
        rules = []
        for number, (scene, label, suggestion) in enumerate(ALL):
            found = {"scene": scene, "label": label, "suggestion": suggestion}
            verdict = {"findings": [{key: value for key, value in found.items() if value is not None}]}
            rules += [
                {"match": {kind: {"contains": f"number-{number}."}}, "verdict": verdict} for kind in ("url", "text")
            ]
        assert live.control("POST", "rules", rules).status_code == 201
        yield live


def iterate_lots(size: int, form: str = "https://cdn.example.test/number-{}.jpg") -> Iterator[list[str]]:
    """Yield all pictures or texts, so many in a call."""
    for start in range(0, len(ALL), size):
        yield [form.format(number) for number in range(start, min(start + size, len(ALL)))]


TEXT = "我是 number-{}. 看"


def gather(told: Labels) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = defaultdict(set)
    for where, label in told:
        found[where].add(label)
    return dict(found)


def parse_lists(lists: dict[str, str]) -> dict[str, set[str]]:
    return {scene: set(labels.split()) for scene, labels in lists.items()}


def test_scan_image_returns_only_documented_labels(app: RunningServer) -> None:
    def iterate_labels() -> Labels:
        for urls in iterate_lots(10):
            for result in scan_image(app, *urls, scenes=tuple(SCAN_IMAGE)).json()["Data"]["Results"]:
                yield from ((each["Scene"], each["Label"]) for each in result["SubResults"])

    assert gather(iterate_labels()) == parse_lists(SCAN_IMAGE)


def test_scan_text_returns_only_documented_labels(app: RunningServer) -> None:
    def iterate_labels() -> Labels:
        for texts in iterate_lots(10, TEXT):
            answer = scan_text(app, *texts, labels=tuple(SCAN_TEXT.split()[1:])).json()
            for result in [each for element in answer["Data"]["Elements"] for each in element["Results"]]:
                yield "label", result["Label"]
                yield from (("label", each["Label"]) for each in result.get("Details", ()))

    assert gather(iterate_labels()) == parse_lists({"label": SCAN_TEXT})


def iterate_green_labels(items: Iterable[Any]) -> Labels:
    for result in [each for item in items for each in item["results"]]:
        yield result["scene"], result["label"]
        yield from ((result["scene"], each["label"]) for each in result.get("details", ()))


def test_green_returns_only_documented_labels_of_pictures(app: RunningServer) -> None:
    for urls in iterate_lots(100):
        scanned = green.scan(app, *urls, scenes=tuple(GREEN_IMAGE))
        later = green.fetch_results(app, *green.submit(app, *urls, scenes=tuple(GREEN_IMAGE)))
        assert list(iterate_green_labels(scanned)) == list(iterate_green_labels(later))
    items = [item for urls in iterate_lots(100) for item in green.scan(app, *urls, scenes=tuple(GREEN_IMAGE))]
    assert gather(iterate_green_labels(items)) == parse_lists(GREEN_IMAGE)


def test_green_returns_only_documented_labels_of_texts(app: RunningServer) -> None:
    items: list[Any] = []
    for texts in iterate_lots(100, TEXT):
        tasks = [{"content": text} for text in texts]
        items += green.call(app, "text/scan", {"scenes": ["antispam"], "tasks": tasks}).json()["data"]
    assert gather(iterate_green_labels(items)) == parse_lists({"antispam": GREEN_TEXT})


def test_msg_sec_check_returns_only_documented_labels(app: RunningServer) -> None:
    def iterate_labels() -> Labels:
        for (content,) in iterate_lots(1, TEXT):
            params = {"version": 2, "openid": "o", "scene": 1, "content": content}
            body = call_json(app, "security.msgSecCheck", params).json()
            yield from ((each["strategy"], each["label"]) for each in body["detail"] if "label" in each)
            yield "result", body["result"]["label"]

    assert_wechat_labels(gather(iterate_labels()))


def test_media_check_async_returns_only_documented_labels(app: RunningServer) -> None:
    def iterate_labels() -> Labels:
        for (url,) in iterate_lots(1):
            params = {"version": 2, "openid": "o", "scene": 1, "media_url": url, "media_type": 2}
            trace = call_json(app, "security.mediaCheckAsync", params).json()["trace_id"]
            event = json.loads(app.control("GET", "callbacks", task_id=trace).json()["items"][0]["body"])
            yield from ((each["strategy"], each["label"]) for each in event["detail"])
            yield "result", event["result"]["label"]

    with pushing(app, "http://127.0.0.1:9/", push_format="json"):
        assert_wechat_labels(gather(iterate_labels()))


def assert_wechat_labels(told: dict[str, set[Any]]) -> None:
    assert told.keys() <= {"content_model", "keyword", "result"}
    assert all(labels <= WECHAT for labels in told.values())
    assert len(told["result"]) > 5


def test_text_risk_identification(app: RunningServer) -> None:
    for (content,) in iterate_lots(1, TEXT):
        answer = mini_program.call(app, mini_program.TEXT, mini_program.make_text(content)).json()["result"]
        kinds = [each["type"] for each in answer]
        assert kinds == ["keyword"] or set(kinds) == ALIPAY_TYPES - {"keyword"}


def call_gateway(live: RunningServer, method: str, content: dict[str, Any]) -> dict[str, Any]:
    """Call a method; return its answer. An application without a key may sign as it likes."""
    return gateway.parse_inner(gateway.send(live, {**gateway.make_common(method, content), "sign": "x"}))


def test_sync_detect_returns_only_documented_categories(app: RunningServer) -> None:
    def iterate_labels() -> Labels:
        for (url,), (_scene, _label, suggestion) in zip(iterate_lots(1), ALL, strict=True):
            given = {**gateway.make_content(gateway.SYNC, "x"), "products": "", "data_list": [url]}
            body = call_gateway(app, gateway.SYNC, given)
            assert body["suggestion"] == suggestion
            if "detect_check_labels" in body:
                yield "category", body["detect_check_labels"]["label"]

    assert gather(iterate_labels()) == {"category": ALIPAY_CATEGORIES}


def test_analyze_and_detect(app: RunningServer) -> None:
    actions = set()
    for (text,) in iterate_lots(1, TEXT):
        actions.add(call_gateway(app, gateway.ANALYZE, {**gateway.POST, "text": text})["result_action"])
        assert call_gateway(app, gateway.DETECT, {"content": text})["action"] in ("PASSED", "REJECTED")
    assert {"PASSED", "REJECTED"} <= actions <= ALIPAY_ACTIONS
