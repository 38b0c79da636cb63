"""What each provider makes of a verdict that names no more than a scene and a label, typed after reading the answers.

Where the documents do not say which rates and suggestions a label has, the choice is ours. So are the numbers,
categories and kinds of check of WeChat and Alipay that stand for a label. Nothing but these tables holds our choices
fast.
"""

import json
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay import builders as mini_program
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.rpc_calls import scan_image, scan_text
from tests.providers.wechat.builders import call_json, pushing

URL, TEXT = "https://a.test/x.jpg", "示例"
SECOND = {"version": 2, "openid": "o", "scene": 1}

# Scene, label (- where a rule names none), label of Green, suggestion, rate, number of WeChat's version 2,
# category of sync.detect, kind of check of analyze. The rate of sexy was captured, that of tag is in its document.
PICTURES = """
porn      sexy        sexy        review 62.11 20012 porn       sexyPic
porn      porn        porn        block  99.91 20002 porn       sexyPic
porn      -           porn        block  99.91 20002 porn       sexyPic
terrorism bloody      bloody      block  99.91 20006 terrorism  RULEORMODEL
terrorism explosion   explosion   block  99.91 20006 terrorism  RULEORMODEL
terrorism outfit      outfit      block  99.91 20006 terrorism  RULEORMODEL
terrorism logo        logo        block  99.91 20006 terrorism  RULEORMODEL
terrorism weapon      weapon      block  99.91 20006 terrorism  RULEORMODEL
terrorism politics    politics    block  99.91 20001 politic    picture_face
terrorism violence    violence    block  99.91 20006 terrorism  RULEORMODEL
terrorism crowd       crowd       block  99.91 21000 terrorism  RULEORMODEL
terrorism parade      parade      block  99.91 20001 terrorism  RULEORMODEL
terrorism carcrash    carcrash    block  99.91 21000 terrorism  RULEORMODEL
terrorism flag        flag        block  99.91 20001 terrorism  RULEORMODEL
terrorism location    location    block  99.91 21000 terrorism  RULEORMODEL
terrorism others      others      block  99.91 21000 terrorism  RULEORMODEL
terrorism drug        drug        block  99.91 20006 contraband RULEORMODEL
terrorism gamble      gamble      block  99.91 20006 contraband RULEORMODEL
terrorism riot        riot        block  99.91 20006 terrorism  RULEORMODEL
terrorism -           violence    block  99.91 20006 terrorism  RULEORMODEL
ad        politics    politics    block  99.91 20001 politic    picture_face
ad        porn        porn        block  99.91 20002 porn       sexyPic
ad        abuse       abuse       block  99.91 20003 abuse      RULEORMODEL
ad        terrorism   terrorism   block  99.91 20006 terrorism  RULEORMODEL
ad        contraband  contraband  block  99.91 20006 contraband RULEORMODEL
ad        spam        spam        block  99.91 10001 ad         RULEORMODEL
ad        npx         npx         block  99.91 10001 ad         RULEORMODEL
ad        qrcode      qrcode      block  99.91 10001 ad         QRCode
ad        programCode programCode block  99.91 10001 ad         QRCode
ad        ad          ad          block  99.91 10001 ad         RULEORMODEL
ad        -           ad          block  99.91 10001 ad         RULEORMODEL
live      meaningless meaningless block  99.91 21000 other      RULEORMODEL
live      PIP         PIP         block  99.91 21000 other      RULEORMODEL
live      smoking     smoking     block  99.91 21000 other      RULEORMODEL
live      drivelive   drivelive   block  99.91 21000 other      RULEORMODEL
live      drug        drug        block  99.91 20006 contraband RULEORMODEL
live      gamble      gamble      block  99.91 20006 contraband RULEORMODEL
live      -           meaningless block  99.91 21000 other      RULEORMODEL
logo      TV          TV          block  99.91 20013 other      RULEORMODEL
logo      trademark   trademark   block  99.91 20013 other      RULEORMODEL
logo      -           TV          block  99.91 20013 other      RULEORMODEL
qrcode    qrcode      qrcode      block  99.91 10001 ad         QRCode
qrcode    programCode programCode block  99.91 10001 ad         QRCode
qrcode    -           qrcode      block  99.91 10001 ad         QRCode
ocr       ocr         ocr         review 99.91 21000 other      ocr
ocr       -           ocr         review 99.91 21000 other      ocr
sface     sface       sface       review 99.91 21000 other      picture_face
sface     -           sface       review 99.91 21000 other      picture_face
tag       tag         tag         review 99.2  21000 other      RULEORMODEL
tag       -           tag         review 99.2  21000 other      RULEORMODEL
"""
ROWS = [line.split() for line in PICTURES.strip().splitlines()]

