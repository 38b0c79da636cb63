"""The keys of Alipay's gateway: taken from here, and brought here."""

import base64
import json
from collections.abc import Iterator

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders

PATH = f"alipay/apps/{builders.APP_ID}/public-key"


@pytest.fixture(autouse=True)
def _as_before(live: RunningServer) -> Iterator[None]:
    yield
    live.control("DELETE", PATH)


def test_the_public_key_in_both_forms(live: RunningServer) -> None:
    pem = live.control("GET", "alipay/public-key")
    line = live.control("GET", "alipay/public-key", format="base64")
    assert pem.text.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert line.text == "".join(pem.text.splitlines()[1:-1])
    assert len(base64.b64decode(line.text, validate=True)) == 294
    assert live.control("GET", "alipay/public-key", format="der").status_code == 400


@pytest.mark.parametrize("form", ["pem", "line", "json", "json line"])
def test_registering_a_key(live: RunningServer, form: str) -> None:
    key = builders.make_key_pair().public
    if "line" in form:
        key = "".join(key.splitlines()[1:-1])
    answer = live.control("PUT", PATH, {"public_key": key} if "json" in form else key)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "account": live.state.accounts.default.id,
            "app_id": builders.APP_ID,
            "public_key": builders.make_key_pair().public,
        },
    )
    params = builders.make_common(builders.DETECT, {"content": "你好"})
    assert builders.parse_inner(builders.send(live, builders.sign_params(params)))["code"] == "10000"
    other = builders.sign_params(params, builders.make_key_pair("other").key)
    assert builders.parse_inner(builders.send(live, other))["sub_code"] == "isv.invalid-signature"
    assert live.control("DELETE", PATH).json()["public_key"] is None
    assert builders.parse_inner(builders.send(live, other))["code"] == "10000"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ("", "$"),
        ("no key", "$"),
        (b"\xff", "$"),
        (builders.make_key_pair().pkcs8, "$"),
        ("{", "$"),
        ("{}", "$"),
        (json.dumps({"public_key": 1}), "$.public_key"),
        (json.dumps({"public_key": "x", "more": 1}), "$.more"),
        (json.dumps({"public_key": "x"}), "$.public_key"),
    ],
)
def test_what_is_no_key(live: RunningServer, body: str | bytes, path: str) -> None:
    answer = live.control("PUT", PATH, body)
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (400, path)
    assert "PRIVATE KEY" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_unknown_application(live: RunningServer, method: str) -> None:
    answer = live.control(method, "alipay/apps/nobody/public-key", builders.make_key_pair().public)
    assert (answer.status_code, answer.json()["error"]) == (404, "no application 'nobody'")
