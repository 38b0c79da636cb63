"""What each client is asked, whatever its language, and what its application must learn: a verdict, or a code.

A case has a name that is the same for all services: a clean text, one that is blocked, a picture, another secret than
the account's, throttling, a documented error, and a result that is pushed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

ANOTHER_SECRET = "another"  # of a call whose secret is not the account's
BLOCKED = "a text that is blocked"


class Case(NamedTuple):
    """A call, and what an application learns from its client.

    name: What is seen.
    asked: The call, without credentials.
    learnt: The verdict or the code.
    """

    name: str
    asked: Mapping[str, str]
    learnt: Mapping[str, Any]


def list_cases(
    *, clean: Any, blocked: Any, picture: Any, secret: Any, throttled: Any, failed: Any, pushed: Any = None
) -> tuple[Case, ...]:
    """Return the cases of a service, each given as what is done, with what content, and what is learnt."""
    given = {
        "a clean text": clean,
        BLOCKED: blocked,
        "a picture": picture,
        "another secret": secret,
        "throttling": throttled,
        "a documented error": failed,
        "a result that is pushed": pushed,
    }
    return tuple(
        Case(
            name, {"do": case[0], "content": case[1], **({"secret": ANOTHER_SECRET} if case is secret else {})}, case[2]
        )
        for name, case in given.items()
        if case is not None
    )


PASS, BLOCK = {"suggestion": "pass", "label": "normal"}, {"suggestion": "block", "label": "ad"}
SEXY = {"suggestion": "review", "label": "sexy"}
PICTURE = "https://cdn.example.test/emu-{}.jpg"

IMAGEAUDIT = list_cases(
    clean=("text", "good morning", PASS),
    blocked=("text", "emu-block", BLOCK),
    picture=("picture", PICTURE.format("porn-sexy"), SEXY),
    secret=("text", "good morning", {"code": "SignatureDoesNotMatch"}),
    throttled=("text", "emu-error-Throttling", {"code": "Throttling"}),
    failed=("picture", PICTURE.format("error-InvalidImage.NotFound"), {"code": "InvalidImage.NotFound"}),
)
GREEN = list_cases(
    clean=("text", "good morning", PASS),
    blocked=("text", "emu-block", {"suggestion": "block", "label": "spam"}),
    picture=("picture", PICTURE.format("porn-sexy"), SEXY),
    secret=("text", "good morning", {"code": "SignatureDoesNotMatch"}),
    throttled=("text", "emu-error-Throttling.User", {"code": "Throttling.User"}),
    failed=("picture", PICTURE.format("error-592"), {"code": 592}),
    pushed=("callback", PICTURE.format("porn"), {"suggestion": "block", "label": "porn", "verified": True}),
)
WECHAT = list_cases(
    clean=("text", "good morning", {"suggestion": "pass", "label": 100}),
    blocked=("text", "emu-ad", {"suggestion": "risky", "label": 10001}),
    picture=("picture", "blocked.png", {"code": 87014}),
    secret=("text", "good morning", {"code": 40125}),
    throttled=("text", "emu-error-45009", {"code": 45009}),
    failed=("text", "emu-error-61010", {"code": 61010}),
    pushed=("callback", PICTURE.format("porn"), {"suggestion": "risky", "label": 20002, "verified": True}),
)
ALIPAY = list_cases(
    clean=("text", "good morning", {"action": "PASSED"}),
    blocked=("text", "emu-block", {"action": "REJECTED"}),
    picture=None,
    secret=("text", "good morning", {"code": "isv.invalid-signature"}),
    throttled=("text", "emu-error-isv.app-call-limited", {"code": "isv.app-call-limited"}),
    failed=("text", "", {"code": "INVALID_PARAMETER"}),
)


CASES = {"imageaudit": IMAGEAUDIT, "green": GREEN, "wechat": WECHAT, "alipay": ALIPAY}


class Client(NamedTuple):
    """A real client, as the driver of its language knows it.

    language: Which driver has it.
    name: What it is called, there and in the tables.
    service: What it calls.
    """

    language: str
    name: str
    service: str

    def __str__(self) -> str:
        return f"{self.language} {self.name} {self.service}"


CLIENTS = (
    Client("go", "aliyun/alibaba-cloud-sdk-go/services/imageaudit", "imageaudit"),
    Client("go", "aliyun/alibaba-cloud-sdk-go/services/green", "green"),
    Client("go", "alibabacloud-go/darabonba-openapi", "imageaudit"),
    Client("go", "alibabacloud-go/darabonba-openapi", "green"),
    Client("go", "silenceper/wechat", "wechat"),
    Client("go", "smartwalle/alipay", "alipay"),
    Client("go", "go-pay/gopay", "alipay"),
    Client("node", "@alicloud/pop-core", "imageaudit"),
    Client("node", "@alicloud/pop-core", "green"),
    Client("node", "@alicloud/openapi-client", "imageaudit"),
    Client("node", "co-wechat-api", "wechat"),
    Client("node", "alipay-sdk", "alipay"),
)
