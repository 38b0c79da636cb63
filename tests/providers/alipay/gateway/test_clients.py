"""Three clients of the OpenAPI gateway, unmodified: alipay-sdk-python, python-alipay-sdk, and alipay-sdk for Node.

Each signs its calls and checks the signature of each answer with the key that the emulator publishes.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests import alipay_clients
from tests.providers.alipay.gateway import builders

SCRIPTS = Path(__file__).parent / "clients"
NODE_FOLDER = Path(__file__).parents[3] / "node"
NODE = shutil.which("node")

Call = Callable[..., dict[str, Any]]


def run(command: list[str], asked: dict[str, Any], folder: Path, pythonpath: Path | None = None) -> dict[str, Any]:
    environment = {"PATH": os.environ["PATH"], **({"PYTHONPATH": str(pythonpath)} if pythonpath else {})}
    done = subprocess.run(
        command,
        input=json.dumps(asked),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def call(live: RunningServer, client: str, method: str, content: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Return what a client makes of a call; `others` replace what it is given besides."""
    asked = {
        "url": f"{live.url}/gateway.do",
        "host": "127.0.0.1",
        "port": live.port,
        "app_id": builders.APP_ID,
        "private_key": builders.make_key_pair().pkcs1,
        "public_key": builders.fetch_gateway_key(live),
        "charset": "utf-8",
        "sign_type": "RSA2",
        "method": method,
        "content": content,
        **others,
    }
    if client == "alipay-sdk":
        if NODE is None or not (NODE_FOLDER / "node_modules" / client).is_dir():
            pytest.skip(f"{client} is not installed: node, and npm install in tests/node")
        return run([NODE, "alipay_gateway.cjs"], asked, NODE_FOLDER)
    folder = alipay_clients.FOLDER / client
    if not folder.is_dir():
        pytest.skip(f"{client} is not installed: `make test` unpacks it")
    script = {"alipay-sdk-python": "official.py", "python-alipay-sdk": "community.py"}[client]
    return run([sys.executable, script], asked, SCRIPTS, folder)


CLIENTS = pytest.mark.parametrize(
    "client",
    [
        pytest.param(name, marks=pytest.mark.client(name))
        for name in ("alipay-sdk-python", "python-alipay-sdk", "alipay-sdk")
    ],
)


@pytest.fixture
def live(live: RunningServer) -> RunningServer:
    """Return a server with the application's public key, so that its signatures are checked."""
    builders.register(live)
    return live


@CLIENTS
def test_a_text_that_passes(live: RunningServer, client: str) -> None:
    found = call(live, client, builders.DETECT, {"content": "你好 & = + % 世界 😀 <b>"})
    assert (found["code"], found["msg"], found["action"]) == ("10000", "Success", "PASSED")
    assert live.list_entries()[0].items[0][2]["text"] == "你好 & = + % 世界 😀 <b>"


@CLIENTS
def test_a_text_that_is_rejected(live: RunningServer, client: str) -> None:
    live.push_rule({"text": {"contains": "加我好友"}}, verdict="ad")
    found = call(live, client, builders.DETECT, {"content": "快来加我好友"})
    assert (found["action"], found["keywords"]) == ("REJECTED", ["加我好友"])


@CLIENTS
def test_a_picture_to_be_reviewed(live: RunningServer, client: str) -> None:
    found = call(live, client, builders.SYNC, builders.make_content(builders.SYNC, "emu-porn-sexy"))
    labels = found.get("detect_check_labels") or found["detectCheckLabels"]
    assert (found["suggestion"], labels["label"], labels["rate"]) == ("review", "porn", "62.11")


@CLIENTS
def test_a_post_and_its_result(live: RunningServer, client: str) -> None:
    taken = call(live, client, builders.ANALYZE, {**builders.POST, "picture_urls": ["https://a.test/emu-porn.jpg"]})
    assert (taken.get("need_query") or taken["needQuery"]) == "need"
    assert live.control("POST", "clock", {"advance": 60}, account="default").status_code == 200
    found = call(live, client, builders.RESULT, {"event_id": taken.get("event_id") or taken["eventId"]})
    assert (found.get("result_action") or found["resultAction"]) == "REJECTED"


@CLIENTS
def test_a_signature_by_another_key_is_refused(live: RunningServer, client: str) -> None:
    found = call(live, client, builders.DETECT, {"content": "你好"}, private_key=builders.make_key_pair("other").pkcs1)
    code = found.get("sub_code") or found.get("subCode")
    assert code == "isv.invalid-signature"
    assert "&amp;biz_content={" in str(found.get("sub_msg") or found.get("subMsg"))


