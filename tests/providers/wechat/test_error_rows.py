"""Every error as it is rendered on the wire, against golden/errors.json."""

import json
from typing import Any

import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers import error_rows
from tests.providers.error_rows import Golden
from tests.providers.wechat.builders import (
    MEDIA,
    PNG,
    call_json,
    encode_multipart,
    fetch_stable_token,
    fetch_token,
    post,
    pushing,
)
from tests.providers.wechat.cloud import builders as cloud

NAME = "wechat"
IMAGE, TEXT, LATER = "security.imgSecCheck", "security.msgSecCheck", "security.mediaCheckAsync"
PICTURE = {"media_url": "https://a.test/x.jpg", "media_type": 2}
SECOND = {"version": 2, "scene": 1, "openid": "o"}


def test_the_table_has_the_golden_rows() -> None:
    error_rows.compare(NAME)


def call_operation(live: RunningServer, operation: str) -> requests.Response:
    match operation:
        case "cgi-bin/token":
            return fetch_token(live)
        case "cgi-bin/stable_token":
            return fetch_stable_token(live)
        case "security.imgSecCheck":
            return post(live, encode_multipart((MEDIA, PNG)))
        case "security.msgSecCheck":
            return call_json(live, operation, {"content": "示例"})
        case _:
            return call_json(live, operation, PICTURE)


@error_rows.parametrize_rows(NAME, "wechat")
def test_each_row_over_https_has_its_text(live: RunningServer, golden: Golden) -> None:
    """The text has two names in img_sec_check alone: its document prints the one, and the service sends the other."""
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = call_operation(live, golden.operation)
    rid = live.list_entries()[0].request_id
    text = f"{golden.row.text.replace('A.B.C.D', '127.0.0.1')} rid: {rid}"
    again = {"errMsg": text} if golden.operation == IMAGE else {}
    assert answer.status_code == golden.row.status
    assert answer.json() == {"errcode": int(golden.row.code), "errmsg": text, **again}


@error_rows.parametrize_rows(NAME, "proxy")
def test_of_the_web_server_in_front(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "operation": golden.operation}, error=golden.row.code)
    answer = call_operation(live, golden.operation)
    assert (answer.status_code, answer.reason) == (golden.row.status, golden.row.text)
    assert "json" not in answer.headers["Content-Type"]


@error_rows.parametrize_rows(NAME, "cloud")
def test_over_the_cloud(live: RunningServer, golden: Golden) -> None:
    live.push_rule({"provider": NAME, "via": "cloud"}, error=golden.row.code)
    answer = cloud.post(live, cloud.encode_form(cloud.encode_media()))
    assert answer.status_code == golden.row.status
    if "name" in golden.more:
        body = answer.json()
        assert body.pop("requestId")
        assert body == {"code": golden.more["name"], "message": golden.row.text}
    else:
        assert cloud.parse_answer(answer) == cloud.CloudAnswer(platform=int(golden.row.code))


def fetch_event(live: RunningServer, params: dict[str, Any]) -> dict[str, Any]:
    """Return the event that is pushed of a picture."""
    with pushing(live, "http://127.0.0.1:9/", push_format="json"):
        trace = call_json(live, LATER, params).json()["trace_id"]
    (callback,) = live.control("GET", "callbacks", task_id=trace).json()["items"]
    return dict(json.loads(callback["body"]))


@error_rows.parametrize_rows(NAME, "wechat", LATER)
def test_of_a_picture_in_its_event(live: RunningServer, golden: Golden) -> None:
    """An error of the picture alone is pushed; in version 1 without sign and text. Any other fails the call."""
    live.push_rule({"provider": NAME, "url": PICTURE["media_url"]}, error=golden.row.code)
    code = int(golden.row.code)
    if golden.row.scope == "call":
        assert call_json(live, LATER, PICTURE).json()["errcode"] == code
        return
    first, second = fetch_event(live, PICTURE), fetch_event(live, {**PICTURE, **SECOND})
    assert (first["status_code"], first["isrisky"]) == (code % 2**32, 0)
    assert "errmsg" not in first
    assert (second["errcode"], second["errmsg"]) == (code, golden.row.text)
    assert "result" not in second
