"""How a test speaks to each provider: one entry here, and the contract suite covers all its operations and errors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from tests.live import Live

Told = tuple[Any, str]  # a code and its message


@dataclass(frozen=True)
class Caller:
    """A client of one provider.

    `params` makes valid parameters of an operation as its request schema sees them, with a subject for each of the
    words given and a value wherever the schema sets a limit. `send` sends them. `refusal` reads a refused call,
    `elements` an answered one, task by task; it is None where a call has one subject.
    """

    params: Callable[[str, Sequence[str]], Any]
    send: Callable[[Live, str, Any], requests.Response]
    refusal: Callable[[requests.Response], Told]
    elements: Callable[[requests.Response], list[Told]] | None = None


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


CALLERS: Mapping[str, Caller] = {
    "aliyun_imageaudit": Caller(_imageaudit_params, _imageaudit_send, _imageaudit_refusal, _imageaudit_elements),
}
