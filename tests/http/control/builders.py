"""A second account, and a client that signs with its key."""

from typing import Any

import requests

from moderation_emulator.contract.running_server import RunningServer

TEAM_B = {"name": "team-b", "aliyun": {"access_key_id": "teamBKey", "access_key_secret": "teamBSecret"}}
AS_B: dict[str, Any] = {"key": "teamBKey", "secret": "teamBSecret"}


def parse_items(answer: requests.Response) -> list[dict[str, Any]]:
    """Return the items of a list, which has their number too."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"items", "total"}
    return list(body["items"])


def parse_error(answer: requests.Response, status: int) -> str:
    """Return the sentence of a refusal."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "problems"}
    return str(answer.json()["error"])


def list_control_rules(live: RunningServer, **query: str) -> list[dict[str, Any]]:
    """Return the rules that came over the control API, in the order in which they are asked."""
    return [rule for rule in parse_items(live.control("GET", "rules", **query)) if rule["source"] == "control"]


def read_label(answer: requests.Response) -> str:
    """Return the label of the first picture or text of an answer."""
    data = answer.json()["Data"]
    first = data["Results"][0]["SubResults"][0] if "Results" in data else data["Elements"][0]["Results"][0]
    return str(first["Label"])
