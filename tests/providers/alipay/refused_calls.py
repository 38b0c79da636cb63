"""A call for each way to be refused at the gates of Alipay, and what the journal must say of it."""

import requests

from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import Refused
from moderation_emulator.contract.steps import Step, after, ask, change_credentials, set_limits, times
from tests.providers.alipay import builders as my
from tests.providers.alipay.gateway import builders as gateway


def call_detect(**given: str | None) -> Step:
    """Call the gateway with some common parameters of its own; None leaves one out."""

    def send(live: RunningServer) -> object:
        whole = {**gateway.make_common(gateway.DETECT, {"content": "x"}), **given, "sign": None}
        params = {name: value for name, value in whole.items() if value is not None}
        signed = gateway.sign_params(params)
        if "sign" in given:
            signed = {**params, **({"sign": given["sign"]} if given["sign"] else {})}
        return gateway.send(live, signed)

    return send


def send_json(live: RunningServer) -> object:
    params = gateway.sign_params(gateway.make_common(gateway.DETECT, {}, biz_content=None))
    return requests.post(f"{live.url}/gateway.do?{gateway.encode_form(params)}", json={"content": "x"}, timeout=10)


def register_for_rsa2(live: RunningServer) -> None:
    gateway.register(live, sign_type="RSA2")


def submit_picture(pid: str = my.PID, **query: str) -> Step:
    return lambda live: my.call(live, my.SUBMIT, {**my.make_picture(), "pid": pid}, **query)


REFUSED: list[Refused] = [
    ("content.detect", "isv.missing-method", call_detect(method=None)),
    ("alipay.any_app", "isv.missing-app-id", call_detect(app_id=None)),
    ('"2021x" is that of no account; known are 2021000000000000', "isv.invalid-app-id", call_detect(app_id="2021x")),
    ("alipay.any_app", "isv.invalid-app-id", call_detect(app_id="2021x")),
    ("no sign", "isv.missing-signature", call_detect(sign=None)),
    ("RSA2", "isv.missing-signature-type", call_detect(sign_type=None)),
    ('"HMAC_SHA1"; RSA2 and RSA', "isv.invalid-signature-type", call_detect(sign_type="HMAC_SHA1")),
    ("sign with a key", "isv.app-cert-not-exist", call_detect(app_cert_sn="3b", alipay_root_cert_sn="68")),
    ("application/json", "isv.invalid-content-type", send_json),
    (
        "RSA2 alone: alipay.sign_type",
        "isv.missing-signature-config",
        after(register_for_rsa2, call_detect(sign_type="RSA")),
    ),
    ("AES is the only one", "isv.invalid-encrypt-type", call_detect(encrypt_type="DES")),
    ("not emulated", "isv.decryption-error-unknown", call_detect(encrypt_type="AES")),
    ("no biz_content", "INVALID_PARAMETER", call_detect(biz_content=None)),
    ("registered", "isv.invalid-signature", after(gateway.register, call_detect(sign="AAAA"))),
    (
        "alipay.app_public_key",
        "isv.missing-signature-config",
        after(change_credentials("alipay", app_public_key="no key", signed_up=True), call_detect()),
    ),
    ("2026-01-05 16:00:00", "isv.missing-timestamp", call_detect(timestamp=None)),
    ("2026-01-05 16:00:00", "isv.invalid-timestamp", call_detect(timestamp="today")),
    ("1.0", "isv.missing-version", call_detect(version=None)),
    ("gbk", "isv.invalid-charset", call_detect(charset="latin-1")),
    ("JSON", "isv.invalid-format", call_detect(format="XML")),
    ("no JSON", "isv.illegal-json", call_detect(biz_content="{")),
    (
        "alipay.signed_up",
        "isv.insufficient-isv-permissions",
        after(change_credentials("alipay", signed_up=False), call_detect()),
    ),
    (
        "limits.alipay.per_second is 1",
        "isv.app-call-limited",
        after(set_limits(alipay={"per_second": 1}), times(3, call_detect())),
    ),
    ("alipay.any_pid", "serviceNoAuth", submit_picture("2088x")),
    ("known are 2088123456789012", "serviceNoAuth", submit_picture("x")),
    ("?account=", "serviceNoAuth", submit_picture(account="nobody")),
    ("alipay.signed_up", "serviceNoAuth", after(change_credentials("alipay", signed_up=False), submit_picture())),
    ("POST is served", "param error", ask("/alipay/my.ap.imgRisk")),
    ("HEAD is for files", "isv.invalid-parameter", ask("/gateway.do", "HEAD")),
    (
        "limits.alipay.per_second is 1",
        "OVER_LIMIT",
        after(set_limits(alipay={"per_second": 1}), times(3, submit_picture())),
    ),
]
