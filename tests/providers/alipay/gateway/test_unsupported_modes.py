"""The other ways to speak to the gateway: RSA beside RSA2 is served, certificates and AES are refused by name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders
from tests.providers.alipay.gateway.conftest import extract_signed_part

OK = {"content": "你好"}


def find_kind(live: RunningServer, answer: requests.Response) -> str:
    """Return the kind of signature by which an answer is signed."""
    key, part = builders.fetch_gateway_key(live), extract_signed_part(answer.content)
    (kind,) = [kind for kind in ("RSA2", "RSA") if builders.verifies(key, part, answer.json()["sign"], kind)]
    return kind


@pytest.mark.parametrize("sign_type", ["RSA2", "RSA"])
@pytest.mark.parametrize("key", [True, False], ids=["registered", "none"])
def test_the_answer_is_signed_by_the_kind_of_the_call(live: RunningServer, sign_type: str, key: bool) -> None:
    """Clients verify by the kind that they were set to; RSA is what older ones of PHP and Python are without a word."""
    if key:
        builders.register(live)
    answer = builders.call(live, builders.DETECT, OK, sign_type=sign_type)
    assert (builders.parse_inner(answer)["code"], find_kind(live, answer)) == ("10000", sign_type)
    refused = builders.call(live, builders.DETECT, {}, sign_type=sign_type)
    assert (builders.parse_refusal(refused)[0], find_kind(live, refused)) == ("INVALID_PARAMETER", sign_type)
    assert find_kind(live, builders.call(live, "alipay.trade.pay", OK, sign_type=sign_type)) == sign_type


@pytest.mark.parametrize(("named", "used"), [("RSA2", "RSA"), ("RSA", "RSA2")])
def test_the_other_kind_under_this_name(live: RunningServer, named: str, used: str) -> None:
    """Captured answers in public code: the gateway names the mistake."""
    builders.register(live)
    params = builders.sign_params(builders.make_common(builders.DETECT, OK, sign_type=named), sign_type=used)
    assert builders.parse_refusal(builders.send(live, params)) == (
        "isv.invalid-signature",
        f"验签出错，sign值与sign_type参数指定的签名类型不一致：sign_type参数值为{named}，您实际用的签名类型可能是{used}",
    )


@pytest.mark.parametrize(("registered", "used"), [("RSA2", "RSA"), ("RSA", "RSA2")])
def test_a_key_for_the_other_kind_alone(live: RunningServer, registered: str, used: str) -> None:
    """As captured from applications that uploaded one key and signed by the other: 40003, signed."""
    builders.register(live, sign_type=registered)
    answer = builders.call(live, builders.DETECT, OK, sign_type=used)
    assert builders.parse_inner(answer) == {
        "code": "40003",
        "msg": "Insufficient Conditions",
        "sub_code": "isv.missing-signature-config",
        "sub_msg": "应用未配置对应签名算法的公钥或者证书",
    }
    assert find_kind(live, answer) == used
    assert registered in live.list_entries()[0].detail
    assert builders.call_inner(live, builders.DETECT, OK, sign_type=registered)["code"] == "10000"


def test_a_key_for_one_kind_by_the_settings(start: Callable[..., RunningServer]) -> None:
    alipay = {"app_id": "2021b", "app_public_key": builders.make_key_pair().public, "sign_type": "RSA"}
    live = start({"accounts": [{"name": "b", "alipay": alipay}]})
    assert builders.call_inner(live, builders.DETECT, OK, app_id="2021b")["sub_code"] == "isv.missing-signature-config"
    assert builders.call_inner(live, builders.DETECT, OK, app_id="2021b", sign_type="RSA")["code"] == "10000"


def test_registering_for_what_is_no_kind(live: RunningServer) -> None:
    path = f"alipay/apps/{builders.APP_ID}/public-key"
    assert live.control("PUT", path, builders.make_key_pair().public, sign_type="SM2").status_code == 400
    body = live.control("PUT", path, builders.make_key_pair().public, sign_type="RSA").json()
    assert (body["sign_type"], "sign_type" in live.control("DELETE", path).json()) == ("RSA", False)


@pytest.mark.parametrize("sign_type", ["HMAC_SHA1", "SM2", "rsa2", "MD5"])
def test_other_kinds_are_refused_and_the_refusal_is_signed_by_rsa2(live: RunningServer, sign_type: str) -> None:
    answer = builders.send(live, builders.sign_params(builders.make_common(builders.DETECT, OK, sign_type=sign_type)))
    assert builders.parse_refusal(answer) == ("isv.invalid-signature-type", "无效的签名类型")
    assert find_kind(live, answer) == "RSA2"


def test_biz_content_in_aes(live: RunningServer) -> None:
    """Captured live by a test of the vendor's client for Node: an application without AES key."""
    builders.register(live)
    answer = builders.call(live, builders.ANALYZE, {}, encrypt_type="AES", biz_content="Zm9yIHRlc3Rpbmcgb25seQ==")
    inner = (
        b'{"code":"40003","msg":"Insufficient Conditions","sub_code":"isv.decryption-error-unknown","sub_msg":"'
        + "解密出错, 未知错误".encode()
        + b'"}'
    )
    assert extract_signed_part(answer.content) == inner
    assert find_kind(live, answer) == "RSA2"
    assert builders.call_inner(live, builders.DETECT, OK, encrypt_type="AES")["code"] == "40003"


