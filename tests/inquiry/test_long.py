from tests.inquiry.kit import asked, newest
from tests.live import Live
from tests.planes.control.kit import items
from tests.providers.aliyun_green.forms import results, submit

RECEIVER = "http://receiver.example.test/"


def test_callbacks_of_the_tasks_that_an_answer_told_of(live: Live) -> None:
    """Of the submission, and of the query; not of another submission."""
    urls = ("https://a.test/1.jpg", "https://a.test/2.jpg")
    taken = submit(live, *urls, callback=RECEIVER, seed="s")
    first = newest(live)
    pushed = {each["task_id"]: each["id"] for each in items(live.control("GET", "callbacks"))}
    assert first["callbacks"] == [pushed[task] for task in taken]
    assert len(set(first["callbacks"])) == 2
    submit(live, *urls, callback=RECEIVER, seed="s")
    assert not set(newest(live)["callbacks"]) & set(first["callbacks"])
    results(live, taken[1])
    assert newest(live)["callbacks"] == [pushed[taken[1]]]
    assert asked(live, first["id"])["callbacks"] == first["callbacks"]


def test_none_where_there_are_none(live: Live) -> None:
    submit(live, "https://a.test/1.jpg")
    assert newest(live)["callbacks"] == []
    live.scan_text("hello")
    assert newest(live)["callbacks"] == []
    live.scan_text("hello", key="nobody")
    entry = newest(live)
    assert (entry["account"], entry["callbacks"], entry["etiquette"]) == (None, [], [])
