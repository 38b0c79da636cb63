from collections.abc import Callable

from tests.live import Live


def test_health(live: Live) -> None:
    answer = live.control("GET", "health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_draining(start: Callable[..., Live]) -> None:
    live = start()
    live.house.draining = True
    answer = live.control("GET", "health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "draining"}
