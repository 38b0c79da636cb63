"""Alipay's gateway called from Java: by the official SDK, and by the easy one, which has content.detect alone.

Each signs its calls and verifies each answer with the key of the gateway.
"""

import json
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.java.jvm import Call, strip_key
from tests.providers.alipay.gateway import builders

OFFICIAL, EASY = "com.alipay.sdk:alipay-sdk-java", "com.alipay.sdk:alipay-easysdk"

by_each_client = pytest.mark.parametrize(
    "client", [pytest.param(client, marks=pytest.mark.client(client)) for client in (OFFICIAL, EASY)]
)
by_the_official_client = pytest.mark.parametrize("client", [pytest.param(OFFICIAL, marks=pytest.mark.client(OFFICIAL))])


@pytest.fixture
def ask(live: RunningServer, call: Call, client: str) -> Call:
    """Return a function that returns what the gateway answered, once the client has verified it."""
    builders.register(live)
    given = {
        "url": f"{live.url}/gateway.do",
        "app_id": builders.APP_ID,
        "private_key": strip_key(builders.make_key_pair().pkcs8),
        "gateway_key": strip_key(builders.fetch_gateway_key(live)),
    }

    def ask_gateway(method: str, content: dict[str, Any], **others: Any) -> dict[str, Any]:
        answer = call(client, method, content=content, **{**given, **others})
        if "raised" in answer:
            return dict(answer)
        return dict(answer[f"{method.replace('.', '_')}_response"])

    return ask_gateway


def detect(ask: Call, content: str, **others: Any) -> dict[str, Any]:
    return dict(ask(builders.DETECT, {"content": content}, **others))


@by_each_client
def test_a_text_that_passes(live: RunningServer, ask: Call) -> None:
    assert detect(ask, "你好 & = + % 世界 😀 <b>")["action"] == "PASSED"
    assert live.list_entries()[0].items[0][2]["text"] == "你好 & = + % 世界 😀 <b>"


@by_each_client
def test_a_text_that_is_rejected(live: RunningServer, ask: Call) -> None:
    live.push_rule({"text": {"contains": "加我好友"}}, verdict="ad")
    found = detect(ask, "快来加我好友")
    assert (found["action"], found["keywords"]) == ("REJECTED", ["加我好友"])


@by_each_client
def test_a_signature_by_another_key_is_refused(ask: Call) -> None:
    other = strip_key(builders.make_key_pair("other").pkcs8)
    assert detect(ask, "你好", private_key=other)["sub_code"] == "isv.invalid-signature"


@by_each_client
def test_an_answer_by_another_key_is_not_believed(live: RunningServer, ask: Call) -> None:
    assert "raised" in detect(ask, "你好", gateway_key=strip_key(builders.make_key_pair("other").public))
    assert live.list_entries()[0].code is None


@by_each_client
@pytest.mark.parametrize("code", ["isv.app-call-limited", "isp.unknow-error", "isv.insufficient-isv-permissions"])
def test_an_error_comes_once(live: RunningServer, ask: Call, code: str) -> None:
    live.push_rule({"operation": builders.DETECT}, error=code, times=1)
    assert detect(ask, "你好")["sub_code"] == code
    assert len(live.list_entries()) == 1, "the client tried again"
    assert detect(ask, "你好")["action"] == "PASSED"


@by_the_official_client
def test_a_picture_to_be_reviewed(ask: Call) -> None:
    found = ask(builders.SYNC, builders.make_content(builders.SYNC, "emu-porn-sexy"))
    labels = found["detect_check_labels"]
    labels = json.loads(labels) if isinstance(labels, str) else labels
    assert (found["suggestion"], labels["label"]) == ("review", "porn")


@by_the_official_client
def test_a_post_and_its_result(live: RunningServer, ask: Call) -> None:
    taken = ask(builders.ANALYZE, {**builders.POST, "picture_urls": ["https://a.test/emu-porn.jpg"]})
    assert taken["need_query"] == "need"
    assert live.control("POST", "clock", {"advance": 60}, account="default").status_code == 200
    assert ask(builders.RESULT, {"event_id": taken["event_id"]})["result_action"] == "REJECTED"


@by_the_official_client
def test_signed_by_rsa_in_both_directions(ask: Call) -> None:
    assert detect(ask, "你好", sign_type="RSA")["action"] == "PASSED"