@pytest.mark.parametrize("kind", ["DES", "aes", "AES/CBC", "0"])
def test_encryption_other_than_aes_is_refused(live: RunningServer, kind: str) -> None:
    """The vendor's table of codes: encrypt_type, only AES."""
    answer = builders.call(live, builders.DETECT, OK, encrypt_type=kind)
    assert builders.parse_refusal(answer) == ("isv.invalid-encrypt-type", "无效的加密类型")
    assert builders.parse_inner(answer)["code"] == "40002"


def test_an_empty_parameter_is_none(live: RunningServer) -> None:
    given = {"encrypt_type": "", "app_cert_sn": "", "alipay_root_cert_sn": "", "format": "", "charset": ""}
    assert builders.call_inner(live, builders.DETECT, OK, **given)["code"] == "10000"


@pytest.mark.parametrize(
    ("given", "code", "sub_code"),
    [
        ({"app_cert_sn": "3b", "alipay_root_cert_sn": "68"}, "40002", "isv.app-cert-not-exist"),
        ({"app_cert_sn": "3b"}, "40002", "isv.missing-alipay-root-cert-sn"),
        ({"alipay_root_cert_sn": "68"}, "40002", "isv.missing-app-cert-sn"),
    ],
)
@pytest.mark.parametrize("signer", ["app", "other"])
def test_certificates_are_refused_before_the_signature(
    live: RunningServer, given: dict[str, str], code: str, sub_code: str, signer: str
) -> None:
    """The text of the first as captured from an application whose number was not known.

    It says which key is meant, so it comes before the signature.
    """
    builders.register(live)
    answer = builders.send(
        live,
        builders.sign_params(builders.make_common(builders.DETECT, OK, **given), builders.make_key_pair(signer).key),
    )
    found = builders.parse_inner(answer)
    assert (found["code"], found["sub_code"]) == (code, sub_code)
    assert sub_code != "isv.app-cert-not-exist" or found["sub_msg"] == "应用公钥证书不存在"
    assert find_kind(live, answer) == "RSA2"


@pytest.mark.parametrize(
    "given",
    [
        {"notify_url": "https://a.test/notify", "return_url": "https://a.test/return"},
        {"app_auth_token": "202601BB1", "auth_token": "composeB1"},
        {"alipay_sdk": "alipay-sdk-php-2020-04-15", "terminal_type": "", "terminal_info": "", "prod_code": ""},
        {"target_app_id": "2021"},
    ],
)
def test_parameters_that_change_nothing_here(live: RunningServer, given: dict[str, str]) -> None:
    builders.register(live)
    assert builders.call_inner(live, builders.DETECT, OK, **given)["action"] == "PASSED"


