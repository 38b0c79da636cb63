"""How often an appid may call: windows of the account's clock, off in the fast profile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from emulator.media.card import draw_card
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import call_json, fetch_stable_token, fetch_token, post, read_code, upload

Start = Callable[..., RunningServer]
NOON = "2030-01-01T12:00:00Z"


def start_limited(start: Start, **limits: int) -> RunningServer:
    own = start({"limits": {"wechat": limits}})
    own.control("POST", "clock", {"set": NOON, "freeze": True})
    return own


def advance(live: RunningServer, seconds: float) -> None:
    live.control("POST", "clock", {"advance": seconds})


def test_the_quota_of_a_minute_ends_with_it(start: Start) -> None:
    own = start_limited(start, per_minute=3)
    assert [read_code(upload(own)) for _ in range(5)] == [0, 0, 0, 45011, 45011]
    answer = upload(own)["errmsg"].partition(" rid: ")[0]
    assert answer == "api minute-quota reach limit mustslower retry next minute"
    advance(own, 59.9)
    assert read_code(upload(own)) == 45011
    advance(own, 0.1)
    assert [read_code(upload(own)) for _ in range(4)] == [0, 0, 0, 45011]


def test_the_quota_of_a_day_ends_with_the_day(start: Start) -> None:
    own = start_limited(start, per_day=2)
    assert [read_code(upload(own)) for _ in range(3)] == [0, 0, 45009]
    assert upload(own)["errmsg"].startswith("reach max api daily quota limit rid: ")
    advance(own, 12 * 3600 - 1)
    assert read_code(upload(own)) == 45009
    advance(own, 1)
    assert read_code(upload(own)) == 0


def test_what_the_minute_refused_does_not_count_for_the_day(start: Start) -> None:
    own = start_limited(start, per_minute=1, per_day=2)
    assert [read_code(upload(own)) for _ in range(5)] == [0, *[45011] * 4]
    advance(own, 60)
    assert read_code(upload(own)) == 0
    advance(own, 60)
    assert read_code(upload(own)) == 45009


def test_what_was_not_let_in_does_not_count(start: Start) -> None:
    own = start_limited(start, per_minute=1)
    assert read_code(upload(own, access_token="garbage")) == 40001
    assert [read_code(upload(own)) for _ in range(2)] == [0, 45011]


def test_what_the_schema_refused_does_not_count(start: Start) -> None:
    own = start_limited(start, per_minute=1, text_per_minute=1)
    assert read_code(upload(own, b"no picture")) == 40004
    assert read_code(upload(own, draw_card(["plain"], 751, 64))) == 40006
    assert read_code(post(own, b"").json()) == 41005
    assert [read_code(upload(own)) for _ in range(2)] == [0, 45011]
    assert read_code(upload(own, b"no picture")) == 45011
    assert read_code(call_json(own, "security.msgSecCheck", {"content": "x" * (500 * 1024 + 1)}).json()) == 45002
    assert [read_code(call_json(own, "security.msgSecCheck", {"content": "x"}).json()) for _ in range(2)] == [0, 45011]


def test_what_is_risky_or_disturbed_counts(start: Start) -> None:
    own = start_limited(start, per_minute=2)
    assert read_code(upload(own, filename="emu-block.png")) == 87014
    assert read_code(upload(own, filename="emu-error-48001.png")) == 48001
    assert read_code(upload(own)) == 45011


def test_what_the_day_refused_does_not_count_for_the_minute(start: Start) -> None:
    own = start_limited(start, per_minute=2, per_day=1)
    assert [read_code(upload(own)) for _ in range(4)] == [0, *[45009] * 3]
    own.control("PATCH", "settings", {"limits": {"wechat": {"per_day": 2}}})
    assert [read_code(upload(own)) for _ in range(2)] == [0, 45011]


def test_calls_at_one_time_never_exceed_it(start: Start) -> None:
    own = start_limited(start, per_minute=5)
    with ThreadPoolExecutor(12) as pool:
        found = [read_code(body) for body in pool.map(upload, [own] * 24)]
    assert sorted(found) == [0] * 5 + [45011] * 19


def test_a_reset_clears_the_counters(start: Start) -> None:
    own = start_limited(start, per_day=1)
    assert [read_code(upload(own)) for _ in range(2)] == [0, 45009]
    own.reset()
    assert read_code(upload(own)) == 0


@pytest.mark.parametrize(
    ("limit", "expected"),
    [("token_per_day", 45009), ("stable_token_per_minute", 45011), ("stable_token_per_day", 45009)],
)
def test_tokens_have_quotas_of_their_own(start: Start, limit: str, expected: int) -> None:
    own = start_limited(start, **{limit: 2})
    endpoint = fetch_token if limit.startswith("token") else fetch_stable_token
    assert ["access_token" in endpoint(own).json() for _ in range(2)] == [True, True]
    assert read_code(endpoint(own).json()) == expected
    assert read_code(upload(own)) == 0
    advance(own, 60 if "minute" in limit else 12 * 3600)
    assert "access_token" in endpoint(own).json()


def test_each_appid_has_its_own(start: Start) -> None:
    other = {"appid": "wxbbbbbbbbbbbbbbbb", "secret": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
    own = start({"limits": {"wechat": {"per_day": 1}}, "accounts": [{"name": "other", "wechat": other}]})
    theirs = fetch_token(own, **other).json()["access_token"]
    assert [read_code(upload(own)), read_code(upload(own))] == [0, 45009]
    assert [read_code(upload(own, access_token=theirs)) for _ in range(2)] == [0, 45009]


def test_no_limit_by_default(live: RunningServer) -> None:
    assert {read_code(upload(live)) for _ in range(30)} == {0}
