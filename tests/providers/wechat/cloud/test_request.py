"""The envelope of a cloud call by hand: what is read of it, whose it is, and whatever a hostile caller may send."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.cloud.builders import (
    PNG,
    SHA1,
    TC3,
    CloudAnswer,
    encode_data,
    encode_field,
    encode_form,
    encode_media,
    encode_multipart,
    encode_pair,
    encode_parameters,
    parse_answer,
    post,
)

OK = CloudAnswer(api={"errcode": 0, "errmsg": "ok"})
INVALID = CloudAnswer(gateway="INVALID_PARAM")


def call_cloud(live: RunningServer, sent: Any, authorization: str = TC3, **headers: str) -> CloudAnswer:
    return parse_answer(post(live, sent, authorization, **headers))


def get_code(answer: CloudAnswer) -> int:
    return int(answer.api["errcode"])


class TestReading:
    def test_a_clean_picture(self, live: RunningServer) -> None:
        assert call_cloud(live, encode_form(encode_media())) == OK

    def test_the_same_facts_as_by_https(self, live: RunningServer) -> None:
        for match in ({"filename": "media.png"}, {"format": "png", "width": 64}, {"via": "cloud"}):
            live.push_rule(match, verdict="block", times=1)
            answer = call_cloud(live, encode_form(encode_media()))
            assert answer.api["errmsg"] == f"risky content rid: {live.list_entries()[0].request_id}"
        (item,) = live.list_entries()[0].items
        assert item[2]["sha256"]

    def test_not_by_rules_for_https(self, live: RunningServer) -> None:
        live.push_rule({"via": "https"}, verdict="block")
        assert call_cloud(live, encode_form(encode_media())) == OK

    def test_a_body_in_chunks_is_read(self, live: RunningServer) -> None:
        sent = encode_form(encode_media())
        assert call_cloud(live, iter([sent[:100], sent[100:]])) == OK

    def test_fields_that_nobody_knows(self, live: RunningServer) -> None:
        assert (
            call_cloud(live, encode_form(encode_media(), cgiName=b"commrpcv2", wxCloudApiToken=b"", other=b"\xff\x00"))
            == OK
        )

    def test_of_two_fields_of_one_name_the_last(self, live: RunningServer) -> None:
        first = encode_multipart({"requestData": b"\xff", "action": b"other"}).rpartition(b"--bound--")[0]
        assert call_cloud(live, first + encode_form(encode_media())) == OK

    def test_of_two_pairs_of_one_key_the_last(self, live: RunningServer) -> None:
        assert (
            call_cloud(live, encode_form(encode_data(encode_pair("media", b"{}"), encode_pair("media", PNG, "a.png"))))
            == OK
        )
        assert (
            get_code(
                call_cloud(
                    live, encode_form(encode_data(encode_pair("media", PNG, "a.png"), encode_pair("media", b"{}")))
                )
            )
            == 47001
        )

    def test_other_parameters_are_no_harm(self, live: RunningServer) -> None:
        assert (
            call_cloud(live, encode_form(encode_data(encode_pair("media", PNG, "a.png"), encode_pair("more", b"[1"))))
            == OK
        )

    def test_the_journal_shows_it_without_signature_and_bytes(self, live: RunningServer) -> None:
        call_cloud(live, encode_form(encode_media(), authorization=SHA1.encode()))
        (entry,) = live.list_entries()
        assert (entry.via, entry.operation, entry.method) == ("cloud", "security.imgSecCheck", "POST")
        assert json.loads(entry.body)["openapiData"] == {"media": f"media.png <{len(PNG)} bytes>"}
        assert b"q-sign" not in entry.body

    @pytest.mark.parametrize(
        ("operation", "given_", "expected"),
        [
            ("msgSecCheck", {"content": "好"}, 0),
            ("msgSecCheck", {"content": "emu-block"}, 87014),
            ("msgSecCheck", {"content": 1}, 0),
            ("msgSecCheck", {}, 47001),
            ("mediaCheckAsync", {"media_url": "https://a.test/x", "media_type": 1}, 0),
            ("mediaCheckAsync", {"media_url": "https://a.test/x", "media_type": "1"}, 0),
        ],
    )
    def test_json_parameters_are_read(
        self, live: RunningServer, operation: str, given_: dict[str, Any], expected: int
    ) -> None:
        assert get_code(call_cloud(live, encode_form(encode_parameters(**given_), f"security.{operation}"))) == expected

    @pytest.mark.parametrize(("more", "expected"), [({}, 87014), ({"version": 2, "scene": 2, "openid": "o"}, 0)])
    def test_the_sample_of_version_1(self, live: RunningServer, more: dict[str, Any], expected: int) -> None:
        """The document of version 1 has it for the cloud call, too; escapes in the protobuf are those of JSON."""
        given_ = {"content": "特3456书yuuo莞6543李zxcz蒜7782法fgnv级", **more}
        assert get_code(call_cloud(live, encode_form(encode_parameters(**given_), "security.msgSecCheck"))) == expected

    def test_a_text_that_is_no_json_is_a_text(self, live: RunningServer) -> None:
        live.push_rule({"text": "plain"}, verdict="block")
        assert (
            get_code(
                call_cloud(live, encode_form(encode_data(encode_pair("content", b"plain")), "security.msgSecCheck"))
            )
            == 87014
        )

    def test_an_upload_where_a_text_belongs(self, live: RunningServer) -> None:
        sent = encode_form(encode_data(encode_pair("content", PNG, "a.png")), "security.msgSecCheck")
        assert get_code(call_cloud(live, sent)) == 47001


class TestPicture:
    @pytest.mark.parametrize(
        ("pairs", "expected"),
        [
            ([], 41005),
            ([encode_pair("other", PNG, "a.png")], 41005),
            ([encode_pair("media", b"", "a.png")], 41005),
            ([encode_pair("media", b'{"content_type":"image/png","value":"x"}')], 41005),
            ([encode_pair("media", b'{"conten_type":"image/png","value":{"type":"Buffer","data":[1]}}')], 47001),
            ([encode_pair("media", b'{"content_type":"image/png"}')], 47001),
            ([encode_pair("media", PNG)], 47001),
            ([encode_pair("media", b"null")], 41005),
            ([encode_pair("media", b'"https://a.test/x.png"')], 47001),
            ([encode_pair("media", b"no picture", "a.png")], 40004),
            ([encode_pair("media", PNG.ljust(1024 * 1024, b"\0"), "a.png")], 0),
            ([encode_pair("media", PNG.ljust(1024 * 1024 + 1, b"\0"), "a.png")], 40006),
        ],
    )
    def test_what_comes_as_media(self, live: RunningServer, pairs: list[bytes], expected: int) -> None:
        assert get_code(call_cloud(live, encode_form(encode_data(*pairs)))) == expected
        assert expected == 0 or live.list_entries()[0].detail


class TestSignature:
    @pytest.mark.parametrize("given_", [TC3, SHA1, "anything"])
    def test_either_place_and_any_text(self, live: RunningServer, given_: str) -> None:
        assert call_cloud(live, encode_form(encode_media()), given_) == OK
        assert call_cloud(live, encode_form(encode_media(), authorization=given_.encode()), "") == OK

    def test_none_at_all(self, live: RunningServer) -> None:
        answer = post(live, encode_form(encode_media()), "")
        assert parse_answer(answer) == CloudAnswer(gateway="SIGN_PARAM_INVALID")
        (entry,) = live.list_entries()
        assert answer.json()["requestId"] == entry.request_id
        assert (entry.outcome, entry.decided_by[0], entry.account) == ("refused", "gate", "acc-1")

    def test_an_empty_one(self, live: RunningServer) -> None:
        assert call_cloud(live, encode_form(encode_media(), authorization=b""), "") == CloudAnswer(
            gateway="SIGN_PARAM_INVALID"
        )


class TestAccount:
    @pytest.fixture
    def two(self, start: Callable[..., RunningServer]) -> RunningServer:
        aliyun = {"access_key_id": "keyB", "access_key_secret": "s", "uid": "4711"}
        return start({"accounts": [{"name": "b", "wechat": {"appid": "wxb"}, "aliyun": aliyun}]})

    @pytest.mark.parametrize("key", ["keyB", "wxb", "b", "4711"])
    @pytest.mark.parametrize("style", [TC3, SHA1])
    def test_the_account_is_found_by_a_key(self, two: RunningServer, key: str, style: str) -> None:
        assert call_cloud(two, encode_form(encode_media()), style.replace("any", key)) == OK
        assert two.list_entries()[0].account == "acc-2"

    def test_by_appid_before_key(self, two: RunningServer) -> None:
        sent = encode_form(encode_data(encode_pair("media", PNG, "a.png"), appid="wxb"))
        assert call_cloud(two, sent, TC3.replace("any", "testId")) == OK
        assert two.list_entries()[0].account == "acc-2"

    def test_without_a_known_key_it_is_the_first_account(self, two: RunningServer) -> None:
        for style in (TC3, SHA1, "no key"):
            assert call_cloud(two, encode_form(encode_media()), style) == OK
            assert two.list_entries()[0].account == "acc-1"

    def test_an_unknown_appid(self, two: RunningServer) -> None:
        assert get_code(call_cloud(two, encode_form(encode_data(appid="wxc")))) == 40013

    def test_quotas_are_those_of_the_operation(self, start: Callable[..., RunningServer]) -> None:
        live = start({"limits": {"wechat": {"per_minute": 1}}})
        live.control("POST", "clock", {"freeze": True})
        assert call_cloud(live, encode_form(encode_media())) == OK
        assert get_code(call_cloud(live, encode_form(encode_media()))) == 45011
        assert get_code(call_cloud(live, encode_form(encode_parameters(content="x"), "security.msgSecCheck"))) == 0


class TestUnknown:
    @pytest.mark.parametrize("api", ["security.nope", "", "imgSecCheck", "cgi-bin/token", "security.imgseccheck", "图"])
    def test_an_unknown_api_is_refused(self, live: RunningServer, api: str) -> None:
        assert call_cloud(live, encode_form(encode_media(), api)) == CloudAnswer(platform=-604100)

    def test_kind_of_api(self, live: RunningServer) -> None:
        assert call_cloud(live, encode_form(encode_data(api_type=1))) == CloudAnswer(platform=-604100)

    @pytest.mark.parametrize("action", [b"database.queryDocument", b"", None, b"\xff"])
    def test_another_action_is_refused(self, live: RunningServer, action: bytes | None) -> None:
        assert call_cloud(live, encode_form(encode_media(), action=action)) == INVALID

    @pytest.mark.parametrize("action", ["storage.batchGetDownloadUrl", "database.queryDocument"])
    def test_a_neighbour_of_openapi_is_said_to_be_none_of_ours(self, live: RunningServer, action: str) -> None:
        """downloadFile and getTempFileURL of the same SDK come to the same address."""
        answer = post(live, encode_form(encode_media(), action=action.encode()))
        assert answer.json()["message"] == f"not emulated: action {action}"
        assert action in live.list_entries()[0].detail

    @pytest.mark.parametrize("action", ["", "a b", "<b>", "x" * 61, "图"])
    def test_what_is_no_name_is_not_repeated(self, live: RunningServer, action: str) -> None:
        assert post(live, encode_form(encode_media(), action=action.encode())).json()["message"] == "invalid parameters"


class TestHostile:
    @pytest.mark.parametrize(
        "request_data",
        [
            b"\xff",
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\x12\x7f" + b"x",
            encode_field(2, encode_field(1, encode_field(1, b"\xff\xfe"))),
            encode_field(6, b"\xff"),
            b"\x0b" * 5000,
            b"\x12" * 100_000,
        ],
    )
    def test_what_is_no_protobuf_is_refused(self, live: RunningServer, request_data: bytes) -> None:
        assert call_cloud(live, encode_form(request_data)) == INVALID

    def test_an_api_name_that_is_no_text(self, live: RunningServer) -> None:
        assert call_cloud(live, encode_form(encode_media(), apiName=b"\xff")) == INVALID

    def test_nothing_in_it(self, live: RunningServer) -> None:
        assert get_code(call_cloud(live, encode_form(b""))) == 41005
        assert call_cloud(live, encode_form(b"", requestData=None)).api["errcode"] == 41005

    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=other"],
    )
    @pytest.mark.parametrize("sent", [b"", b"{}", encode_form(encode_media())])
    def test_what_is_no_form_is_refused(self, live: RunningServer, content_type: str, sent: bytes) -> None:
        assert call_cloud(live, sent, **{"Content-Type": content_type}) == INVALID

    def test_a_form_cut_anywhere_is_refused(self, live: RunningServer) -> None:
        sent = encode_form(encode_media(PNG[:40]))
        for end in range(0, len(sent) - 4, 7):
            assert call_cloud(live, sent[:end]) == INVALID

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_other_methods_are_refused(self, live: RunningServer, method: str) -> None:
        answer = requests.request(method, f"{live.url}/admin", timeout=10)
        assert parse_answer(answer) == INVALID

    def test_a_large_call(self, live: RunningServer) -> None:
        """Refused before it is read; the documented picture has one megabyte."""
        assert (
            parse_answer(
                post(
                    live, encode_form(encode_data(encode_pair("x", bytes(3 << 20)), encode_pair("media", PNG, "a.png")))
                )
            ).api["errcode"]
            == 0
        )
        assert parse_answer(post(live, encode_form(encode_data(*[b"\x0a\x00"] * (2 << 20))))).api["errcode"] == 40006

    @pytest.mark.parametrize(
        "sent", [b"\x0a", b"\x0a\x05x", b"\x0a\xff\xff\xff\xff\xff\x0f", b"\x10\x01", b"\x0a\x00\x10\x01"]
    )
    def test_what_is_no_list_of_pairs(self, live: RunningServer, sent: bytes) -> None:
        assert parse_answer(post(live, encode_form(b"\x12" + bytes([len(sent)]) + sent))).gateway == "INVALID_PARAM"

    def test_more_than_a_thousand_pairs_are_refused(self, live: RunningServer) -> None:
        pairs = [encode_pair(f"key-{n}", b"[[1]]") for n in range(999)]
        assert call_cloud(live, encode_form(encode_data(*pairs, encode_pair("media", PNG, "a.png")))) == OK
        assert (
            call_cloud(
                live, encode_form(encode_data(*pairs, encode_pair("x", b""), encode_pair("media", PNG, "a.png")))
            )
            == INVALID
        )

    def test_keys_and_texts_that_are_odd(self, live: RunningServer) -> None:
        odd = [
            encode_pair("", b""),
            encode_pair("图", b"\xff"),
            encode_pair("a" * 10_000, b"[" * 100_000),
            encode_pair("errcode", b"1e999"),
        ]
        assert call_cloud(live, encode_form(encode_data(*odd, encode_pair("media", PNG, "图\r\n.png")))) == OK

    def test_a_long_appid(self, live: RunningServer) -> None:
        assert get_code(call_cloud(live, encode_form(encode_data(appid="x" * 100_000)))) == 40013


@pytest.fixture(scope="module")
def target() -> Iterator[RunningServer]:
    with RunningServer() as live:
        yield live


SOME = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class TestRandom:
    """Whatever comes, one of the three kinds of answer goes back, and never that of an unhandled exception."""

    @SOME
    @given(
        sent=st.binary(max_size=300), header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    )
    def test_any_body_is_refused(self, target: RunningServer, sent: bytes, header: str) -> None:
        answer = parse_answer(post(target, sent, header.strip()))
        assert answer in (INVALID, CloudAnswer(gateway="SIGN_PARAM_INVALID"))

    @SOME
    @given(sent=st.binary(max_size=300), api=st.sampled_from(["imgSecCheck", "msgSecCheck", "mediaCheckAsync"]))
    def test_any_protobuf_gets_a_documented_answer(self, target: RunningServer, sent: bytes, api: str) -> None:
        answer = parse_answer(post(target, encode_form(sent, f"security.{api}")))
        assert answer.api is None or answer.api["errcode"] != -1

    @SOME
    @given(at=st.integers(0, 400), bits=st.integers(1, 255))
    def test_one_byte_changed(self, target: RunningServer, at: int, bits: int) -> None:
        sent = bytearray(encode_form(encode_media()))
        sent[at % len(sent)] ^= bits
        answer = parse_answer(post(target, bytes(sent)))
        assert answer.api is None or answer.api["errcode"] != -1
