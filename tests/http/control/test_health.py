from collections.abc import Callable

from moderation_emulator.contract.running_server import RunningServer


def test_a_running_server_is_ok(live: RunningServer) -> None:
    answer = live.control("GET", "health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_a_server_that_ends_is_draining(start: Callable[..., RunningServer]) -> None:
    live = start()
    live.app.draining = True
    answer = live.control("GET", "health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "draining"}
