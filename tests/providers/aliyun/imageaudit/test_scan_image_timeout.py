"""ScanImage: six seconds at most (section 3, notes on detection), then 581; ScanText has no such limit."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_image

URL = "https://a.test/x.jpg"


def answer_after(live: RunningServer, waits: float, *urls: str) -> Any:
    """Return the answer to a call that waits so many seconds of the account's clock, and not one hundredth less."""
    clock = live.state.accounts.default.clock

    async def wait_for_sleeper() -> None:
        clock.freeze(True)
        while not clock.waiting:
            await asyncio.sleep(0)

    async def advance(seconds: float) -> None:
        clock.advance(seconds)
        for _ in range(50):
            await asyncio.sleep(0)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(scan_image, live, *urls)
        live.run(wait_for_sleeper())
        live.run(advance(waits - 0.01))
        assert not answer.done()
        live.run(advance(0.02))
        return answer.result(10)


@pytest.mark.parametrize(("delay", "waits", "code"), [(5.9, 5.9, 200), (6, 6, 200), (6.1, 6, 581), (86400, 6, 581)])
def test_no_check_takes_longer_than_six_seconds(live: RunningServer, delay: float, waits: float, code: int) -> None:
    live.control("POST", "clock", {"freeze": True})
    live.push_rule({"url": URL}, verdict="porn", delay=delay)
    slow, other = answer_after(live, waits, URL, "https://a.test/other").json()["Data"]["Results"]
    assert (slow["Code"], other["Code"]) == (code, 200)
    assert slow["Message"] == ("OK" if code == 200 else "InternalServerError.Timeout")


def test_a_call_of_one_picture_fails_whole(live: RunningServer) -> None:
    live.control("POST", "clock", {"freeze": True})
    answer = answer_after(live, 6, "https://a.test/emu-delay-7s.jpg")
    assert (answer.status_code, answer.json()["Code"]) == (581, "InternalServerError.Timeout")
    assert live.list_entries()[0].detail