JSON = json.dumps({"biz_content": json.dumps({"content": "emu-porn"})})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", JSON),
        ("application/json;charset=utf-8", json.dumps({"content": "emu-porn"})),
        ("application/x-www-form-urlencoded", json.dumps({"content": "emu-porn"})),  # what `curl -d` says of it
        ("", JSON),
        ("text/xml", "<content>emu-porn</content>"),
        ("text/plain", "biz_content=%7B%7D"),
    ],
)
@pytest.mark.parametrize("method", [builders.DETECT, builders.ANALYZE])
def test_a_body_that_holds_no_parameters_is_not_taken_for_an_empty_one(
    live: RunningServer, kind: str, body: str, method: str
) -> None:
    params = builders.sign_params(builders.make_common(method, {}, biz_content=None))
    headers = {"Content-Type": kind} if kind else {}
    answer = requests.post(
        f"{live.url}/gateway.do?{builders.encode_form(params)}", body.encode(), headers=headers, timeout=10
    )
    assert builders.parse_refusal(answer)[0] == "isv.invalid-content-type"
    assert "application/x-www-form-urlencoded" in live.list_entries()[0].detail
    assert find_kind(live, answer) == "RSA2"


@pytest.mark.parametrize("place", ["all", "biz_content"])
def test_a_form_in_parts(live: RunningServer, place: str) -> None:
    """As the samples of the vendor's pages send it with `curl -F`, and clients that upload a file."""
    builders.register(live)
    params = builders.sign_params(builders.make_common(builders.DETECT, {"content": "emu-porn & 你好\r\n+"}))
    query = {} if place == "all" else {name: value for name, value in params.items() if name != "biz_content"}
    parts: dict[str, Any] = {name: (None, value) for name, value in params.items() if name not in query}
    file = {"file": ("a.png", b"\r\n\r\n--x\xff", "image/png")}
    answer = requests.post(f"{live.url}/gateway.do?{builders.encode_form(query)}", files={**file, **parts}, timeout=10)
    assert builders.parse_inner(answer)["action"] == "REJECTED"
    assert live.list_entries()[0].items[0][2]["text"] == "emu-porn & 你好\r\n+"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("multipart/form-data", "isv.invalid-content-type"),
        ("multipart/form-data; boundary=", "isv.invalid-content-type"),
        ("multipart/form-data; boundary=y", "INVALID_PARAMETER"),
        ("multipart/form-data; boundary=x", None),
        ('Multipart/Form-Data; boundary="x"', None),
    ],
)
def test_a_form_in_parts_without_its_marks_holds_nothing(live: RunningServer, kind: str, code: str | None) -> None:
    params = builders.encode_form(builders.sign_params(builders.make_common(builders.ANALYZE, {}, biz_content=None)))
    body = b'--x\r\nContent-Disposition: form-data; name="biz_content"\r\n\r\n{}\r\n--x--\r\n'
    url = f"{live.url}/gateway.do?{params}"
    answer = requests.post(url, body, headers={"Content-Type": kind}, timeout=10)
    assert builders.parse_inner(answer).get("sub_code") == code


def test_bytes_that_are_not_of_the_charset(live: RunningServer) -> None:
    """As the client for Node sends them: UTF-8 whatever charset says."""
    params = builders.make_common(builders.DETECT, OK | {"content": "你好啊"}, charset="gbk")
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    whole = {**params, "sign": builders.sign_text(builders.make_key_pair().key, text.encode())}
    assert builders.parse_refusal(builders.send(live, whole))[0] == "isv.illegal-json"
    message = "the charset is gbk, and the bytes that came are UTF-8"
    assert message in live.list_entries()[0].detail
    builders.register(live)
    assert builders.parse_refusal(builders.send(live, whole))[0] == "isv.invalid-signature"
    assert message in live.list_entries()[0].detail


@pytest.mark.parametrize("content", ["[]", "null", "true", "1"])
def test_texts_are_the_vendor_s_and_reasons_stand_in_the_journal(live: RunningServer, content: str) -> None:
    assert builders.parse_refusal(builders.call(live, builders.DETECT, {}, biz_content=content))[1] == "JSON格式错误"
    assert "expected object, got" in live.list_entries()[0].detail
