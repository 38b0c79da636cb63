from collections.abc import Callable

import pytest

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


DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    ("days", "left", "told"),
    [
        (90, 90 * DAY, None),
        (90, 3 * DAY + 60, None),
        (90, 3 * DAY - 60, "ends in 3.0 days, at"),
        (90, 2 * DAY, "ends in 2.0 days, at"),
        (90, 600, "ends in 0.0 days, at"),
        (90, -600, "ended at"),
        (2, 2 * DAY, None),
        (2, 1 * DAY + 60, None),
        (2, 1 * DAY - 60, "ends in 1.0 days, at"),
    ],
)
def test_the_last_days_of_a_certificate_are_warned_of(
    start: Callable[..., RunningServer], monkeypatch: pytest.MonkeyPatch, days: int, left: float, told: str | None
) -> None:
    live = start({"server": {"tls_port": 0, "tls_days": days}})
    certificate = live.app.certificate
    assert certificate is not None
    now = certificate.expires.timestamp() - left
    monkeypatch.setattr(live.state.accounts.default.clock, "wall", lambda: now)
    live.state.accounts.default.clock.advance(10_000 * DAY)  # a test's own time makes no certificate older
    answer = live.control("GET", "health")
    assert answer.status_code == 200
    warnings = answer.json().pop("warnings", [])
    assert answer.json()["status"] == "ok"
    moment = f"{certificate.expires:%Y-%m-%d %H:%M} UTC"
    expected = f"the certificate of the TLS port {told} {moment}; a new start brings the next one"
    assert warnings == ([] if told is None else [expected])
