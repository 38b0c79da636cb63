"""Who may call the check, and in which order it is asked."""

from collections.abc import Callable

import pytest

from tests.live import Live
from tests.providers.wechat.forms import CHECK, code, post, upload
from tests.raw import ask, request

Start = Callable[..., Live]
UNKNOWN = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)


def test_texts(live: Live) -> None:
    body = upload(live, access_token="garbage")
    assert code(body) == 40001
    assert body["errmsg"].partition(" rid: ")[0] == UNKNOWN
    body = ask(live, request("POST", CHECK, b"")).json()
    assert (code(body), body["errmsg"].partition(" rid: ")[0]) == (41001, "access_token missing")


def test_a_token_in_the_body_does_not_count(live: Live) -> None:
    body = b"access_token=ACCESS_TOKEN"
    assert ask(live, request("POST", CHECK, body)).json()["errcode"] == 41001


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("GET", "/wxa/nosuch", 40066),
        ("GET", CHECK, 41001),
        ("GET", f"{CHECK}?access_token=x", 40001),
        ("GET", f"{CHECK}?access_token=ACCESS_TOKEN", 43002),
        ("POST", f"{CHECK}?access_token=ACCESS_TOKEN", 41005),
        ("GET", "/cgi-bin/stable_token", 43002),
    ],
)
def test_order(live: Live, method: str, target: str, expected: int) -> None:
    assert ask(live, request(method, target, b"")).json()["errcode"] == expected
    entry = live.entries()[0]
    assert (entry.code, entry.outcome) == (str(expected), "refused")
    assert entry.decided_by[0] == ("schema" if expected == 41005 else "gate")


def test_what_is_no_token_at_all_may_be_told_apart(start: Start) -> None:
    own = start({"quirks": {"wechat.garbage_token": "40014"}})
    body = upload(own, access_token="garbage")
    assert (code(body), body["errmsg"].partition(" rid: ")[0]) == (40014, "invalid access_token")
    own.reset()
    assert code(upload(own)) == 0


def test_rules_are_not_asked_before_the_gate(live: Live) -> None:
    live.rule({}, verdict="block")
    assert code(upload(live, access_token="garbage")) == 40001
    assert code(post(live, b"x").json()) == 47001
    assert code(upload(live)) == 87014
