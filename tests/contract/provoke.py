"""How a test speaks to each provider: one entry here, and the contract suite covers all its operations and errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from emulator.vocabulary import ErrorRow
from emulator.world.card import card
from tests.live import Live
from tests.providers.alipay import forms as alipay
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green.forms import call
from tests.providers.wechat import forms as wechat

Told = tuple[Any, str]  # a code and its message


@dataclass(frozen=True)
class Caller:
    """A client of one provider.

    `params` makes valid parameters of an operation as its request schema sees them, with a subject for each of the
    words given and a value wherever the schema sets a limit. `send` sends them. `refusal` reads a refused call,
    `elements` an answered one, task by task; it is None where a call has one subject. `silent` are the operations
    whose calls carry neither picture nor text of their own. `outcome` asks for what became of work that was only taken.
    `told` is what an element says that failed with the code of a row.
    """

    params: Callable[[str, Sequence[str]], Any]
    send: Callable[[Live, str, Any], requests.Response]
    refusal: Callable[[requests.Response], Told]
    elements: Callable[[requests.Response], list[Told]] | None = None
    silent: Sequence[str] = ()
    outcome: Callable[[Live, requests.Response], requests.Response] = lambda _live, answer: answer
    told: Callable[[ErrorRow], Told] = lambda row: (row.code, row.message)


# -- aliyun_green

_GREEN_TASK = {"dataId": "id", "time": 1, "clientInfo": {}, "extras": {}, "interval": 1, "maxFrames": 1}


def _green_params(operation: str, words: Sequence[str]) -> Any:
    ids = [f"id-{n}" for n in range(len(words))]
    pictures = [
        {**_GREEN_TASK, "dataId": id_, "url": f"https://cdn.example.test/{word}.jpg"}
        for id_, word in zip(ids, words, strict=True)
    ]
    match operation:
        case "image/results":
            return list(words)
        case "image/asyncscan":
            return {"bizType": "", "scenes": ["porn"], "seed": "seed", "cryptType": "SM3", "tasks": pictures}
        case "image/scan":
            return {"bizType": "", "scenes": ["porn"], "tasks": pictures}
        case "text/scan":
            texts = [{"dataId": id_, "content": f"示例 {word}"} for id_, word in zip(ids, words, strict=True)]
            return {"scenes": ["antispam"], "tasks": texts}
        case _:
            return {"taskId": "id", "suggestion": "pass", "scenes": ["ad"], "note": "示例"}


def _green_send(live: Live, operation: str, params: Any) -> requests.Response:
    return call(live, operation, params)


def _green_refusal(answer: requests.Response) -> Told:
    body = answer.json()
    return (str(body["code"]), body["msg"]) if "code" in body else (body["Code"], body["Message"])


def _green_elements(answer: requests.Response) -> list[Told]:
    return [(str(item["code"]), item["msg"]) for item in answer.json()["data"]]


def _green_outcome(live: Live, answer: requests.Response) -> requests.Response:
    """Of image/asyncscan the results."""
    items = answer.json().get("data", [])
    taken = [item["taskId"] for item in items if item["code"] == 200 and "results" not in item]
    return call(live, "image/results", taken) if taken else answer


# -- aliyun_imageaudit


def _imageaudit_params(operation: str, words: Sequence[str]) -> dict[str, Any]:
    if operation == "ScanImage":
        tasks = [
            {"ImageURL": f"https://cdn.example.test/{word}.jpg", "DataId": f"id-{n}"} for n, word in enumerate(words)
        ]
        return {"Scene": ["porn"], "Task": tasks}
    return {"Labels": [{"Label": "ad"}], "Tasks": [{"Content": f"示例 {word} 文本"} for word in words]}


def _imageaudit_send(live: Live, operation: str, params: Mapping[str, Any]) -> requests.Response:
    flat: dict[str, str] = {}
    for name, values in params.items():
        for n, value in enumerate(values, 1):
            nested = {f".{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {"": value}
            flat |= {f"{name}.{n}{key}": inner for key, inner in nested.items()}
    return live.rpc(operation, flat, form=True)


def _imageaudit_refusal(answer: requests.Response) -> Told:
    body = answer.json()
    return body["Code"], body["Message"]


def _imageaudit_elements(answer: requests.Response) -> list[Told]:
    data = answer.json()["Data"]
    items = data.get("Results") or data["Elements"]
    return [(item.get("Code", 200), item.get("Message", "OK")) for item in items]


# -- wechat


def _wechat_params(operation: str, words: Sequence[str]) -> dict[str, Any]:
    match operation:
        case "security.imgSecCheck":
            return {"media": {"filename": f"{words[0]}.png", "format": "png", "size": 4096}}
        case "security.msgSecCheck":
            return {"content": f"示例 {words[0]}", "version": 2, "scene": 2, "openid": "openid", "title": "示例"}
        case "security.mediaCheckAsync":
            media = {"media_url": f"https://cdn.example.test/{words[0]}.jpg", "media_type": 2}
            return {**media, "version": 2, "scene": 1, "openid": "openid"}
        case "cgi-bin/stable_token":
            return {**wechat.CREDENTIAL, "force_refresh": False}
        case _:
            return dict(wechat.CREDENTIAL)


def _wechat_send(live: Live, operation: str, params: Any) -> requests.Response:
    match operation:
        case "security.imgSecCheck":
            return _wechat_upload(live, params)
        case "security.msgSecCheck":
            return wechat.say(live, operation, params)
        case "security.mediaCheckAsync":
            with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json"):
                return wechat.say(live, operation, params)
        case "cgi-bin/stable_token":
            return wechat.stable_token(live, **params)
        case _:
            return wechat.token(live, **params)


def _wechat_upload(live: Live, params: Any) -> requests.Response:
    """The picture that has these properties."""
    if "media" not in params:
        return wechat.post(live, wechat.multipart(("form-data; name=other", b"text")))
    media = params["media"]
    known = media.get("format") in ("png", "jpeg", "gif")
    data = card(["sample"], 32, 32, media["format"]) if known else b"no picture"
    disposition = f'form-data; name="media"; filename="{media["filename"]}"'
    return wechat.post(live, wechat.multipart((disposition, wechat.padded(data, media["size"]))))


def _wechat_outcome(live: Live, _answer: requests.Response) -> requests.Response:
    """Of security.mediaCheckAsync the event that was pushed, as if it were an answer."""
    (callback,) = live.control("GET", "callbacks").json()["items"]
    told = requests.Response()
    told.status_code, told._content = 200, callback["body"].encode()
    return told


def _wechat_refusal(answer: requests.Response) -> Told:
    if answer.status_code != 200:
        return str(answer.status_code), answer.reason
    body = answer.json()
    told = body["errmsg"].partition(" rid: ")[0]
    return str(body["errcode"]), told.replace("127.0.0.1", "A.B.C.D")


# -- alipay


def _alipay_params(operation: str, words: Sequence[str]) -> dict[str, Any]:
    (word,) = words
    match operation:
        case alipay.SUBMIT:
            return alipay.picture(f"https://cdn.example.test/{word}.jpg")
        case alipay.QUERY:
            return alipay.task(word)
        case _ if operation in gateway.METHODS:
            return gateway.content(operation, word)
        case _:
            return alipay.text(f"示例 {word} 文本")


def _alipay_send(live: Live, operation: str, params: Any) -> requests.Response:
    return (gateway.call if operation in gateway.METHODS else alipay.call)(live, operation, params)


def _alipay_refusal(answer: requests.Response) -> Told:
    if "trace_id" in answer.headers:
        return gateway.refusal(answer)
    body = answer.json()
    return body["error"], body["errorMessage"]


def _alipay_outcome(live: Live, answer: requests.Response) -> requests.Response:
    """Of my.ap.imgRisk the result."""
    if "apply_id" not in answer.text:
        return answer
    alipay.advance(live, 0.5)
    return alipay.call(live, alipay.QUERY, alipay.task(alipay.apply_id(answer)))


CALLERS: Mapping[str, Caller] = {
    "alipay": Caller(
        _alipay_params,
        _alipay_send,
        _alipay_refusal,
        silent=(alipay.QUERY, gateway.RESULT),
        outcome=_alipay_outcome,
    ),
    "aliyun_green": Caller(
        _green_params,
        _green_send,
        _green_refusal,
        _green_elements,
        silent=("image/results", "image/feedback", "text/feedback"),
        outcome=_green_outcome,
    ),
    "aliyun_imageaudit": Caller(
        *(_imageaudit_params, _imageaudit_send, _imageaudit_refusal, _imageaudit_elements),
        told=lambda row: (row.status, row.code),
    ),
    "wechat": Caller(
        _wechat_params,
        _wechat_send,
        _wechat_refusal,
        silent=("cgi-bin/token", "cgi-bin/stable_token"),
        outcome=_wechat_outcome,
    ),
}
