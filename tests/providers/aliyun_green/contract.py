"""What the contract suite must know of Green: see tests/contract/kit.py."""

import json
from collections.abc import Sequence
from typing import Any

import requests

from emulator.vocabulary import WireRequest
from tests.contract.kit import Contract, Sample, Told, Words
from tests.live import Live
from tests.providers.aliyun_green.forms import call, roa
from tests.providers.aliyun_green.refused import REFUSED, SECRETS, green
from tests.providers.aliyun_headers import HEADERS

FEEDBACK = {"taskId": "id", "suggestion": "pass", "scenes": ["ad"], "note": "示例"}


def pictures(words: Words) -> Sequence[Any]:
    common = {"time": 1, "clientInfo": {}, "extras": {}, "interval": 1, "maxFrames": 1}
    return [
        {**common, "dataId": f"id-{n}", "url": f"https://cdn.example.test/{word}.jpg"} for n, word in enumerate(words)
    ]


def texts(words: Words) -> Sequence[Any]:
    return [{"dataId": f"id-{n}", "content": f"示例 {word}"} for n, word in enumerate(words)]


def request(operation: str, params: Any) -> WireRequest:
    target, body = f"/green/{operation}", json.dumps(params).encode()
    return WireRequest("POST", target, roa(target, body), body)


def refusal(answer: requests.Response) -> Told:
    body = answer.json()
    return (str(body["code"]), body["msg"]) if "code" in body else (body["Code"], body["Message"])


def items(answer: requests.Response) -> list[Told]:
    return [(str(item["code"]), item["msg"]) for item in answer.json()["data"]]


def results(live: Live, answer: requests.Response) -> requests.Response:
    """What image/results tells of the pictures that were taken."""
    data = answer.json().get("data", [])
    taken = [item["taskId"] for item in data if item["code"] == 200 and "results" not in item]
    return call(live, "image/results", taken) if taken else answer


CONTRACT = Contract(
    samples={
        "image/asyncscan": Sample(
            lambda words: {
                "bizType": "",
                "seed": "seed",
                "cryptType": "SM3",
                "scenes": ["porn"],
                "tasks": pictures(words),
            },
            items=items,
            result=results,
        ),
        "image/results": Sample(list, wordless=True),
        "image/scan": Sample(
            lambda words: {"bizType": "", "scenes": ["porn"], "tasks": pictures(words)},
            items=items,
        ),
        "text/scan": Sample(lambda words: {"scenes": ["antispam"], "tasks": texts(words)}, items=items),
        "image/feedback": Sample(lambda _words: dict(FEEDBACK), wordless=True),
        "text/feedback": Sample(lambda _words: dict(FEEDBACK), wordless=True),
    },
    request=request,
    refusal=refusal,
    unknown={"green": ("image/asyncscan", "InvalidApi.NotFound", green("nothing/here"))},
    refused=REFUSED,
    unlisted={"code": 599, "message": "MADE_UP"},
    headers=HEADERS,
    secrets=SECRETS,
)
