"""security.mediaCheckAsync: what is taken, and the event wxa_media_check that the mini program's own server gets."""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from defusedxml.ElementTree import fromstring

from emulator.media.card import draw_card
from emulator.types import Problems
from moderation_emulator.contract.running_server import RunningServer
from tests.picture_host import PictureHost, encode_picture
from tests.providers.wechat.builders import APPID, call_json, pushing
from tests.receiver import Receiver

NAME = "security.mediaCheckAsync"
URL = "https://cdn.example.test/a.png"
SECOND: dict[str, Any] = {"version": 2, "scene": 1, "openid": "openid"}
TOKEN = "a token"
UNSEEN = 4294966288


def check(live: RunningServer, url: Any = URL, media_type: Any = 2, **more: Any) -> Any:
    return call_json(live, NAME, {"media_url": url, "media_type": media_type, **more}).json()


def fetch_event(live: RunningServer, url: str = URL, media_type: int = 2, **more: Any) -> Any:
    """Return the event that would be pushed, in JSON."""
    with pushing(live, "http://127.0.0.1:9/", push_format="json"):
        trace = check(live, url, media_type, **more)["trace_id"]
    (callback,) = live.control("GET", "callbacks", task_id=trace).json()["items"]
    assert callback["content_type"] == "application/json"
    return json.loads(callback["body"])


def parse_query(path: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(path.partition("?")[2]).items()}


def list_callbacks(live: RunningServer) -> Any:
    return live.control("GET", "callbacks").json()["items"]


class TestSubmission:
    @pytest.mark.parametrize("more", [{}, SECOND])
    @pytest.mark.parametrize("media_type", [1, 2])
    def test_a_submission_is_accepted(self, live: RunningServer, media_type: int, more: dict[str, Any]) -> None:
        body = check(live, URL, media_type, **more)
        trace = live.list_entries()[0].request_id
        assert body == {"errcode": 0, "errmsg": "ok", "trace_id": trace}
        assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{8}){2}" if more else "[0-9a-f]{32}", trace)
        assert list_callbacks(live) == []  # nobody to push to

    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"media_url": None}, 47001),
            ({"media_url": ""}, 47001),
            ({"media_url": 7}, 0),
            ({"media_type": 0}, 40004),
            ({"media_type": 3}, 40004),
            ({"media_type": "2"}, 0),
            ({"media_type": None}, 40004),
            ({"version": 3}, 40004),
            ({"version": 2}, 40003),
            ({"version": 2, "openid": "o"}, 40129),
            ({"version": "2", "openid": "o"}, 40129),
            ({"version": "2", "openid": "o", "scene": "4"}, 0),
            ({"version": 2, "openid": "", "scene": 1}, 40003),
            ({"version": 2, "openid": "o", "scene": 5}, 40129),
            ({"scene": 5}, 0),
            ({"version": 1, "unknown": 1}, 0),
        ],
    )
    def test_each_parameter_is_checked(self, live: RunningServer, more: dict[str, Any], expected: int) -> None:
        params = {"media_url": URL, "media_type": 2, **more}
        assert call_json(live, NAME, params).json()["errcode"] == expected
        assert expected == 0 or live.list_entries()[0].detail

    def test_a_missing_media_type_counts_as_0(self, live: RunningServer) -> None:
        """As the staff explained a capture of 2022, in which the key was misspelt."""
        assert call_json(live, NAME, {"media_url": URL, "mediaType": 2}).json()["errcode"] == 40004

    def test_errors_of_the_call_fail_it(self, live: RunningServer) -> None:
        assert check(live, "https://a.test/emu-error-45009.png")["errcode"] == 45009
        live.push_rule({"operation": NAME}, error="61010", times=1)
        assert check(live)["errcode"] == 61010

    def test_delays_do_not_hold_it_up(self, live: RunningServer) -> None:
        live.control("POST", "clock", {"freeze": True})
        assert check(live, "https://a.test/emu-delay-60s.png")["errcode"] == 0


