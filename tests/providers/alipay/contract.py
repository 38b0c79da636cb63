"""What the contract suite must know of Alipay: see moderation_emulator/contract/shape.py."""

import json
from typing import Any

import requests

from emulator.types import WireRequest
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import CodeAndMessage, Contract, Sample
from moderation_emulator.contract.steps import ask
from tests.providers.alipay import builders as my
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.alipay.refused_calls import REFUSED, call_detect


def build_request(operation: str, params: Any) -> WireRequest:
    """Build a call; where no key is registered, as here, any signature is good."""
    text = json.dumps(params)
    if operation in gateway.METHODS:
        form = gateway.encode_form({**gateway.make_common(operation, None, biz_content=text), "sign": "x"}).encode()
        return WireRequest("POST", "/gateway.do", {"Content-Type": "application/x-www-form-urlencoded"}, form)
    return WireRequest("POST", f"/alipay/{operation}", {"Content-Type": "application/json"}, text.encode())


def parse_refusal(answer: requests.Response) -> CodeAndMessage:
    if "trace_id" in answer.headers:
        return gateway.parse_refusal(answer)
    body = answer.json()
    return body["error"], body["errorMessage"]


def query_result(live: RunningServer, answer: requests.Response) -> requests.Response:
    """Query the result of a picture, after the documented wait."""
    if "apply_id" not in answer.text:
        return answer
    my.advance(live, 0.5)
    return my.call(live, my.QUERY, my.make_task(my.parse_apply_id(answer)))


def fetch_analysis(live: RunningServer, answer: requests.Response) -> requests.Response:
    """Fetch the result of an analysis, after all the time that it may take."""
    event = gateway.parse_inner(answer).get("event_id")
    if event is None:
        return answer
    my.advance(live, 60)
    return gateway.call(live, gateway.RESULT, {"event_id": event})


CONTRACT = Contract(
    samples={
        my.SUBMIT: Sample(
            lambda words: my.make_picture(f"https://cdn.example.test/{words[0]}.jpg"), result=query_result
        ),
        my.QUERY: Sample(lambda words: my.make_task(words[0]), wordless=True),
        my.TEXT: Sample(lambda words: my.make_text(f"示例 {words[0]} 文本")),
        gateway.DETECT: Sample(lambda words: gateway.make_content(gateway.DETECT, words[0])),
        gateway.SYNC: Sample(lambda words: gateway.make_content(gateway.SYNC, words[0])),
        gateway.ANALYZE: Sample(lambda words: gateway.make_content(gateway.ANALYZE, words[0]), result=fetch_analysis),
        gateway.RESULT: Sample(lambda words: gateway.make_content(gateway.RESULT, words[0]), wordless=True),
    },
    request=build_request,
    refusal=parse_refusal,
    unknown={
        "alipay": ("Nothing is emulated at /alipay/my.ap.nothing", "", ask("/alipay/my.ap.nothing", "POST", json={})),
        "gateway.do": (
            '"alipay.trade.pay", and expected',
            "isv.invalid-method",
            call_detect(method="alipay.trade.pay"),
        ),
    },
    refused=REFUSED,
    unlisted={"code": "isv.made-up", "message": "没有这回事"},
)
