"""Green called from Java: by the typed requests of the classic SDK, and by the generic call of the current one."""

from functools import partial

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.java.jvm import Call
from tests.providers.aliyun.green.builders import SAMPLE
from tests.receiver import Receiver

CORE, TEA = "com.aliyun:aliyun-java-sdk-green", "com.aliyun:tea-openapi"
UID = "1234567890"

by_each_client = pytest.mark.parametrize(
    "client", [pytest.param(client, marks=pytest.mark.client(client)) for client in (CORE, TEA)]
)


@pytest.fixture
def ask(live: RunningServer, call: Call, client: str) -> Call:
    """Return a function that calls with a client: `ask("text/scan", body={...})`."""
    return partial(call, client, url=live.url, key="testId", secret="testSecret")


def read_code(answer: dict[str, object]) -> object:
    """Return the code of a refusal: the current SDK raises it, the classic one returns the gateway's answer."""
    return answer.get("Code") or answer["code"]


@by_each_client
@pytest.mark.parametrize("operation", SAMPLE)
def test_every_operation_is_answered(ask: Call, operation: str) -> None:
    assert ask(operation, body=SAMPLE[operation])["code"] == 200


@by_each_client
def test_a_text_that_is_blocked(live: RunningServer, ask: Call) -> None:
    live.push_rule({"text": {"contains": "加我好友"}}, verdict="ad")
    tasks = [{"content": "快来加我好友 & 100%"}, {"content": "你好"}]
    hit, clean = ask("text/scan", body={"scenes": ["antispam"], "tasks": tasks})["data"]
    assert (hit["content"], hit["results"][0]["suggestion"]) == ("快来加我好友 & 100%", "block")
    assert clean["results"][0]["suggestion"] == "pass"


@by_each_client
def test_wrong_keys(ask: Call) -> None:
    refused = [ask("image/scan", body=SAMPLE["image/scan"], **wrong) for wrong in ({"secret": "wrong"}, {"key": "no"})]
    assert [read_code(each) for each in refused] == ["SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound"]


@by_each_client
@pytest.mark.parametrize("code", ["Throttling.User", 588, 596])
def test_an_error_comes_once(live: RunningServer, ask: Call, code: str | int) -> None:
    live.push_rule({"operation": "image/scan"}, error=code, times=1)
    refused = ask("image/scan", body=SAMPLE["image/scan"])
    found = refused["data"][0]["code"] if "data" in refused else read_code(refused)
    assert found == code
    assert len(live.list_entries()) == 1, "the client tried again"
    assert ask("image/scan", body=SAMPLE["image/scan"])["data"][0]["code"] == 200


@by_each_client
def test_a_callback_is_verified(live: RunningServer, receiver: Receiver, call: Call, ask: Call) -> None:
    body = {
        "scenes": ["porn"],
        "tasks": [{"url": "https://cdn.example.test/图?a=1&b=%20+/emu-porn.jpg", "dataId": "标识"}],
        "callback": receiver.url("200"),
        "seed": "seed_1",
    }
    task = ask("image/asyncscan", body=body)["data"][0]["taskId"]
    live.run(receiver.until(lambda: bool(receiver.got)))
    came = {"body": receiver.got[0].body.decode(), "uid": UID}
    read = call("Green's callback", "", **came, seed="seed_1")
    assert read["genuine"]
    assert read["content"] == ask("image/results", body=[task])["data"][0]
    assert read["content"]["results"][0]["suggestion"] == "block"
    assert not call("Green's callback", "", **came, seed="seed_2")["genuine"]
