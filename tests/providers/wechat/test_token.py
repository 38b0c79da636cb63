"""cgi-bin/token: its life, the grace of the one it replaces, and whom it belongs to."""

from collections.abc import Callable
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import APPID, CREDENTIAL, fetch_stable_token, fetch_token, read_code, upload

Start = Callable[..., RunningServer]
OTHER = {"appid": "wxbbbbbbbbbbbbbbbb", "secret": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}


def advance(live: RunningServer, seconds: float, account: str = "default") -> None:
    assert live.control("POST", "clock", {"advance": seconds}, account=account).status_code == 200


@pytest.fixture
def frozen(live: RunningServer) -> RunningServer:
    assert live.control("POST", "clock", {"freeze": True}).status_code == 200
    return live


def fetch_fresh(live: RunningServer, **given: str) -> str:
    body = fetch_token(live, **given).json()
    assert body.keys() == {"access_token", "expires_in"}
    assert body["expires_in"] == 7200
    return str(body["access_token"])


def upload_with(live: RunningServer, access_token: str) -> int:
    return read_code(upload(live, access_token=access_token))


def test_looks_like_a_token(live: RunningServer) -> None:
    answer = fetch_token(live)
    assert answer.headers["Content-Type"] == "application/json; encoding=utf-8"
    given = answer.json()["access_token"]
    number, _, rest = given.partition("_")
    assert number.isdigit()
    assert rest.replace("-", "").replace("_", "").replace("=", "").isalnum()
    assert 100 < len(given) <= 512


def test_each_is_a_new_one_and_all_work_at_once(live: RunningServer) -> None:
    first, second = fetch_fresh(live), fetch_fresh(live)
    assert first != second
    assert [upload_with(live, each) for each in (first, second)] == [0, 0]


@pytest.mark.parametrize(("seconds", "expected"), [(7199, 0), (7200, 42001), (7201, 42001), (86_400 * 29, 42001)])
def test_two_hours_of_the_accounts_clock(frozen: RunningServer, seconds: float, expected: int) -> None:
    given = fetch_fresh(frozen)
    advance(frozen, seconds)
    assert upload_with(frozen, given) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(299, 0), (300, 40001), (301, 40001), (7300, 40001)])
def test_the_one_replaced_has_five_minutes(frozen: RunningServer, seconds: float, expected: int) -> None:
    first = fetch_fresh(frozen)
    fetch_fresh(frozen)
    advance(frozen, seconds)
    assert upload_with(frozen, first) == expected


def test_a_grace_never_lengthens_a_life(frozen: RunningServer) -> None:
    first = fetch_fresh(frozen)
    advance(frozen, 7100)
    fetch_fresh(frozen)
    advance(frozen, 99)
    assert upload_with(frozen, first) == 0
    advance(frozen, 1)
    assert upload_with(frozen, first) == 40001


def test_each_replaced_one_has_a_grace_of_its_own(frozen: RunningServer) -> None:
    given = []
    for _ in range(4):
        given.append(fetch_fresh(frozen))
        advance(frozen, 99)
    assert [upload_with(frozen, each) for each in given] == [0, 0, 0, 0]  # the first was replaced 297 seconds ago
    advance(frozen, 3)
    assert [upload_with(frozen, each) for each in given] == [40001, 0, 0, 0]


def test_one_that_ran_out_is_expired_though_another_follows(frozen: RunningServer) -> None:
    first = fetch_fresh(frozen)
    advance(frozen, 7200)
    fetch_fresh(frozen)
    assert upload_with(frozen, first) == 42001


def test_a_reset_forgets_all(live: RunningServer) -> None:
    given = fetch_fresh(live)
    live.reset()
    assert upload_with(live, given) == 40001
    assert upload_with(live, "ACCESS_TOKEN") == 0