@CLIENTS
def test_signed_by_rsa_in_both_directions(live: RunningServer, client: str) -> None:
    """Each verifies by the kind that it signs with, refusals as well."""
    found = call(live, client, builders.DETECT, {"content": "你好"}, sign_type="RSA")
    assert (found["code"], found["action"]) == ("10000", "PASSED")
    assert (
        live.list_entries()[0].target.count("sign_type=RSA&") + live.list_entries()[0].body.count(b"sign_type=RSA&")
        == 1
    )
    builders.register(live, sign_type="RSA2")
    refused = call(live, client, builders.DETECT, {"content": "你好"}, sign_type="RSA")
    assert (refused.get("sub_code") or refused.get("subCode")) == "isv.missing-signature-config"
    assert (refused.get("sub_msg") or refused.get("subMsg")) == "应用未配置对应签名算法的公钥或者证书"


@pytest.mark.client("alipay-sdk")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"needEncrypt": True}, "isv.decryption-error-unknown"),
        ({"appCertSn": "3bf49d", "alipayRootCertSn": "687b59_02941e"}, "isv.app-cert-not-exist"),
        ({"encryptType": "DES"}, "isv.invalid-encrypt-type"),
    ],
)
def test_what_is_not_served_is_refused_in_a_form_that_is_verified(
    live: RunningServer, given: dict[str, Any], code: str
) -> None:
    """So that whoever uses the client reads the reason, and not that a signature is wrong."""
    found = call(
        live, "alipay-sdk", builders.ANALYZE, {"text": "你好"}, given=given, encrypt_key="AAAAAAAAAAAAAAAAAAAAAA=="
    )
    assert found["subCode"] == code


@CLIENTS
def test_tags_in_an_answer_are_verified_and_read(live: RunningServer, client: str) -> None:
    """They are escaped in the bytes that are signed, and are what they were once the JSON is read."""
    content = {**builders.make_content(builders.SYNC, "x"), "request_id": "<b>编号</b>"}
    found = call(live, client, builders.SYNC, content)
    assert (found.get("request_id") or found["requestId"]) == "<b>编号</b>"
    refused = call(live, client, builders.DETECT, {"content": "<b>"}, private_key=builders.make_key_pair("other").pkcs1)
    assert "<b>" in str(refused.get("sub_msg") or refused.get("subMsg"))
    assert not [entry for entry in live.list_entries() if b"<" in entry.response_body]


@CLIENTS
def test_an_answer_by_another_key_is_not_believed(live: RunningServer, client: str) -> None:
    found = call(live, client, builders.DETECT, {"content": "你好"}, public_key=builders.make_key_pair("other").public)
    assert "raised" in found
    assert live.list_entries()[0].code is None


@pytest.mark.parametrize("key", ["pkcs1", "pkcs8"])
def test_either_form_of_private_key_in_node(live: RunningServer, key: str) -> None:
    private_key = getattr(builders.make_key_pair(), key)
    assert call(live, "alipay-sdk", builders.DETECT, {"content": "你好"}, private_key=private_key)["action"] == "PASSED"


def test_node_gets_the_trace_id(live: RunningServer) -> None:
    found = call(live, "alipay-sdk", builders.DETECT, {"content": "你好"})
    assert found["traceId"] == live.list_entries()[0].request_id


def test_an_unknown_application(live: RunningServer) -> None:
    """Its answer has no signature: two clients stumble over that, as they do in production."""
    others = {"app_id": "2021999999999999"}
    found = [
        call(live, client, builders.DETECT, {"content": "你好"}, **others)
        for client in ("alipay-sdk-python", "python-alipay-sdk")
    ]
    assert "response shape maybe illegal" in found[0]["raised"]
    assert "isv.invalid-app-id" in found[1]["raised"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "gbk", "GBK", "gb2312"])
def test_charsets_of_the_official_client(live: RunningServer, charset: str) -> None:
    live.push_rule({"text": {"contains": "加我好友"}}, verdict="ad")
    found = call(live, "alipay-sdk-python", builders.DETECT, {"content": "快来加我好友 & 100%"}, charset=charset)
    assert (found["action"], found["keywords"]) == ("REJECTED", ["加我好友"])
    refused = call(
        live,
        "alipay-sdk-python",
        builders.DETECT,
        {"content": "快来"},
        charset=charset,
        private_key=builders.make_key_pair("other").pkcs1,
    )
    assert refused["sub_msg"].startswith("验签出错")
    assert "快来" in refused["sub_msg"]


def test_the_official_client_at_port_80(start: Callable[..., RunningServer]) -> None:
    """Nothing replaced: the emulator listens where the client dials."""
    host = f"127.0.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 2}"
    try:
        live = start({"server": {"host": host, "port": 80}})
    except OSError as error:
        pytest.skip(f"port 80 of {host} cannot be had: {error.strerror}")
    builders.register(live)
    found = call(live, "alipay-sdk-python", builders.DETECT, {"content": "你好"}, host=host, port=80)
    assert found["action"] == "PASSED"
    assert live.list_entries()[0].target.startswith(f"http://{host}/gateway.do?")
