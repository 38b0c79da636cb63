"""The pushed event read by wechatpy, as the mini program's own server would; and its two texts checked by wechatpy."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy import parse_message
from wechatpy.exceptions import InvalidSignatureException, WeChatClientException
from wechatpy.utils import check_signature

from emulator.providers.wechat.push import make_signature
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import APPID, SECRET, call_json, pushing
from tests.providers.wechat.test_wechatpy import make_local_client

TOKEN = "a token"


@pytest.fixture
def client(live: RunningServer) -> Any:
    return make_local_client(live.url)(APPID, SECRET)


def fetch_push(live: RunningServer) -> tuple[dict[str, str], str]:
    """Return the query and the body of the one push."""
    (callback,) = live.control("GET", "callbacks").json()["items"]
    query = parse_qs(urlsplit(callback["url"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}, callback["body"]


@pytest.mark.client("wechatpy")
def test_texts_are_checked_by_wechatpy(client: Any) -> None:
    assert client.wxa.check_text_security("你好")["errmsg"] == "ok"
    with pytest.raises(WeChatClientException) as failure:
        client.wxa.check_text_security("emu-block")
    assert failure.value.errcode == 87014


@pytest.mark.client("wechatpy")
def test_an_event_from_submission_to_receiver(live: RunningServer, client: Any) -> None:
    with pushing(live, "http://127.0.0.1:9/", push_token=TOKEN):
        trace = client.wxa.check_media_async("https://a.test/emu-porn.png", 2)["trace_id"]
    query, body = fetch_push(live)
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
    message = parse_message(body)
    found = message._data
    assert (found["MsgType"], found["Event"]) == ("event", "wxa_media_check")
    assert (found["isrisky"], found["status_code"], found["trace_id"], found["appid"]) == ("1", "0", trace, APPID)
    assert message.create_time.timestamp() == int(found["CreateTime"])


def test_an_event_of_the_second_version(live: RunningServer) -> None:
    params = {"media_url": "https://a.test/x.png", "media_type": 2, "version": 2, "scene": 1, "openid": "o"}
    with pushing(live, "http://127.0.0.1:9/", push_token=TOKEN):
        call_json(live, "security.mediaCheckAsync", params)
    found = parse_message(fetch_push(live)[1])._data
    assert found["result"] == {"suggest": "pass", "label": "100"}
    assert found["detail"]["strategy"] == "content_model"


@pytest.mark.client("wechatpy")
def test_a_corrupt_one_is_seen_through(live: RunningServer, client: Any) -> None:
    with pushing(live, "http://127.0.0.1:9/", push_token=TOKEN):
        client.wxa.check_media_async("https://a.test/emu-callback-corrupt.png", 2)
    query, _body = fetch_push(live)
    with pytest.raises(InvalidSignatureException):
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize("token", ["", "b", "图"])
@pytest.mark.parametrize("nonce", ["0", "a", "z9"])
def test_the_signature_of_a_push_is_that_of_wechatpy(token: str, nonce: str) -> None:
    check_signature(token, make_signature(token, "1700000000", nonce), "1700000000", nonce)
