"""What a cloud call is answered, and by whom: gateway, platform or the API."""

import pytest

from emulator.providers.wechat.errors import ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.cloud.builders import (
    CloudAnswer,
    encode_form,
    encode_media,
    encode_parameters,
    parse_answer,
    post,
)

GATEWAY = {
    "-501001": "SYS_ERR",
    "-501002": "SERVER_TIMEOUT",
    "-501003": "EXCEED_REQUEST_LIMIT",
    "-501004": "EXCEED_CONCURRENT_REQUEST_LIMIT",
    "-501005": "INVALIID_ENV",
    "-501007": "INVALID_PARAM",
}


@pytest.mark.parametrize("code", [code for code, row in ROWS.items() if row.dialect != "proxy"])
def test_every_code_by_a_rule(live: RunningServer, code: str) -> None:
    live.push_rule({"via": "cloud"}, error=code)
    answer = parse_answer(post(live, encode_form(encode_media())))
    (entry,) = live.list_entries()
    assert (entry.code, entry.outcome) == (code, "error")
    if ROWS[code].dialect != "cloud":
        expected = {"errcode": int(code), "errmsg": f"{ROWS[code].message} rid: {entry.request_id}"}
        expected["errmsg"] = str(expected["errmsg"]).replace("A.B.C.D", "127.0.0.1")
        assert answer == CloudAnswer(api=expected)
    else:
        assert answer == (CloudAnswer(gateway=GATEWAY[code]) if code in GATEWAY else CloudAnswer(platform=int(code)))


def test_what_only_https_meets_is_met_by_no_cloud_call(live: RunningServer) -> None:
    """The web server that answers 412 stands before the HTTPS API, not before the cloud's gateway."""
    live.push_rule({"provider": "wechat"}, error="412")
    assert parse_answer(post(live, encode_form(encode_media()))).api == {"errcode": 0, "errmsg": "ok"}


def test_faults_and_literal_answers(live: RunningServer) -> None:
    live.push_rule({"via": "cloud"}, raw={"status": 502, "body": "bad"}, times=1)
    answer = post(live, encode_form(encode_media()))
    assert (answer.status_code, answer.text) == (502, "bad")
    live.push_rule({"via": "cloud"}, fault="html500", times=1)
    assert post(live, encode_form(encode_media())).status_code == 500
    live.push_rule({"via": "cloud"}, respond={"more": 1}, times=1)
    assert parse_answer(post(live, encode_form(encode_media()))).api == {"errcode": 0, "errmsg": "ok", "more": 1}


def test_the_message_has_one_name_here(live: RunningServer) -> None:
    """errMsg is made by the SDK, of errmsg."""
    assert parse_answer(post(live, encode_form(encode_parameters(content="好"), "security.msgSecCheck"))).api == {
        "errcode": 0,
        "errmsg": "ok",
    }
