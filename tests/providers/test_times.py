"""Every moment that is returned or waited for is one of the account's clock, here moved far from real time and frozen.

Only stamps that clients make are measured by real time as well.
"""

import hashlib
import json
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.imageaudit.builders import call as call_in_form
from tests.providers.aliyun.imageaudit.test_gate_time import format_moment
from tests.providers.aliyun.rpc_calls import call_rpc, make_image_params
from tests.providers.wechat import builders as wechat

THEN = 2_000_000_000.0  # 18 May 2033
MEDIA = {"media_url": "https://a.test/x.png", "media_type": 2}
SECOND = {"version": 2, "scene": 1, "openid": "o"}


def turn_clock(live: RunningServer, **how: Any) -> None:
    assert live.control("POST", "clock", how).status_code == 200


@pytest.fixture
def then(live: RunningServer) -> RunningServer:
    """Return the emulator with the clocks of its accounts standing still at THEN, which is years from now."""
    turn_clock(live, freeze=True)
    turn_clock(live, set="2033-05-18T03:33:20Z")
    return live


def fetch_push(live: RunningServer, delay: float | None = None, **params: Any) -> tuple[dict[str, str], Any]:
    """Return the query and the event of a push of WeChat."""
    if delay is not None:
        live.push_rule({"operation": "security.mediaCheckAsync"}, delay=delay, times=1)
    with wechat.pushing(live, "http://127.0.0.1:9/", push_format="json", push_token="token"):
        trace = wechat.call_json(live, "security.mediaCheckAsync", {**MEDIA, **params}).json()["trace_id"]
    (callback,) = live.control("GET", "callbacks", task_id=trace).json()["items"]
    query = parse_qs(urlsplit(callback["url"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}, json.loads(callback["body"])


@pytest.mark.parametrize("version", [{}, SECOND])
def test_an_event_of_wechat(then: RunningServer, version: dict[str, Any]) -> None:
    query, event = fetch_push(then, **version)
    assert (event["CreateTime"], query["timestamp"]) == (THEN, str(int(THEN)))
    turn_clock(then, advance=3600)
    query, event = fetch_push(then, **version)
    assert (event["CreateTime"], query["timestamp"]) == (THEN + 3600, str(int(THEN) + 3600))


@pytest.mark.parametrize(("delay", "stamped"), [(None, 0), (90, 90)])
def test_a_push_of_wechat_is_stamped_with_the_moment_of_its_result(
    then: RunningServer, delay: float | None, stamped: int
) -> None:
    query, _event = fetch_push(then, delay)
    assert int(query["timestamp"]) == THEN + stamped
    signed = "".join(sorted(("token", query["timestamp"], query["nonce"])))
    assert query["signature"] == hashlib.sha1(signed.encode()).hexdigest()


def test_the_rid_of_a_refusal_of_wechat(then: RunningServer) -> None:
    """Its first group is the Unix time in hexadecimal."""

    def read_rid() -> str:
        return str(wechat.upload(then, access_token="garbage")["errmsg"].rpartition(" rid: ")[2])

    assert read_rid().split("-")[0] == f"{int(THEN):08x}" == "77359400"
    turn_clock(then, advance=86_400)
    assert read_rid().split("-")[0] == f"{int(THEN) + 86_400:08x}"


def test_the_stamp_in_a_task_id_of_green(then: RunningServer) -> None:
    (task,) = green.submit(then, "https://a.test/x.jpg")
    assert task.rpartition("-")[2] == "2000000000000"
    turn_clock(then, advance=1.25)
    (task,) = green.submit(then, "https://a.test/x.jpg")
    assert task.rpartition("-")[2] == "2000000001250"


def fetch_imageaudit_frame(live: RunningServer) -> str:
    params = make_image_params(("https://a.test/x.gif",), ("porn",)) | {"Task.1.Interval": "1", "Task.1.MaxFrames": "5"}
    result = call_rpc(live, "ScanImage", params).json()["Data"]["Results"][0]
    return str(result["SubResults"][0]["Frames"][0]["URL"])


def fetch_green_frame(live: RunningServer) -> str:
    task = {"url": "https://a.test/x.gif", "interval": 1, "maxFrames": 5}
    item = green.call(live, "image/scan", {"scenes": ["porn"], "tasks": [task]}).json()["data"][0]
    return str(item["results"][0]["frames"][0]["url"])


@pytest.mark.parametrize("frame", [fetch_imageaudit_frame, fetch_green_frame])
def test_frames_can_be_had_for_five_minutes(then: RunningServer, frame: Callable[[RunningServer], str]) -> None:
    url = frame(then)
    assert parse_qs(urlsplit(url).query)["Expires"] == ["2000000300"]
    turn_clock(then, advance=299.999)
    assert requests.get(url, timeout=5).status_code == 200
    turn_clock(then, advance=0.001)
    assert requests.get(url, timeout=5).status_code == 403


def test_tokens_of_wechat_last_two_hours(then: RunningServer) -> None:
    plain = wechat.fetch_token(then).json()
    stable = wechat.fetch_stable_token(then).json()
    assert (plain["expires_in"], stable["expires_in"]) == (7200, 7200)
    turn_clock(then, advance=100)
    assert wechat.fetch_stable_token(then).json() == {"access_token": stable["access_token"], "expires_in": 7100}
    turn_clock(then, advance=7099)
    for each in (plain, stable):
        assert wechat.read_code(wechat.upload(then, access_token=each["access_token"])) == 0
    turn_clock(then, advance=1)
    for each in (plain, stable):
        assert wechat.read_code(wechat.upload(then, access_token=each["access_token"])) == 42001


def test_the_journal_and_callbacks(then: RunningServer) -> None:
    then.push_rule({"operation": "image/asyncscan"}, delay=30)
    green.submit(then, "https://a.test/x.jpg", callback="http://127.0.0.1:9/", seed="s")
    (entry,) = then.control("GET", "journal").json()["items"]
    assert entry["at"] == "2033-05-18T03:33:20.000+00:00"
    (callback,) = then.control("GET", "callbacks").json()["items"]
    assert (callback["state"], callback["next_at"]) == ("held", "2033-05-18T03:33:50.000+00:00")
    turn_clock(then, advance=30)
    (callback,) = then.control("GET", "callbacks").json()["items"]
    assert callback["attempts"][0]["at"] == "2033-05-18T03:33:50.000+00:00"


def test_the_date_of_http_is_real(then: RunningServer) -> None:
    """What stands in the head of an answer is of the web server; caches and clients compare it with their own time."""
    answer = parsedate_to_datetime(
        ask(then, encode_request(target="/_emulator/health", host=then.host)).headers["date"]
    )
    assert abs(answer.timestamp() - then.state.accounts.default.clock.wall()) < 60


# Stamps of clients: within 900 s of real time or of the account's clock, whichever is nearer.

NOON = 1_800_000_000.0
EDGES = [(-901, False), (-900, True), (900, True), (901, False)]


def call_query(live: RunningServer, moment: float) -> str | None:
    code: str | None = call_in_form(live, "A", common={"Timestamp": format_moment(moment)}).code
    return code


def call_acs3(live: RunningServer, moment: float) -> str | None:
    code: str | None = call_in_form(live, "E", headers={"x-acs-date": format_moment(moment)}).code
    return code


def call_green(live: RunningServer, **options: Any) -> str | None:
    body = green.call(live, "image/scan", **options).json()
    return None if body.get("code") == 200 else str(body["Code"])


def call_roa(live: RunningServer, moment: float) -> str | None:
    return call_green(live, headers={"Date": formatdate(moment, usegmt=True)})


def call_green_by_acs3(live: RunningServer, moment: float) -> str | None:
    return call_green(live, scheme="acs3", headers={"x-acs-date": format_moment(moment)})


@pytest.mark.parametrize(("offset", "fresh"), EDGES)
@pytest.mark.parametrize("sent", [call_query, call_acs3, call_roa, call_green_by_acs3])
def test_stamps_by_either_clock_alone(
    then: RunningServer,
    monkeypatch: pytest.MonkeyPatch,
    sent: Callable[[RunningServer, float], str | None],
    offset: int,
    fresh: bool,
) -> None:
    """To the second, while the other clock is years away and cannot save the call."""
    monkeypatch.setattr(then.state.accounts.default.clock, "wall", lambda: NOON)
    expected = None if fresh else "InvalidTimeStamp.Expired"
    assert (sent(then, NOON + offset), sent(then, THEN + offset)) == (expected, expected)
