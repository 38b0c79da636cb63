"""An error that a rule writes out: a name with a status, also one that is in no table."""

from typing import Any

import pytest

from moderation_emulator.contract.journal_entries import get_newest_entry
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image, scan_text

URL = "https://cdn.example.test/one.jpg"


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"code": "Forbidden.Made_up-1", "message": "No.", "status": 403}, 403, "No."),
        ({"code": "MadeUp"}, 400, "error MadeUp"),
        ({"code": "Throttling", "message": "Slow.", "status": 503}, 503, "Slow."),
        ({"code": "InvalidTask.2.Colour", "message": "Task.2.Colour is wrong."}, 400, "Task.2.Colour is wrong."),
    ],
)
def test_a_name_with_a_status(live: RunningServer, form: dict[str, Any], status: int, message: str) -> None:
    live.push_rule({"provider": "aliyun_imageaudit"}, error=form)
    answer = scan_text(live, "hello")
    body = answer.json()
    assert (answer.status_code, body["Code"], body["Message"]) == (status, form["code"], message)
    assert {"RequestId", "HostId", "Recommend"} <= body.keys()


def test_a_name_of_one_picture(live: RunningServer) -> None:
    """One of two pictures: its element fails, the other goes on; alone it fails the call."""
    live.push_rule(
        {"provider": "aliyun_imageaudit", "url": URL}, error={"code": "MadeUp", "message": "No.", "status": 444}
    )
    first, second = scan_image(live, URL, "https://cdn.example.test/two.jpg").json()["Data"]["Results"]
    assert "SubResults" not in first
    assert first["Message"] in ("No.", "MadeUp")
    assert second["SubResults"]
    warned_of = get_newest_entry(live).warnings
    assert warned_of == ("MadeUp is in no table of aliyun_imageaudit: it is answered as the rule writes it",)
    alone = scan_image(live, URL)
    assert (alone.status_code, alone.json()["Code"]) == (444, "MadeUp")


@pytest.mark.parametrize("code", ["", "a b", ".a", "x" * 101, "坏", "a/b", '"', 200])
def test_what_is_no_code(live: RunningServer, code: Any) -> None:
    answer = live.control("POST", "rules", {"match": {"provider": "aliyun_imageaudit"}, "error": {"code": code}})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "$.error"
