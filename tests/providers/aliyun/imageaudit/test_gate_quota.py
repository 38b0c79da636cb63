"""Calls per second: off by default, a window of the account's clock, each operation for itself."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import call_rpc, scan_image, scan_text

LIMITED = {"limits": {"aliyun_imageaudit": {"per_second": 3}}}
START = 1_800_000_000.0


def freeze_at(live: RunningServer, moment: float = START) -> None:
    clock = live.state.accounts.default.clock
    clock.freeze(True)
    clock.set(moment)


def list_statuses(live: RunningServer, calls: int, **options: Any) -> list[int]:
    return [scan_image(live, "https://a.test/x.jpg", **options).status_code for _ in range(calls)]


def test_no_limit_by_default(live: RunningServer) -> None:
    freeze_at(live)
    assert set(list_statuses(live, 30)) == {200}


def test_the_limit_is_exact(start: Callable[..., RunningServer]) -> None:
    live = start(LIMITED)
    freeze_at(live)
    assert list_statuses(live, 5) == [200, 200, 200, 429, 429]
    body = scan_image(live, "https://a.test/x.jpg").json()
    assert (body["Code"], body["Message"]) == ("Throttling", "Request was denied due to request throttling.")


def test_windows_are_whole_seconds_of_the_account(start: Callable[..., RunningServer]) -> None:
    live = start(LIMITED)
    freeze_at(live, START + 0.999)
    assert list_statuses(live, 4) == [200, 200, 200, 429]
    live.state.accounts.default.clock.advance(0.001)
    assert list_statuses(live, 4) == [200, 200, 200, 429]
    live.state.accounts.default.clock.advance(0.999)
    assert list_statuses(live, 1) == [429]


def test_each_operation_and_account_counts_for_itself(start: Callable[..., RunningServer]) -> None:
    team = {"name": "b", "aliyun": {"access_key_id": "b", "access_key_secret": "s"}}
    live = start({**LIMITED, "accounts": [team]})
    freeze_at(live)
    assert list_statuses(live, 4)[-1] == 429
    assert scan_text(live, "hello").status_code == 200
    assert list_statuses(live, 1, key="b", secret="s") == [200]
    assert list_statuses(live, 1, key="STS.testId", common={"SecurityToken": "testToken"}) == [429], (
        "keys of one account"
    )


def test_calls_with_a_wrong_signature_do_not_count(start: Callable[..., RunningServer]) -> None:
    live = start(LIMITED)
    freeze_at(live)
    assert list_statuses(live, 5, secret="wrong") == [400] * 5
    assert [call_rpc(live, "ScanImage", {}).json()["Code"] for _ in range(4)] == [*["MissingScene"] * 3, "Throttling"]


@pytest.mark.parametrize("status", [429, 400])
def test_status_of_throttling_is_a_quirk(start: Callable[..., RunningServer], status: int) -> None:
    live = start({**LIMITED, "quirks": {"imageaudit.throttling_status": status}})
    freeze_at(live)
    assert list_statuses(live, 4)[-1] == status
    assert scan_text(live, "emu-error-Throttling").status_code == status
    assert scan_text(live, "emu-error-Throttling.User").status_code == 400
