from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_items
from tests.providers.aliyun.green.builders import fetch_results, submit
from tests.providers.aliyun.rpc_calls import scan_text
from tests.reports.builders import fetch_entry, fetch_newest_entry

RECEIVER = "http://receiver.example.test/"


def test_callbacks_of_the_tasks_that_an_answer_told_of(live: RunningServer) -> None:
    """Of the submission, and of the query; not of another submission."""
    urls = ("https://a.test/1.jpg", "https://a.test/2.jpg")
    taken = submit(live, *urls, callback=RECEIVER, seed="s")
    first = fetch_newest_entry(live)
    pushed = {each["task_id"]: each["id"] for each in parse_items(live.control("GET", "callbacks"))}
    assert first["callbacks"] == [pushed[task] for task in taken]
    assert len(set(first["callbacks"])) == 2
    submit(live, *urls, callback=RECEIVER, seed="s")
    assert not set(fetch_newest_entry(live)["callbacks"]) & set(first["callbacks"])
    fetch_results(live, taken[1])
    assert fetch_newest_entry(live)["callbacks"] == [pushed[taken[1]]]
    assert fetch_entry(live, first["id"])["callbacks"] == first["callbacks"]


def test_none_where_there_are_none(live: RunningServer) -> None:
    submit(live, "https://a.test/1.jpg")
    assert fetch_newest_entry(live)["callbacks"] == []
    scan_text(live, "hello")
    assert fetch_newest_entry(live)["callbacks"] == []
    scan_text(live, "hello", key="nobody")
    entry = fetch_newest_entry(live)
    assert (entry["account"], entry["callbacks"], entry["etiquette"]) == (None, [], [])
