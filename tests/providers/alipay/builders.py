"""Calls of the mini program, sent over HTTP by hand."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from moderation_emulator.contract.running_server import RunningServer

PID = "2088123456789012"
SUBMIT, QUERY, TEXT = "my.ap.imgRisk", "my.ap.imgRiskCallback", "my.textRiskIdentification"
TYPES = ["keyword", "0", "1", "2", "3"]


def make_picture(url: str = "https://cdn.example.test/one.jpg") -> dict[str, Any]:
    return {"pid": PID, "bizContext": {"risk_type": "img_risk", "content": url}}


def make_task(apply_id: str) -> dict[str, Any]:
    return {"pid": PID, "bizContext": {"risk_type": "img_risk_result", "apply_id": apply_id}}


def make_text(content: str, *types: str) -> dict[str, Any]:
    return {"content": content, "type": list(types or TYPES)}


def call(live: RunningServer, name: str, params: Any, **query: str) -> requests.Response:
    """POST parameters, or bytes as they are."""
    data = params if isinstance(params, bytes) else json.dumps(params).encode()
    return requests.post(f"{live.url}/alipay/{name}", params=query, data=data, timeout=10)


def parse_apply_id(answer: requests.Response) -> str:
    return str(json.loads(answer.json()["riskResult"])["apply_id"])


def submit(live: RunningServer, url: str, **query: str) -> str:
    """Submit a picture; return its task id."""
    answer = call(live, SUBMIT, make_picture(url), **query)
    assert answer.status_code == 200, answer.text
    return parse_apply_id(answer)


def ask(live: RunningServer, task_id: str, **query: str) -> Mapping[str, Any]:
    """Query a result; return what `success` gets."""
    answer = call(live, QUERY, make_task(task_id), **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def fetch_action(live: RunningServer, task_id: str, **query: str) -> str:
    return str(json.loads(ask(live, task_id, **query)["riskResult"])["action"])


def advance(live: RunningServer, seconds: float, account: str = "default") -> None:
    assert live.control("POST", "clock", {"advance": seconds}, account=account).status_code == 200


def check_picture(live: RunningServer, url: str) -> str:
    """Return the action for a picture, after the documented wait."""
    task_id = submit(live, url)
    advance(live, 0.5)
    return fetch_action(live, task_id)
