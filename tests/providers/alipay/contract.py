"""What the contract suite must know of Alipay: see tests/contract/kit.py."""

import json
from typing import Any

import requests

from emulator.vocabulary import WireRequest
from tests.contract.kit import Contract, Sample, Told
from tests.contract.steps import ask
from tests.live import Live
from tests.providers.alipay import forms as my
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.alipay.refused import REFUSED, detect


def request(operation: str, params: Any) -> WireRequest:
    """A call; where no key is registered, as here, any signature is good."""
    text = json.dumps(params)
    if operation in gateway.METHODS:
        form = gateway.written({**gateway.common(operation, None, biz_content=text), "sign": "x"}).encode()
        return WireRequest("POST", "/gateway.do", {"Content-Type": "application/x-www-form-urlencoded"}, form)
    return WireRequest("POST", f"/alipay/{operation}", {"Content-Type": "application/json"}, text.encode())


def refusal(answer: requests.Response) -> Told:
    if "trace_id" in answer.headers:
        return gateway.refusal(answer)
    body = answer.json()
    return body["error"], body["errorMessage"]


def query(live: Live, answer: requests.Response) -> requests.Response:
    """What the query tells of a picture, after the documented wait."""
    if "apply_id" not in answer.text:
        return answer
    my.advance(live, 0.5)
    return my.call(live, my.QUERY, my.task(my.apply_id(answer)))


def analysis(live: Live, answer: requests.Response) -> requests.Response:
    """What became of an analysis, after all the time that it may take."""
    event = gateway.inner(answer).get("event_id")
    if event is None:
        return answer
    my.advance(live, 60)
    return gateway.call(live, gateway.RESULT, {"event_id": event})


CONTRACT = Contract(
    samples={
        my.SUBMIT: Sample(lambda words: my.picture(f"https://cdn.example.test/{words[0]}.jpg"), result=query),
        my.QUERY: Sample(lambda words: my.task(words[0]), wordless=True),
        my.TEXT: Sample(lambda words: my.text(f"示例 {words[0]} 文本")),
        gateway.DETECT: Sample(lambda words: gateway.content(gateway.DETECT, words[0])),
        gateway.SYNC: Sample(lambda words: gateway.content(gateway.SYNC, words[0])),
        gateway.ANALYZE: Sample(lambda words: gateway.content(gateway.ANALYZE, words[0]), result=analysis),
        gateway.RESULT: Sample(lambda words: gateway.content(gateway.RESULT, words[0]), wordless=True),
    },
    request=request,
    refusal=refusal,
    unknown={
        "alipay": ("Nothing is emulated at /alipay/my.ap.nothing", "", ask("/alipay/my.ap.nothing", "POST", json={})),
        "gateway.do": ('"alipay.trade.pay", and expected', "isv.invalid-method", detect(method="alipay.trade.pay")),
    },
    refused=REFUSED,
    unlisted={"code": "isv.made-up", "message": "没有这回事"},
)
