"""What a task costs while it waits, and that it is given up after its hour."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from emulator.providers.aliyun.green.pending import explain_missing
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, submit

TASKS = 3000


def fill(live: RunningServer, *, callback: bool) -> list[str]:
    called_back = {"callback": "http://127.0.0.1:9/a/receiver/of/callbacks", "seed": "seed"}
    more: dict[str, Any] = called_back if callback else {}
    found: list[str] = []
    for start in range(0, TASKS, 100):
        urls = [f"https://cdn.example.test/emu-porn-emu-delay-60s/{n:060d}.jpg" for n in range(start, start + 100)]
        found += submit(live, *urls, **more)
    return found


@pytest.mark.parametrize(("callback", "most"), [(False, 1440), (True, 2432)])
def test_a_pending_task_costs_little(start: Callable[..., RunningServer], callback: bool, most: int) -> None:
    live = start({"journal": {"size": 0}, "state": "memory"})  # the pages that SQLite holds are no task's
    live.control("POST", "clock", {"freeze": True})
    submit(live, "https://a.test/emu-porn-warm-up", callback="http://127.0.0.1:9/", seed="x")
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        assert len(fill(live, callback=callback)) == TASKS
        live.control("DELETE", "journal")
        cost = (tracemalloc.get_traced_memory()[0] - before) / TASKS
    finally:
        tracemalloc.stop()
    assert 200 < cost < most


def test_tasks_are_forgotten_after_their_hour(start: Callable[..., RunningServer]) -> None:
    live = start({"journal": {"size": 0}})
    live.control("POST", "clock", {"freeze": True})
    old = fill(live, callback=False)[:100]
    live.control("POST", "clock", {"advance": 3600})
    tracemalloc.start()
    try:
        submit(live, "https://a.test/x")
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
    assert {item["code"] for item in call(live, "image/results", old).json()["data"]} == {594}


@pytest.mark.parametrize(
    ("task_id", "moment", "why"),
    [
        ("fdd25f95-4892-4d6b-aca9-7939bc6e9baa-1486198766695", 1486198766.695 + 3600, "expired"),
        ("fdd25f95-4892-4d6b-aca9-7939bc6e9baa-1486198766695", 1486198766.694 + 3600, "unknown"),
        ("fdd25f95-4892-4d6b-aca9-7939bc6e9baa-14861987666950", 9e9, "unknown"),
        ("fdd25f95-4892-4d6b-aca9-7939bc6e9bag-1486198766695", 9e9, "unknown"),
        ("fdd25f95-4892-4d6b-aca9-7939bc6e9baa-１486198766695", 9e9, "unknown"),
        ("img4wlJcb7p4wH4lAP3nXw1q-1s82jj", 9e9, "unknown"),
        ("", 9e9, "unknown"),
    ],
)
def test_why_a_task_is_lost(live: RunningServer, task_id: str, moment: float, why: str) -> None:
    live.control("POST", "clock", {"set": moment, "freeze": True})
    assert explain_missing(live.state.accounts.default, task_id) == why