# Label, label of Green, number of WeChat's version 2, type of my.textRiskIdentification with a score of 99.91.
TEXTS = """
spam       spam       10001 0
politics   politics   20001 1
abuse      abuse      20003 3
terrorism  terrorism  20006 1
porn       porn       20002 2
flood      flood      10001 0
contraband contraband 20006 0
ad         ad         10001 0
keyword    customized 21000 keyword
"""

# What is returned where nothing is found; captured for the first five, tag as its document prints it.
CLEAN = {
    "porn": ("normal", "pass", 99.9),
    "terrorism": ("normal", "pass", 100.0),
    "ad": ("normal", "pass", 99.91),
    "live": ("normal", "pass", 99.91),
    "logo": ("normal", "pass", 99.9),
    "qrcode": ("normal", "pass", 99.91),
    "ocr": ("normal", "pass", 99.91),
    "sface": ("normal", "pass", 99.91),
    "tag": ("tag", "review", 99.2),
}


def call_gateway(live: RunningServer, method: str, content: dict[str, Any]) -> dict[str, Any]:
    """Call a method; return its answer. An application without a key may sign as it likes."""
    return gateway.parse_inner(gateway.send(live, {**gateway.make_common(method, content), "sign": "x"}))


@pytest.fixture(scope="module")
def _prompt() -> Any:
    with RunningServer({"waits": {"alipay_analyze": 0}}) as live:
        yield live


@pytest.fixture
def prompt(_prompt: RunningServer) -> RunningServer:
    """Return an emulator, as new, in which analyze answers at once."""
    _prompt.reset()
    return _prompt


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_each_provider_tells_a_picture_so(prompt: RunningServer, row: list[str]) -> None:
    scene, label, by_green, suggestion, rate, number, category, check = row
    named = {"scene": scene} if label == "-" else {"scene": scene, "label": label}
    prompt.push_rule({"url": URL}, verdict={"findings": [named]})
    (result,) = green.scan(prompt, URL, scenes=(scene,))[0]["results"]
    assert (result["label"], result["suggestion"], result["rate"]) == (by_green, suggestion, float(rate))
    with pushing(prompt, "http://127.0.0.1:9/", push_format="json"):
        params = {**SECOND, "media_url": URL, "media_type": 2}
        trace = call_json(prompt, "security.mediaCheckAsync", params).json()["trace_id"]
    event = json.loads(prompt.control("GET", "callbacks", task_id=trace).json()["items"][0]["body"])
    assert event["result"] == {"suggest": {"review": "review", "block": "risky"}[suggestion], "label": int(number)}
    content = {**gateway.make_content(gateway.SYNC, "x"), "products": "", "data_list": [URL]}
    found = call_gateway(prompt, gateway.SYNC, content)
    assert (found["suggestion"], found["detect_check_labels"]["label"]) == (suggestion, category)
    found = call_gateway(prompt, gateway.ANALYZE, {**gateway.POST, "picture_urls": [URL]})
    level = {"review": "MEDIUM", "block": "HIGH"}[suggestion]
    (hit,) = found["hit_detect_items"]
    assert (hit["detect_type_code"], hit["detect_resource_level"]) == (check, level)


@pytest.mark.parametrize("row", [line.split() for line in TEXTS.strip().splitlines()], ids=lambda row: str(row[0]))
def test_each_provider_tells_a_text_so(live: RunningServer, row: list[str]) -> None:
    label, by_green, number, kind = row
    live.push_rule({"text": {"contains": TEXT}}, verdict={"findings": [{"label": label}]})
    item = green.call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": TEXT}]}).json()["data"][0]
    (result,) = item["results"]
    assert (result["label"], result["suggestion"], result["rate"]) == (by_green, "block", 99.91)
    body = call_json(live, "security.msgSecCheck", {**SECOND, "content": TEXT}).json()["result"]
    assert body == {"suggest": "risky", "label": int(number)}
    scored = mini_program.call(live, mini_program.TEXT, mini_program.make_text(TEXT)).json()["result"]
    if kind == "keyword":
        assert scored == [{"type": "keyword", "hitKeywords": [TEXT]}]
        return
    assert [each["type"] for each in scored if each["score"] == "99.91"] == [kind]
    assert [each["type"] for each in scored if float(each["score"]) < 10] == sorted({"0", "1", "2", "3"} - {kind})


