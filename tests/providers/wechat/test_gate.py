"""Who may call the check, and in which order it checks."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import APPID, CHECK, CREDENTIAL, SECRET, call_json, post, read_code, upload
from tests.providers.wechat.cloud import builders as cloud

Start = Callable[..., RunningServer]
UNKNOWN = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)


def test_refusals_have_the_captured_texts(live: RunningServer) -> None:
    body = upload(live, access_token="garbage")
    assert read_code(body) == 40001
    assert body["errmsg"].partition(" rid: ")[0] == UNKNOWN
    body = ask(live, encode_request("POST", CHECK, b"")).json()
    assert (read_code(body), body["errmsg"].partition(" rid: ")[0]) == (41001, "access_token missing")


def test_a_token_in_the_body_does_not_count(live: RunningServer) -> None:
    body = b"access_token=ACCESS_TOKEN"
    assert ask(live, encode_request("POST", CHECK, body)).json()["errcode"] == 41001


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
def test_the_first_failed_check_refuses(live: RunningServer, method: str, target: str, expected: int) -> None:
    assert ask(live, encode_request(method, target, b"")).json()["errcode"] == expected
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome) == (str(expected), "refused")
    assert entry.decided_by[0] == ("schema" if expected == 41005 else "gate")


def test_what_is_no_token_at_all_may_be_told_apart(start: Start) -> None:
    own = start({"quirks": {"wechat.garbage_token": "40014"}})
    body = upload(own, access_token="garbage")
    assert (read_code(body), body["errmsg"].partition(" rid: ")[0]) == (40014, "invalid access_token")
    own.reset()
    assert read_code(upload(own)) == 0


def test_rules_are_not_asked_before_the_gate(live: RunningServer) -> None:
    live.push_rule({}, verdict="block")
    assert read_code(upload(live, access_token="garbage")) == 40001
    assert read_code(post(live, b"x").json()) == 47001
    assert read_code(upload(live)) == 87014


def test_a_token_by_post_with_its_parameters_in_the_body(live: RunningServer) -> None:
    """The page has GET only; nothing says that a POST is refused, as a form or as JSON."""
    bodies: tuple[dict[str, Any], ...] = ({"data": CREDENTIAL}, {"json": CREDENTIAL})
    for given in bodies:
        answer = requests.post(f"{live.url}/cgi-bin/token", timeout=10, **given)
        assert answer.json()["expires_in"] == 7200
    half = requests.post(f"{live.url}/cgi-bin/token?appid={APPID}", data={"secret": SECRET}, timeout=10)
    assert half.json()["errcode"] == 40002
    assert requests.post(f"{live.url}/cgi-bin/token", data=b"\xff", timeout=10).json()["errcode"] == 41002


class TestDoors:
    """Codes of the cloud's platform and gateway are met by cloud calls alone, the 412 of the web server by HTTPS."""

    def test_a_rule_does_not_apply_in_the_other_dialect(self, live: RunningServer) -> None:
        live.push_rule({"provider": "wechat"}, error=-604102)
        assert read_code(upload(live)) == 0
        assert cloud.parse_answer(cloud.post(live, cloud.encode_form(cloud.encode_media()))).platform == -604102

    def test_the_next_rule_decides_there(self, live: RunningServer) -> None:
        live.push_rule({"filename": "a.png"}, verdict="block")
        live.push_rule({"filename": "a.png"}, error=-501002)
        assert read_code(upload(live, filename="a.png")) == 87014

    def test_a_rule_that_names_the_wrong_dialect_is_refused(self, live: RunningServer) -> None:
        for via, error, right in (("https", -604102, "cloud"), ("cloud", 412, "https")):
            answer = live.control("POST", "rules", {"match": {"via": via}, "error": error})
            assert answer.status_code == 400
            assert f"{right}, where alone {error} is met" in answer.text

    def test_a_magic_word_of_the_other_dialect_only_warns(self, live: RunningServer) -> None:
        assert read_code(upload(live, filename="emu-error--604102.png")) == 0
        assert live.list_entries()[0].warnings == ("magic word emu-error--604102: -604102 is met via cloud only",)
        named = cloud.encode_media(filename="emu-error--604102.png")
        assert cloud.parse_answer(cloud.post(live, cloud.encode_form(named))).platform == -604102


@pytest.mark.parametrize(
    ("error", "operation", "message"),
    [
        # rid 6124d7f9 of 2021, 614552f0 of 2021, 67ea6706 of 2025, each on img_sec_check
        (87015, "security.imgSecCheck", "query timeout, try a content with less size"),
        # the pages of msgSecCheck print the number; the words are those of another API
        (40129, "security.msgSecCheck", "invalid scene"),
        # an event of 2025
        (43104, "security.mediaCheckAsync", "this appid does not have permission"),
        (61007, "security.msgSecCheck", "api is unauthorized to component"),
    ],
)
def test_codes_of_the_operations_own_pages_and_captures(
    live: RunningServer, error: int, operation: str, message: str
) -> None:
    live.push_rule({"operation": operation}, error=error)
    if operation == "security.imgSecCheck":
        body = upload(live)
    else:
        params = {"content": "x", "media_url": "http://a.test/x", "media_type": 2}
        body = call_json(live, operation, params).json()
    assert body == {"errcode": error, "errmsg": f"{message} rid: {live.list_entries()[0].request_id}"} | (
        {"errMsg": body["errmsg"]} if operation == "security.imgSecCheck" else {}
    )


def test_no_code_is_claimed_for_an_operation_that_does_not_have_it(live: RunningServer) -> None:
    items = live.control("GET", "errors").json()["items"]
    claimed = {item["code"]: set(item["operations"]) for item in items if item["provider"] == "wechat"}
    image, media, text = "security.imgSecCheck", "security.mediaCheckAsync", "security.msgSecCheck"
    assert claimed["87015"] == claimed["41005"] == claimed["40006"] == {image}
    assert claimed["40129"] == claimed["40003"] == claimed["61010"] == claimed["43104"] == {media, text}
    assert claimed["87014"] == {image, text}
    assert claimed["-1008"] == claimed["-1009"] == {media}
    assert claimed["40125"] == {"cgi-bin/token", "cgi-bin/stable_token"}
    assert not {"40007", "87009"} & claimed.keys()  # of the global table alone
