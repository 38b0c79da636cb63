"""What the contract suite must know of Green: see moderation_emulator/contract/shape.py."""

import json
from collections.abc import Sequence
from typing import Any

import requests

from emulator.types import WireRequest
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import CodeAndMessage, Contract, Sample, Words
from tests.providers.aliyun.green.builders import call, sign_roa
from tests.providers.aliyun.green.refused_calls import REFUSED, SECRETS, call_green
from tests.providers.aliyun_headers import HEADERS

FEEDBACK = {"taskId": "id", "suggestion": "pass", "scenes": ["ad"], "note": "示例"}


def make_pictures(words: Words) -> Sequence[Any]:
    common = {"time": 1, "clientInfo": {}, "extras": {}, "interval": 1, "maxFrames": 1}
    return [
        {**common, "dataId": f"id-{n}", "url": f"https://cdn.example.test/{word}.jpg"} for n, word in enumerate(words)
    ]


def make_texts(words: Words) -> Sequence[Any]:
    return [{"dataId": f"id-{n}", "content": f"示例 {word}"} for n, word in enumerate(words)]


def build_request(operation: str, params: Any) -> WireRequest:
    target, body = f"/green/{operation}", json.dumps(params).encode()
    return WireRequest("POST", target, sign_roa(target, body), body)


def parse_refusal(answer: requests.Response) -> CodeAndMessage:
    body = answer.json()
    return (str(body["code"]), body["msg"]) if "code" in body else (body["Code"], body["Message"])


def parse_items(answer: requests.Response) -> list[CodeAndMessage]:
    return [(str(item["code"]), item["msg"]) for item in answer.json()["data"]]


def fetch_results(live: RunningServer, answer: requests.Response) -> requests.Response:
    """Return what image/results has of the pictures that were accepted."""
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
                "tasks": make_pictures(words),
            },
            items=parse_items,
            result=fetch_results,
        ),
        "image/results": Sample(list, wordless=True),
        "image/scan": Sample(
            lambda words: {"bizType": "", "scenes": ["porn"], "tasks": make_pictures(words)},
            items=parse_items,
        ),
        "text/scan": Sample(lambda words: {"scenes": ["antispam"], "tasks": make_texts(words)}, items=parse_items),
        "image/feedback": Sample(lambda _words: dict(FEEDBACK), wordless=True),
        "text/feedback": Sample(lambda _words: dict(FEEDBACK), wordless=True),
    },
    request=build_request,
    refusal=parse_refusal,
    unknown={"green": ("image/asyncscan", "InvalidApi.NotFound", call_green("nothing/here"))},
    refused=REFUSED,
    unlisted={"code": 599, "message": "MADE_UP"},
    headers=HEADERS,
    secrets=SECRETS,
)