def test_each_provider_passes_what_is_clean(live: RunningServer) -> None:
    results = green.scan(live, URL, scenes=tuple(CLEAN))[0]["results"]
    assert {each["scene"]: (each["label"], each["suggestion"], each["rate"]) for each in results} == CLEAN
    scenes = tuple(CLEAN)[:5]
    (result,) = scan_image(live, URL, scenes=scenes).json()["Data"]["Results"]
    expected = {each["Scene"]: (each["Label"], each["Suggestion"], each["Rate"]) for each in result["SubResults"]}
    assert expected == {scene: CLEAN[scene] for scene in scenes}
    (element,) = scan_text(live, TEXT).json()["Data"]["Elements"]
    assert element["Results"] == [{"Suggestion": "pass", "Label": "normal", "Rate": 99.91}]
    item = green.call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": TEXT}]}).json()["data"][0]
    assert item["results"] == [{"label": "normal", "rate": 99.91, "scene": "antispam", "suggestion": "pass"}]


# The products of sync.detect, with what each finds of these: which labels it is for.
PRODUCTS: dict[str, set[str]] = {
    "TJ_POLITICS_MC": {"politics"},
    "TJ_PORN_MC": {"porn"},
    "TJ_TERRORISM_MC": {"terrorism"},
    "TJ_ABUSES_MC": {"abuse"},
    "TJ_ILLEGAL_MC": {"contraband", "spam", "flood", "ad"},
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_of_sync_detect(live: RunningServer, product: str) -> None:
    seen = set()
    for label in ("politics", "porn", "terrorism", "abuse", "contraband", "spam", "flood", "ad"):
        live.reset()
        live.push_rule({"text": {"contains": TEXT}}, verdict={"findings": [{"label": label}]})
        content = {"products": product, "content_type": "TEXT", "data_list": [TEXT]}
        found = call_gateway(live, gateway.SYNC, {**gateway.make_content(gateway.SYNC, "x"), **content})
        seen |= {label} if found["suggestion"] == "block" else set()
    assert seen == PRODUCTS[product]


# Which code and msg a sub_code of no table comes with: by how it begins, as those of the tables do.
BEGINNINGS = {
    "isv.missing-anything": ("40001", "Missing Required Arguments"),
    "isv.anything": ("40002", "Invalid Arguments"),
    "isp.anything": ("20000", "Service Currently Unavailable"),
    "aop.anything": ("20001", "Insufficient Token Permissions"),
    "ACQ.ANYTHING": ("40004", "Business Failed"),
}


@pytest.mark.parametrize("sub_code", BEGINNINGS)
def test_a_sub_code_of_no_table(live: RunningServer, sub_code: str) -> None:
    live.push_rule({"operation": gateway.DETECT}, error={"code": sub_code, "message": "示例"})
    found = call_gateway(live, gateway.DETECT, {"content": TEXT})
    assert (found["code"], found["msg"]) == BEGINNINGS[sub_code]
    assert (found["sub_code"], found["sub_msg"]) == (sub_code, "示例")


def test_a_call_of_texts_has_codes_of_its_own(live: RunningServer) -> None:
    """What happens to any call of a mini program is 2 or 3 there, in the words of the container."""
    live.push_rule({"provider": "alipay", "operation": mini_program.TEXT}, error="3")
    answer = mini_program.call(live, mini_program.TEXT, mini_program.make_text(TEXT))
    assert (answer.status_code, answer.json()) == (503, {"error": "3", "errorMessage": "未知错误"})
    live.reset()
    answer = mini_program.call(live, mini_program.TEXT, b"{")
    assert (answer.status_code, answer.json()) == (400, {"error": "2", "errorMessage": "接口参数无效"})
