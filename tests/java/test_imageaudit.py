"""imageaudit called from Java: by both generations of the typed SDK, and by OkHttp with a signature made by hand."""

from functools import partial

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.java.jvm import Call

CORE, TEA, BY_HAND = (
    "com.aliyun:aliyun-java-sdk-imageaudit",
    "com.aliyun:imageaudit20191230",
    "com.squareup.okhttp3:okhttp",
)
# What each makes of a secret that is wrong: the core finds out that the text was the same, and says so.
WRONG_SECRET = {
    CORE: "SDK.InvalidAccessKeySecret",
    TEA: "SignatureDoesNotMatch",
    BY_HAND: "SignatureDoesNotMatch",
}
URL = "https://cdn.example.test/beach.jpg"

pytestmark = pytest.mark.parametrize(
    "client", [pytest.param(client, marks=pytest.mark.client(client)) for client in WRONG_SECRET]
)


@pytest.fixture
def scan(live: RunningServer, call: Call, client: str) -> Call:
    """Return a function that calls with a client: `scan("ScanText", content="...")`."""
    return partial(call, client, url=live.url, key="testId", secret="testSecret")


def test_clean_ones(live: RunningServer, scan: Call) -> None:
    assert scan("ScanText", content="你好 & = + % ~*'()!") == ["normal", "pass"]
    assert live.list_entries()[0].items[0][2]["text"] == "你好 & = + % ~*'()!"
    assert scan("ScanImage", picture=URL) == ["normal", "pass"]


def test_blocked_ones(live: RunningServer, scan: Call) -> None:
    live.push_rule({"text": {"contains": "加我好友"}}, verdict="ad")
    assert scan("ScanText", content="快来加我好友") == ["ad", "block"]
    assert scan("ScanImage", picture="https://cdn.example.test/emu-porn.jpg") == ["porn", "block"]


def test_wrong_keys(scan: Call, client: str) -> None:
    assert scan("ScanText", content="a", secret="wrong")["code"] == WRONG_SECRET[client]
    assert scan("ScanText", content="a", key="nobody")["code"] == "InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("code", ["Throttling", "InvalidImage.NotFound"])
def test_an_error_is_raised_once(live: RunningServer, scan: Call, code: str) -> None:
    live.push_rule({"operation": "ScanImage"}, error=code, times=1)
    assert scan("ScanImage", picture=URL)["code"] == code
    assert len(live.list_entries()) == 1, "the client tried again"
    assert scan("ScanImage", picture=URL) == ["normal", "pass"]
