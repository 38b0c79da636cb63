"""A call for each way to be refused at the gates of Alipay, and what the journal must tell of it."""

import requests

from tests.contract.kit import Refused
from tests.contract.steps import Step, account, after, ask, limits, times
from tests.live import Live
from tests.providers.alipay import forms as my
from tests.providers.alipay.gateway import forms as gateway


def detect(**given: str | None) -> Step:
    """A call of the gateway with some common parameters of its own; None leaves one out."""

    def send(live: Live) -> object:
        whole = {**gateway.common(gateway.DETECT, {"content": "x"}), **given, "sign": None}
        params = {name: value for name, value in whole.items() if value is not None}
        signed = gateway.signed(params)
        if "sign" in given:
            signed = {**params, **({"sign": given["sign"]} if given["sign"] else {})}
        return gateway.send(live, signed)

    return send


def with_json(live: Live) -> object:
    params = gateway.signed(gateway.common(gateway.DETECT, {}, biz_content=None))
    return requests.post(f"{live.url}/gateway.do?{gateway.written(params)}", json={"content": "x"}, timeout=10)


def for_rsa2(live: Live) -> None:
    gateway.register(live, sign_type="RSA2")


def picture(pid: str = my.PID, **query: str) -> Step:
    return lambda live: my.call(live, my.SUBMIT, {**my.picture(), "pid": pid}, **query)


REFUSED: list[Refused] = [
    ("content.detect", "isv.missing-method", detect(method=None)),
    ("alipay.any_app", "isv.missing-app-id", detect(app_id=None)),
    ('"2021x" is that of no account; known are 2021000000000000', "isv.invalid-app-id", detect(app_id="2021x")),
    ("alipay.any_app", "isv.invalid-app-id", detect(app_id="2021x")),
    ("no sign", "isv.missing-signature", detect(sign=None)),
    ("RSA2", "isv.missing-signature-type", detect(sign_type=None)),
    ('"HMAC_SHA1"; RSA2 and RSA', "isv.invalid-signature-type", detect(sign_type="HMAC_SHA1")),
    ("sign with a key", "isv.app-cert-not-exist", detect(app_cert_sn="3b", alipay_root_cert_sn="68")),
    ("application/json", "isv.invalid-content-type", with_json),
    ("RSA2 alone: alipay.sign_type", "isv.missing-signature-config", after(for_rsa2, detect(sign_type="RSA"))),
    ("AES is the only one", "isv.invalid-encrypt-type", detect(encrypt_type="DES")),
    ("not emulated", "isv.decryption-error-unknown", detect(encrypt_type="AES")),
    ("no biz_content", "INVALID_PARAMETER", detect(biz_content=None)),
    ("registered", "isv.invalid-signature", after(gateway.register, detect(sign="AAAA"))),
    (
        "alipay.app_public_key",
        "isv.missing-signature-config",
        after(account("alipay", app_public_key="no key", signed_up=True), detect()),
    ),
    ("2026-01-05 16:00:00", "isv.missing-timestamp", detect(timestamp=None)),
    ("2026-01-05 16:00:00", "isv.invalid-timestamp", detect(timestamp="today")),
    ("1.0", "isv.missing-version", detect(version=None)),
    ("gbk", "isv.invalid-charset", detect(charset="latin-1")),
    ("JSON", "isv.invalid-format", detect(format="XML")),
    ("no JSON", "isv.illegal-json", detect(biz_content="{")),
    ("alipay.signed_up", "isv.insufficient-isv-permissions", after(account("alipay", signed_up=False), detect())),
    (
        "limits.alipay.per_second is 1",
        "isv.app-call-limited",
        after(limits(alipay={"per_second": 1}), times(3, detect())),
    ),
    ("alipay.any_pid", "serviceNoAuth", picture("2088x")),
    ("known are 2088123456789012", "serviceNoAuth", picture("x")),
    ("?account=", "serviceNoAuth", picture(account="nobody")),
    ("alipay.signed_up", "serviceNoAuth", after(account("alipay", signed_up=False), picture())),
    ("POST is served", "param error", ask("/alipay/my.ap.imgRisk")),
    ("HEAD is for files", "isv.invalid-parameter", ask("/gateway.do", "HEAD")),
    ("limits.alipay.per_second is 1", "OVER_LIMIT", after(limits(alipay={"per_second": 1}), times(3, picture()))),
]
