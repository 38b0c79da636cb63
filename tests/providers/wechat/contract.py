"""What the contract suite must know of WeChat: see moderation_emulator/contract/shape.py."""

import json
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlencode

import requests

from emulator.media.card import draw_card
from emulator.providers.wechat.wire import build_endpoint
from emulator.types import WireRequest
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import CodeAndMessage, Contract, Sample
from moderation_emulator.contract.steps import ask
from tests.providers.wechat.builders import CREDENTIAL, encode_multipart, pad_picture, pushing
from tests.providers.wechat.cloud import builders as cloud
from tests.providers.wechat.refused_calls import REFUSED, SECRETS

UPLOAD, TOKEN = "security.imgSecCheck", "cgi-bin/token"


def build_request(operation: str, params: Any) -> WireRequest:
    endpoint = build_endpoint(operation)
    if operation == TOKEN:
        return WireRequest("GET", f"{endpoint.path}?{urlencode(params)}", {}, b"")
    target = endpoint.path if operation.startswith("cgi-bin/") else f"{endpoint.path}?access_token=ACCESS_TOKEN"
    if operation == UPLOAD:
        return WireRequest(
            "POST", target, {"Content-Type": "multipart/form-data; boundary=bound"}, encode_upload(params)
        )
    return WireRequest("POST", target, {"Content-Type": "application/json"}, json.dumps(params).encode())


def encode_upload(params: Any) -> bytes:
    """Return the picture that has these properties, as far as it has them."""
    if "media" not in params:
        return encode_multipart(("form-data; name=other", b"text"))
    media = {"filename": "one.png", "format": "", "size": 4096, **params["media"]}
    known = media["format"] in ("png", "jpeg", "gif")
    data = draw_card(["sample"], 32, 32, media["format"]) if known else b"no picture"
    return encode_multipart(
        (f'form-data; name="media"; filename="{media["filename"]}"', pad_picture(data, media["size"]))
    )


def parse_refusal(answer: requests.Response) -> CodeAndMessage:
    if answer.status_code != 200:
        return str(answer.status_code), answer.reason
    if "json" not in answer.headers["Content-Type"] or "code" in answer.json():
        found = cloud.parse_answer(answer)
        return found.gateway or str(found.platform), ""
    body = answer.json()
    found = body["errmsg"].partition(" rid: ")[0]
    return str(body["errcode"]), found.replace("127.0.0.1", "A.B.C.D")


def pushing_to_nobody(live: RunningServer) -> AbstractContextManager[object]:
    return pushing(live, "http://127.0.0.1:9/", push_format="json")


def fetch_event(live: RunningServer, answer: requests.Response) -> requests.Response:
    """Return the event that was pushed of a picture, as if it were an answer."""
    pushed = live.control("GET", "callbacks").json()["items"]
    (callback,) = (each for each in pushed if answer.json()["trace_id"] in each["body"])
    answer_with_event = requests.Response()
    answer_with_event.status_code, answer_with_event._content = 200, callback["body"].encode()
    answer_with_event.headers["Content-Type"] = "application/json"
    return answer_with_event


def make_picture(word: str) -> dict[str, Any]:
    media = {"media_url": f"https://cdn.example.test/{word}.jpg", "media_type": 2}
    return {**media, "version": 2, "scene": 1, "openid": "openid"}


def make_text(word: str) -> dict[str, Any]:
    return {"content": f"示例 {word}", "version": 2, "scene": 2, "openid": "openid", "title": "示例"}


CONTRACT = Contract(
    samples={
        UPLOAD: Sample(
            lambda words: {"media": {"filename": f"{words[0]}.png", "format": "png", "size": 4096}}, flat=True
        ),
        "security.msgSecCheck": Sample(lambda words: make_text(words[0])),
        "security.mediaCheckAsync": Sample(
            lambda words: make_picture(words[0]), result=fetch_event, during=pushing_to_nobody
        ),
        TOKEN: Sample(lambda _words: dict(CREDENTIAL), wordless=True, flat=True),
        "cgi-bin/stable_token": Sample(lambda _words: {**CREDENTIAL, "force_refresh": False}, wordless=True),
    },
    request=build_request,
    refusal=parse_refusal,
    unknown={
        "wxa": ("security.imgSecCheck", "40066", ask("/wxa/nothing?access_token=ACCESS_TOKEN")),
        "cgi-bin": ("security.imgSecCheck", "40066", ask("/cgi-bin/nothing?access_token=ACCESS_TOKEN")),
        "admin": (
            "imgSecCheck",
            "-604100",
            lambda live: cloud.post(live, cloud.encode_form(cloud.encode_media(), api="security.imgSecChek")),
        ),
    },
    refused=REFUSED,
    unlisted={"code": 87099, "message": "made up"},
    headers=(("Authorization", "TC3-HMAC-SHA256 Credential=%s"), ("Authorization", "%s")),
    secrets=SECRETS,
)
