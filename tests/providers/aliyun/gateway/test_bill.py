import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import call, fetch_results, submit
from tests.providers.aliyun.rpc_calls import call_rpc, scan_image
from tests.reports.builders import fetch_counts

URL = "https://a.test/1.jpg"


def test_pictures_times_scenes(live: RunningServer) -> None:
    scan_image(live, URL, f"{URL}?2", scenes=("porn", "ad", "live"))
    assert fetch_counts(live) == (1, 2, 3, 6, 0)
    scan_image(live, URL)
    assert fetch_counts(live) == (2, 3, 4, 7, 0)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_each_frame_is_a_unit(live: RunningServer, most: int) -> None:
    live.push_rule({"url": URL}, verdict={"suggestion": "pass", "frames": 5})
    params = {"Scene.1": "porn", "Scene.2": "ad", "Task.1.ImageURL": URL}
    call_rpc(live, "ScanImage", {**params, "Task.1.Interval": "1", "Task.1.MaxFrames": str(most)})
    assert fetch_counts(live) == (1, 1, 2, 2 * most, 0)


def test_asynchronous_work_costs_once(live: RunningServer) -> None:
    (task,) = submit(live, URL, scenes=("porn", "ad"))
    for _ in range(3):
        fetch_results(live, task)
    assert fetch_counts(live) == (1, 1, 2, 2, 0)


def test_texts_of_green(live: RunningServer) -> None:
    call(live, "text/scan", {"scenes": ["antispam"], "tasks": [{"content": "one"}, {"content": "two"}]})
    assert fetch_counts(live) == (1, 0, 0, 0, 2)