class TestFirst:
    def test_a_clean_medium_has_this_event(self, live: RunningServer) -> None:
        event = fetch_event(live)
        sender = event.pop("FromUserName")
        assert (sender[0], len(sender)) == ("o", 28)
        entry = live.list_entries()[0]
        assert list(event)[-2:] == ["status_code", "detail"]  # as captured, in JSON, in 2022 and 2025
        assert event == {
            "ToUserName": f"gh_{APPID[-12:]}",
            "CreateTime": int(entry.at),
            "MsgType": "event",
            "Event": "wxa_media_check",
            "isrisky": 0,
            "extra_info_json": "",
            "appid": APPID,
            "trace_id": entry.request_id,
            "status_code": 0,
            "detail": [],
        }

    def test_the_sender_is_one_for_each_mini_program(self, start: Callable[..., RunningServer]) -> None:
        """ "The platform's push service" by the document: two events of one second differ in trace_id only."""
        live = start({"accounts": [{"name": "b", "wechat": {"appid": "wxb"}}]})
        mine = [fetch_event(live, **more)["FromUserName"] for more in ({}, {"openid": "ignored"}, {"version": 1})]
        assert len(set(mine)) == 1
        assert fetch_event(start(), URL)["FromUserName"] == mine[0]

    @pytest.mark.parametrize("word", ["block", "porn", "error-87014"])
    @pytest.mark.parametrize("media_type", [1, 2])
    def test_a_risky_medium_is_reported_as_risky(self, live: RunningServer, word: str, media_type: int) -> None:
        event = fetch_event(live, f"https://a.test/emu-{word}.png", media_type)
        assert (event["isrisky"], event["status_code"]) == (1, 0)

    def test_review_is_no_risk(self, live: RunningServer) -> None:
        assert fetch_event(live, "https://a.test/emu-review.png")["isrisky"] == 0

    def test_a_sound_that_cannot_be_had(self, live: RunningServer) -> None:
        """As captured in 2020 and 2021."""
        assert fetch_event(live, "https://a.test/emu-error--1009.mp3", 1)["status_code"] == 4294966287

    @pytest.mark.parametrize("url", ["https://a.test/emu-error--1008.png", "no address", "ftp://a.test/x", "http://"])
    def test_what_cannot_be_downloaded(self, live: RunningServer, url: str) -> None:
        event = fetch_event(live, url)
        assert (event["isrisky"], event["status_code"]) == (0, UNSEEN)

    def test_a_respond_is_merged_into_the_event(self, live: RunningServer) -> None:
        live.push_rule({"url": URL}, respond={"extra_info_json": "{}", "isrisky": 1})
        event = fetch_event(live)
        assert (event["extra_info_json"], event["isrisky"], event["status_code"]) == ("{}", 1, 0)