def test_tokens_belong_to_accounts(start: Start) -> None:
    own = start({"accounts": [{"name": "other", "wechat": OTHER}]})
    mine, other = fetch_fresh(own), fetch_fresh(own, **OTHER)
    assert own.control("POST", "reset", account="default").status_code == 200
    assert [upload_with(own, each) for each in (mine, other)] == [40001, 0]
    assert [entry.account for entry in own.list_entries()[:2]] == ["acc-2", "acc-1"]
    advance(own, 7200, "other")
    assert upload_with(own, other) == 42001
    advance(own, 7200)
    assert upload_with(own, "ACCESS_TOKEN") == 0


def test_the_rid_tells_the_time_of_the_accounts_clock(start: Start) -> None:
    own = start({"accounts": [{"name": "other", "wechat": OTHER}]})
    own.control("POST", "clock", {"set": "2030-01-01T00:00:00Z", "freeze": True}, account="other")
    body = upload(own, filename="emu-error-45009", access_token=fetch_fresh(own, **OTHER))
    rid = body["errmsg"].rpartition("rid: ")[2]
    assert int(rid[:8], 16) == 1893456000
    assert own.list_entries()[0].request_id == rid


def test_a_token_shows_nowhere_in_the_journal(live: RunningServer) -> None:
    given = fetch_fresh(live)
    upload_with(live, given)
    stable = fetch_stable_token(live).json()["access_token"]
    for item in live.control("GET", "journal").json()["items"]:
        text = live.control("GET", f"journal/{item['id']}").text
        assert not [secret for secret in (given, stable, CREDENTIAL["secret"]) if secret in text]


# -- refusals


def read_refusal(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert answer.status_code == 200
    assert body.keys() == {"errcode", "errmsg"}
    return read_code(body), body["errmsg"].partition(" rid: ")[0]


def test_of_a_wrong_secret_the_journal_says_whose_it_should_be(live: RunningServer) -> None:
    fetch_token(live, secret="wrong")
    assert f'The secret is not that of the appid "{APPID}"' in live.list_entries()[0].detail


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"appid": ""}, (41002, "appid missing")),
        ({"appid": "wx0"}, (40013, "invalid appid")),
        ({"appid": APPID.upper()}, (40013, "invalid appid")),
        ({"grant_type": ""}, (40002, "invalid grant_type")),
        ({"grant_type": "authorization_code"}, (40002, "invalid grant_type")),
        ({"secret": ""}, (41004, "appsecret missing")),
        ({"secret": "wrong"}, (40125, "invalid appsecret")),
        ({"secret": CREDENTIAL["secret"].upper()[:-1]}, (40125, "invalid appsecret")),
        ({"appid": "wx0", "grant_type": "", "secret": ""}, (40013, "invalid appid")),
        ({"appid": "", "grant_type": "", "secret": ""}, (41002, "appid missing")),
        ({"grant_type": "", "secret": ""}, (40002, "invalid grant_type")),
    ],
)
@pytest.mark.parametrize("endpoint", [fetch_token, fetch_stable_token])
def test_refusals_and_their_order(
    live: RunningServer, endpoint: Any, given: dict[str, str], expected: tuple[int, str]
) -> None:
    assert read_refusal(endpoint(live, **given)) == expected


@pytest.mark.parametrize("endpoint", [fetch_token, fetch_stable_token])
def test_addresses_that_may_ask(start: Start, endpoint: Any) -> None:
    closed = start({"accounts": [{"name": "default", "wechat": {"ip_allow": ["192.0.2.1"]}}]})
    message = "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist"
    assert read_refusal(endpoint(closed)) == (40164, message)
    assert read_refusal(endpoint(closed, secret="wrong"))[0] == 40125
    assert read_code(upload(closed)) == 0  # the list is for tokens alone
    opened = start({"accounts": [{"name": "default", "wechat": {"ip_allow": ["192.0.2.1", "127.0.0.1"]}}]})
    assert "access_token" in endpoint(opened).json()
