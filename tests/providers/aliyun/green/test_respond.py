"""A verdict with a respond: the fragment is merged into the item of the picture or text, whenever it is returned."""

import json

from moderation_emulator.contract.journal_entries import assert_decided_by_rule
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green

ONE = "https://cdn.example.test/one.jpg"


def test_the_parts_of_a_text(live: RunningServer) -> None:
    """As callers read them: filteredContent with any label, positions of a word (a chat bot cuts words by them)."""
    positions = [{"startPos": 0, "endPos": 2}]
    patch = {
        "filteredContent": "***",
        "results": {"0": {"details": {"0": {"contexts": {"0": {"positions": positions}}}}}},
    }
    live.push_rule({"text": {"contains": "bad"}}, verdict="politics", respond=patch)
    body = {"scenes": ["antispam"], "tasks": [{"content": "bad"}, {"content": "good"}]}
    first, second = green.call(live, "text/scan", body).json()["data"]
    assert first["filteredContent"] == "***"
    (result,) = first["results"]
    (context,) = result["details"][0]["contexts"]
    assert (result["label"], result["suggestion"]) == ("politics", "block")
    assert context == {"context": "bad", "positions": positions}
    assert second["results"][0]["suggestion"] == "pass"
    assert_decided_by_rule(live)


def test_a_picture_at_once_and_later(live: RunningServer) -> None:
    live.push_rule({"url": ONE}, verdict="porn", respond={"extras": {"a": 1}, "results": {"0": {"rate": 1.5}}})
    (item,) = green.scan(live, ONE)
    (task_id,) = green.submit(live, ONE, callback="http://127.0.0.1:9/", seed="seed")
    assert live.list_entries()[0].items[0][6] == "block"
    (callback,) = live.control("GET", "callbacks").json()["items"]
    pushed = json.loads(callback["form"]["content"])
    (later,) = green.fetch_results(live, task_id)
    for got in (item, pushed, later):
        assert got["extras"] == {"a": 1}
        (result,) = got["results"]
        assert (result["label"], result["suggestion"], result["rate"]) == ("porn", "block", 1.5)