class TestSecond:
    def test_a_clean_medium_has_this_event(self, live: RunningServer) -> None:
        event = fetch_event(live, **SECOND)
        entry = live.list_entries()[0]
        assert event == {
            "ToUserName": f"gh_{APPID[-12:]}",
            "FromUserName": "openid",
            "CreateTime": int(entry.at),
            "MsgType": "event",
            "Event": "wxa_media_check",
            "appid": APPID,
            "trace_id": entry.request_id,
            "version": 2,
            "detail": [
                {"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90},
            ],
            "errcode": 0,
            "errmsg": "ok",
            "result": {"suggest": "pass", "label": 100},
        }

    @pytest.mark.parametrize(
        ("word", "suggest", "label", "prob"),
        [
            ("porn", "risky", 20002, 100),
            ("porn-sexy-62.11", "review", 20012, 62),
            ("terrorism-flag", "risky", 20001, 100),
            ("block", "risky", 21000, 100),
        ],
    )
    def test_each_finding_has_its_label(
        self, live: RunningServer, word: str, suggest: str, label: int, prob: int
    ) -> None:
        event = fetch_event(live, f"https://a.test/emu-{word}.png", **SECOND)
        assert event["result"] == {"suggest": suggest, "label": label}
        assert event["detail"] == [
            {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": prob}
        ]

    def test_risky_by_code(self, live: RunningServer) -> None:
        event = fetch_event(live, "https://a.test/emu-error-87014.png", **SECOND)
        assert (event["errcode"], event["result"]) == (0, {"suggest": "risky", "label": 21000})

    @pytest.mark.parametrize(
        ("code", "message"), [(43104, "this appid does not have permission"), (40003, "invalid openid")]
    )
    def test_errors_of_the_openid_come_with_the_event(self, live: RunningServer, code: int, message: str) -> None:
        """As captured in 2025 (43104) and reported in 2022 (40003)."""
        live.push_rule({"url": URL}, error=code)
        event = fetch_event(live, **SECOND)
        assert (event["detail"], event["errcode"], event["errmsg"]) == ([], code, message)

    def test_what_cannot_be_downloaded(self, live: RunningServer) -> None:
        """As captured in 2025."""
        event = fetch_event(live, "https://a.test/emu-error--1008.png", **SECOND)
        assert (event["detail"], event["errcode"]) == ([], -1008)
        assert event["errmsg"] == "下载错误,请检查媒体链接是否有效"
        assert "result" not in event


class TestPush:
    def test_plain_xml_with_a_signature(self, live: RunningServer, receiver: Receiver) -> None:
        with pushing(live, receiver.url("200?mine=1"), push_token=TOKEN):
            trace = check(live, "https://a.test/emu-ad.png", **SECOND)["trace_id"]
            live.run(receiver.until(lambda: bool(receiver.got)))
        (post,) = receiver.got
        assert post.headers["Content-Type"] == "text/xml"
        given = parse_query(post.path)
        assert given.keys() == {"mine", "signature", "timestamp", "nonce"}
        assert given["nonce"].isdecimal()
        secret = "".join(sorted([TOKEN, given["timestamp"], given["nonce"]]))
        assert given["signature"] == hashlib.sha1(secret.encode()).hexdigest()
        root = fromstring(post.body)
        assert root.tag == "xml"
        assert (root.findtext("Event"), root.findtext("trace_id")) == ("wxa_media_check", trace)
        assert (root.findtext("result/suggest"), root.findtext("result/label")) == ("risky", "10001")
        assert (root.findtext("detail/strategy"), root.findtext("errcode")) == ("content_model", "0")

    def test_the_first_version_in_xml(self, live: RunningServer, receiver: Receiver) -> None:
        with pushing(live, receiver.url("200")):
            check(live, "https://a.test/emu-error--1008.png")
            live.run(receiver.until(lambda: bool(receiver.got)))
        root = fromstring(receiver.got[0].body)
        assert (root.findtext("isrisky"), root.findtext("status_code")) == ("0", str(UNSEEN))
        assert receiver.got[0].body.startswith(b"<xml><ToUserName><![CDATA[gh_")
        assert b"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[wxa_media_check]]></Event>" in receiver.got[0].body
        assert b"<isrisky>0</isrisky><extra_info_json><![CDATA[]]></extra_info_json>" in receiver.got[0].body
        assert root.findtext("extra_info_json") == ""

    def test_odd_signs_in_an_openid(self, live: RunningServer, receiver: Receiver) -> None:
        openid = "<图&]]>\x00\ud7ff"
        with pushing(live, receiver.url("200")):
            check(live, **{**SECOND, "openid": openid})
            live.run(receiver.until(lambda: bool(receiver.got)))
        assert fromstring(receiver.got[0].body).findtext("FromUserName") == openid.replace("\x00", "\ufffd")

    @pytest.mark.parametrize(
        ("word", "after", "pushes"),
        [
            ("emu-callback-never", 7200, 0),
            ("emu-delay-never", 7200, 0),
            ("emu-callback-late", 59, 0),
            ("emu-callback-late", 61, 1),
            ("emu-callback-duplicate", 1, 2),
            ("emu-delay-30s", 29, 0),
            ("emu-delay-30s", 31, 1),
            ("emu-x", 1, 1),
        ],
    )
    def test_when_and_how_often(
        self, live: RunningServer, receiver: Receiver, word: str, after: float, pushes: int
    ) -> None:
        live.control("POST", "clock", {"freeze": True})
        with pushing(live, receiver.url("200")):
            check(live, f"https://a.test/{word}.png")
        live.control("POST", "clock", {"advance": after})
        assert len(receiver.got) == pushes
        assert (list_callbacks(live)[0]["state"] == "delivered") is (pushes > 0)

    def test_a_corrupt_signature(self, live: RunningServer, receiver: Receiver) -> None:
        with pushing(live, receiver.url("200"), push_token=TOKEN):
            trace = check(live, "https://a.test/emu-callback-corrupt.png")["trace_id"]
            live.run(receiver.until(lambda: bool(receiver.got)))
        given = parse_query(receiver.got[0].path)
        secret = "".join(sorted([TOKEN, given["timestamp"], given["nonce"]]))
        assert len(given["signature"]) == 40
        assert given["signature"] != hashlib.sha1(secret.encode()).hexdigest()
        assert fromstring(receiver.got[0].body).findtext("trace_id") == trace

    def test_again_by_hand(self, live: RunningServer, receiver: Receiver) -> None:
        with pushing(live, receiver.url("200")):
            check(live)
            live.run(receiver.until(lambda: bool(receiver.got)))
        (callback,) = list_callbacks(live)
        again = live.control("POST", f"callbacks/{callback['id']}/redeliver").json()
        assert [attempt["manual"] for attempt in again["attempts"]] == [False, True]
        first, second = receiver.got
        assert first.body == second.body
        assert len({parse_query(post.path)["nonce"] for post in receiver.got}) == 2

    @pytest.mark.parametrize("path", ["500", "302", "reset"])
    def test_three_tries_in_all(self, live: RunningServer, receiver: Receiver, path: str) -> None:
        """As the page of message pushes and the staff say; each is a request of its own, that a receiver which allows
        no nonce twice takes.
        """
        live.control("POST", "clock", {"freeze": True})
        with pushing(live, receiver.url(path), push_token=TOKEN):
            check(live)
        live.control("POST", "clock", {"advance": 1})
        assert len(receiver.got) == 2
        live.control("POST", "clock", {"advance": 3600})
        assert len(receiver.got) == 3
        (callback,) = list_callbacks(live)
        assert (callback["state"], callback["pushes"]) == ("exhausted", 3)
        assert len({post.body for post in receiver.got}) == 1
        tried = [parse_query(post.path) for post in receiver.got]
        assert len({each["nonce"] for each in tried}) == 3
        moments = [int(datetime.fromisoformat(attempt["at"]).timestamp()) for attempt in callback["attempts"]]
        assert [int(each["timestamp"]) for each in tried] == moments
        for each in tried:
            secret = "".join(sorted([TOKEN, each["timestamp"], each["nonce"]]))
            assert each["signature"] == hashlib.sha1(secret.encode()).hexdigest()

    @pytest.mark.parametrize(
        ("given", "pushes"),
        [({"pushes": 5}, 5), ({"wechat": {"pushes": 2}, "pushes": 5}, 2), ({"aliyun_green": {"pushes": 9}}, 3)],
    )
    def test_how_often_is_a_setting(
        self, start: Callable[..., RunningServer], given: dict[str, Any], pushes: int
    ) -> None:
        live = start({"callbacks": given})
        live.control("POST", "clock", {"freeze": True})
        with pushing(live, "http://127.0.0.1:9/"):
            check(live)
        live.control("POST", "clock", {"advance": 3600})
        assert [callback["pushes"] for callback in list_callbacks(live)] == [pushes]

    @pytest.mark.parametrize(
        ("answer", "choice", "pushes"),
        [
            (b"success", "success", 1),
            (b"", "success", 1),
            (b"success\n", "success", 1),
            (b"ok", "success", 3),
            (b'"success"', "success", 3),
            (b'{"errcode":0}', "success", 3),
            (b"success" * 100_000, "success", 3),
            (b"ok", "any", 1),
        ],
    )
    def test_what_the_receiver_must_answer(
        self, start: Callable[..., RunningServer], answer: bytes, choice: str, pushes: int
    ) -> None:
        """The page of message pushes: success or an empty body, else the event comes again."""
        live = start({"quirks": {"wechat.push_answer": choice}})
        live.control("POST", "clock", {"freeze": True})

        async def send_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"</xml>")
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
            writer.close()

        listening = live.run(asyncio.start_server(send_answer, "127.0.0.1", 0))
        with pushing(live, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"):
            check(live)
        live.control("POST", "clock", {"advance": 60})
        (callback,) = list_callbacks(live)
        live.loop.call_soon_threadsafe(listening.close)
        assert (callback["pushes"], callback["state"]) == (pushes, "delivered" if pushes == 1 else "exhausted")
        message = 'unwanted: HTTP 200 with a body that is not "" or "success"' if pushes > 1 else None
        assert {attempt["error"] for attempt in callback["attempts"]} == {message}

    def test_how_long_a_receiver_has(self, start: Callable[..., RunningServer]) -> None:
        """Five seconds by the documents; here less, so that nobody waits."""
        live = start({"callbacks": {"timeout": 60, "wechat": {"timeout": 0.05, "pushes": 1}}})
        silent = Receiver()
        listening = live.run(asyncio.start_server(silent.serve_connection, "127.0.0.1", 0))
        silent.port = listening.sockets[0].getsockname()[1]
        with pushing(live, silent.url("hang")):
            check(live)
        live.control("POST", "clock", {"advance": 0})
        (callback,) = list_callbacks(live)
        assert [attempt["error"] for attempt in callback["attempts"]] == ["slow: more than 0.05 s"]
        live.loop.call_soon_threadsafe(silent.release.set)
        live.run(asyncio.sleep(0))
        live.loop.call_soon_threadsafe(listening.close)

    def test_the_verdict_is_fixed_at_submission(self, live: RunningServer, receiver: Receiver) -> None:
        live.control("POST", "clock", {"freeze": True})
        rule = live.push_rule({"url": URL}, verdict="porn", delay=10)
        with pushing(live, receiver.url("200")):
            check(live)
        live.control("DELETE", f"rules/{rule['id']}")
        live.control("POST", "clock", {"advance": 11})
        assert fromstring(receiver.got[0].body).findtext("isrisky") == "1"

    @pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://public.example.test/"])
    def test_a_forbidden_receiver_costs_no_submission(self, live: RunningServer, url: str) -> None:
        with pushing(live, url):
            assert check(live)["errcode"] == 0
        assert len(list_callbacks(live)) == 1


class TestFetch:
    """With images.fetch on a picture is looked at; a sound never is."""

    @pytest.fixture
    def fetching(self, start: Callable[..., RunningServer]) -> RunningServer:
        return start({"images": {"fetch": True}, "callbacks": {"pushes": 1}})

    def test_a_picture_that_is_not_there(self, fetching: RunningServer) -> None:
        assert fetch_event(fetching, "http://127.0.0.1:9/a.png")["status_code"] == UNSEEN
        assert fetch_event(fetching, "http://127.0.0.1:9/a.png", **SECOND)["errcode"] == -1008

    def test_a_picture_that_is(self, fetching: RunningServer) -> None:
        with PictureHost() as gallery:
            url = gallery.serve("a.png", encode_picture())
            assert fetch_event(fetching, url)["status_code"] == 0
            fetching.push_rule({"format": "png"}, verdict="block")
            assert fetch_event(fetching, url)["isrisky"] == 1

    def test_a_webp_is_none_of_the_formats_of_the_page(self, fetching: RunningServer) -> None:
        with PictureHost() as gallery:
            formats = {name: draw_card(["x"], 8, 8, name) for name in ("bmp", "gif", "jpeg", "png", "webp")}
            codes = {
                name: fetch_event(fetching, gallery.serve(name, data))["status_code"] for name, data in formats.items()
            }
        assert codes == {"bmp": 0, "gif": 0, "jpeg": 0, "png": 0, "webp": UNSEEN}

    def test_a_sound_is_not_fetched(self, fetching: RunningServer) -> None:
        assert fetch_event(fetching, "http://127.0.0.1:9/a.mp3", 1)["status_code"] == 0

    def test_a_rule_decides_all_the_same(self, fetching: RunningServer) -> None:
        fetching.push_rule({"url": {"contains": "a.png"}}, verdict="block")
        event = fetch_event(fetching, "http://127.0.0.1:9/a.png")
        assert (event["isrisky"], event["status_code"]) == (1, 0)

    def test_what_is_no_picture(self, fetching: RunningServer) -> None:
        assert fetch_event(fetching, f"{fetching.url}/_emulator/health")["status_code"] == UNSEEN


class TestSettings:
    def test_of_an_account(self, start: Callable[..., RunningServer]) -> None:
        own = {"push_url": "http://127.0.0.1:9/events", "push_token": "t", "push_format": "json"}
        live = start({"accounts": [{"name": "default", "wechat": own}]})
        check(live)
        (callback,) = list_callbacks(live)
        assert callback["url"].startswith("http://127.0.0.1:9/events?signature=")
        assert json.loads(callback["body"])["Event"] == "wxa_media_check"

    @pytest.mark.parametrize(
        "own",
        [
            *(
                {"push_url": url}
                for url in ("", "here", "ftp://a/", "http://", "http:///x", "http://a/#f", "http://a b/", 1)
            ),
            {"push_format": "XML"},
            {"push_token": 7},
            {"push_key": "x"},
        ],
    )
    def test_wrong_push_settings_are_refused(self, start: Callable[..., RunningServer], own: dict[str, Any]) -> None:
        with pytest.raises(Problems, match=r"wechat"):
            start({"accounts": [{"name": "default", "wechat": own}]})

    def test_none_is_none(self, start: Callable[..., RunningServer]) -> None:
        live = start({"accounts": [{"name": "default", "wechat": {"push_url": None}}]})
        check(live)
        assert list_callbacks(live) == []
