"""No refusal without its explanation: what came and what would be taken, in the journal alone, and never a secret."""

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

import emulator
from tests.contract.provoke import CALLERS
from tests.live import Live
from tests.providers.alipay import forms as my
from tests.providers.alipay.gateway import forms as gateway
from tests.providers.aliyun_green.forms import SAMPLE, call, roa
from tests.providers.aliyun_imageaudit import forms as imageaudit
from tests.providers.wechat import forms as wechat
from tests.providers.wechat.cloud import forms as cloud

PACKAGE = Path(emulator.__file__).parent
VERDICTS = ("87014", "outcome.code")  # a ruling decides, and `decided_by` tells whose
SECRETS = (
    *("testSecret", "testToken", "SECURITY-b", wechat.SECRET, "wrongSecret", "0" * 32, "GARBAGE"),
    "secret-of-b",
)
Case = tuple[str, str, Callable[[Live], object]]  # what the journal must tell, the code, and the call


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Every refusal that a provider, a gateway or the pipeline makes, with where it stands."""
    for path in [*PACKAGE.glob("providers/**/*.py"), *PACKAGE.glob("gateway/*.py"), PACKAGE / "pipeline.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def test_every_refusal_is_explained_where_it_is_made() -> None:
    silent = [
        place
        for place, node in raised()
        if len(node.args) < 2 and not {"cause"} & {keyword.arg for keyword in node.keywords}
        if ast.unparse(node.args[0]).strip("'") not in (*VERDICTS, "provider.crash")
    ]
    assert not silent


# -- one call for each way to be refused at a gate


def rpc(**common: str | None) -> Callable[[Live], object]:
    return lambda live: live.rpc("ScanImage", imageaudit.IMAGE, common=common)


def acs3(**headers: str | None) -> Callable[[Live], object]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda live: imageaudit.call(live, "E", headers=given)


def moved(live: Live) -> None:
    """Let the clock of the default account stand 21 600 000 seconds behind the stamp of the next call."""
    live.control("POST", "clock", {"set": 1570868298 + 21_600_000, "freeze": True}, account="default")


def incomplete(live: Live) -> object:
    headers = {**imageaudit.acs3(live.host, "ScanImage"), "Authorization": "ACS3-HMAC-SHA256"}
    return imageaudit.http(live, "POST", "/", headers)


def twice(live: Live) -> object:
    live.rpc("ScanImage", imageaudit.IMAGE, common={"SignatureNonce": "once"})
    return live.rpc("ScanImage", imageaudit.IMAGE, common={"SignatureNonce": "once"})


def foreign_host(live: Live) -> object:
    return requests.get(f"{live.url}/?Action=ScanImage", headers={"Host": "ecs.aliyuncs.com"}, timeout=10)


def account(**changed: Any) -> Callable[[Live], None]:
    """Change the Alibaba side of the default account, until the next reset of the fixture."""

    def change(live: Live) -> None:
        default = live.world.accounts.default
        default.aliyun = replace(default.aliyun, **changed)

    return change


def after(change: Callable[[Live], object], then: Callable[[Live], object]) -> Callable[[Live], object]:
    def both(live: Live) -> object:
        change(live)
        return then(live)

    return both


def expired(live: Live) -> None:
    default = live.world.accounts.default
    live.world.accounts._keys["STS.testId"] = live.world.accounts._keys["STS.testId"]._replace(
        expires=default.clock.now() - 60
    )


def limits(**most: Mapping[str, int]) -> Callable[[Live], object]:
    """Set limits, and stop the clock, so that all calls are of one second."""

    def change(live: Live) -> None:
        live.control("PATCH", "settings", {"limits": most})
        live.control("POST", "clock", {"freeze": True})

    return change


def quirk(name: str, value: Any) -> Callable[[Live], object]:
    return lambda live: live.control("PATCH", "settings", {"quirks": {name: value}})


def times(number: int, then: Callable[[Live], object]) -> Callable[[Live], object]:
    return lambda live: [then(live) for _ in range(number)][-1]


TEMPORARY = {"AccessKeyId": "STS.testId"}
IMAGEAUDIT: list[Case] = [
    ('host "ecs.aliyuncs.com"', "InvalidProduct.NotFound", foreign_host),
    ("2019-12-30 is served", "MissingVersion", rpc(Version=None)),
    ('Version is "2020"; 2019-12-30', "InvalidVersion", rpc(Version="2020")),
    ("ScanImage, ScanText", "MissingAction", rpc(Action=None)),
    ('"ScanImages", and expected one of ScanImage', "InvalidAction.NotFound", rpc(Action="ScanImages")),
    ('Format is "YAML"; JSON and XML', "InvalidParameter.Format", rpc(Format="YAML")),
    ("no SignatureNonce", "MissingSignatureNonce", rpc(SignatureNonce=None)),
    ('"RSA"; HMAC-SHA1', "InvalidSignatureMethod", rpc(SignatureMethod="RSA")),
    ('"2.0"; 1.0', "InvalidSignatureVersion", rpc(SignatureVersion="2.0")),
    ('"nobody" is that of no account; known are testId', "InvalidAccessKeyId.NotFound", rpc(AccessKeyId="nobody")),
    ("STS.testId", "MissingSecurityToken", rpc(**TEMPORARY)),
    ("of 7 characters", "InvalidSecurityToken.Malformed", rpc(**TEMPORARY, SecurityToken="GARBAGE")),
    ("no temporary", "InvalidSecurityToken.MismatchWithAccessKey", rpc(SecurityToken="testToken")),
    ("another AccessKeyId", "InvalidSecurityToken.MismatchWithAccessKey", rpc(**TEMPORARY, SecurityToken="SECURITY-b")),
    ("2026-01-05T08:00:00Z", "InvalidTimeStamp.Format", rpc(Timestamp="yesterday")),
    ("behind real time", "InvalidTimeStamp.Expired", rpc(Timestamp="2019-10-12T08:18:18Z")),
    ("before real time", "InvalidTimeStamp.Expired", acs3(x_acs_date="2039-10-12T08:18:18Z")),
    ("and 21600000", "InvalidTimeStamp.Expired", after(moved, rpc(Timestamp="2019-10-12T08:18:18Z"))),
    ('secret of "testId"', "SignatureDoesNotMatch", rpc(Signature="x")),
    ('secret of "testId"', "SignatureDoesNotMatch", lambda live: imageaudit.call(live, "E", secret="wrongSecret")),
    ("Credential", "IncompleteSignature", incomplete),
    ("each call needs its own", "SignatureNonceUsed", twice),
    ("GET and POST", "UnsupportedHTTPMethod", lambda live: live.rpc("ScanImage", imageaudit.IMAGE, method="PUT")),
    ("aliyun.active", "InvalidAccessKeyId.Inactive", after(account(active=False), rpc())),
    ("aliyun.purchased", "InvalidApi.NotPurchase", after(account(purchased=False), rpc())),
    (
        "limits.aliyun_imageaudit.per_second is 1, and this is call",
        "Throttling",
        after(limits(aliyun_imageaudit={"per_second": 1}), times(3, rpc())),
    ),
    (
        "ran out",
        "InvalidSecurityToken.Expired",
        after(expired, rpc(**TEMPORARY, SecurityToken="testToken")),
    ),
]


def green(operation: str = "image/scan", **options: Any) -> Callable[[Live], object]:
    sample = {"tasks": [{"url": "https://a.test/x.jpg"}], "scenes": ["porn"]}
    return lambda live: call(live, operation, SAMPLE.get(operation, sample), **options)


def unsigned(**headers: str) -> Callable[[Live], object]:
    def send(live: Live) -> object:
        given = {name: text for name, text in roa("/green/image/scan", b"{}").items() if name != "Authorization"}
        return requests.post(f"{live.url}/green/image/scan", data=b"{}", headers={**given, **headers}, timeout=10)

    return send


GREEN: list[Case] = [
    ("no Authorization header", "MissingAccessKeyId", unsigned()),
    ("ACS3-HMAC-SHA256", "IncompleteSignature", unsigned(Authorization="Bearer GARBAGE")),
    ("known are testId", "InvalidAccessKeyId.NotFound", green(key="nobody")),
    ("image/asyncscan", "InvalidApi.NotFound", green("nothing/here")),
    ('"PUT"; POST', "UnsupportedHTTPMethod", green(method="PUT")),
    ("2018-05-09", "InvalidAction.NotFound", green(headers={"x-acs-version": "2099-01-01"})),
    ("HMAC-SHA1", "InvalidSignatureMethod", green(headers={"x-acs-signature-method": "HMAC-SHA256"})),
    ('secret of "testId"', "SignatureDoesNotMatch", green(secret="wrongSecret")),
    ("Mon, 05 Jan 2026 08:00:00 GMT", "InvalidTimeStamp.Format", green(headers={"Date": "yesterday"})),
    ("behind real time", "InvalidTimeStamp.Expired", green(headers={"Date": "Mon, 07 Jan 2019 08:00:00 GMT"})),
    ("bytes that came", "ContentMD5NotMatched", green(headers={"Content-MD5": "AAAA"})),
    ("aliyun.purchased", "596", after(account(purchased=False), green())),
    (
        "limits.aliyun_green.image_per_second is 1",
        "588",
        after(limits(aliyun_green={"image_per_second": 1}), times(3, green())),
    ),
    ("No task has a url", "400", lambda live: call(live, "image/scan", {"scenes": ["porn"], "tasks": [{}]})),
]


def get(path: str, method: str = "GET", **options: Any) -> Callable[[Live], object]:
    return lambda live: requests.request(method, f"{live.url}{path}", timeout=10, **options)


def elsewhere(live: Live) -> None:
    default = live.world.accounts.default
    default.wechat = replace(default.wechat, ip_allow=("203.0.113.7",))


def forgotten(live: Live) -> object:
    given = wechat.token(live).json()["access_token"]
    live.control("POST", "reset", account="default")
    return wechat.upload(live, access_token=given)


def ran_out(live: Live) -> object:
    given = wechat.token(live).json()["access_token"]
    live.control("POST", "clock", {"advance": 7300}, account="default")
    return wechat.upload(live, access_token=given)


def replaced(live: Live) -> object:
    given = wechat.stable_token(live).json()["access_token"]
    wechat.stable_token(live, force_refresh=True)
    return wechat.upload(live, access_token=given)


def part(disposition: str, data: bytes = wechat.PNG) -> Callable[[Live], object]:
    return lambda live: wechat.post(live, wechat.multipart((disposition, data)))


def in_cloud(media: bytes) -> Callable[[Live], object]:
    return lambda live: cloud.post(live, cloud.form(cloud.data(cloud.pair("media", media))))


SAY = "/wxa/msg_sec_check?access_token=ACCESS_TOKEN"
WECHAT: list[Case] = [
    ("security.imgSecCheck", "40066", get("/wxa/nothing?access_token=ACCESS_TOKEN")),
    ('"GET"; POST', "43002", get(SAY)),
    ("wechat.chunked", "412", lambda live: wechat.post(live, iter([b"x"]))),
    ("body is empty", "44002", get("/cgi-bin/stable_token", "POST")),
    ("no JSON object", "47001", get("/cgi-bin/stable_token", "POST", data=b"[1]")),
    ("HEAD is for files", "43002", get("/cgi-bin/token", "HEAD")),
    ("no appid", "41002", lambda live: wechat.token(live, appid="")),
    (
        '"wx1" is that of no account; known are wx0123456789abcdef',
        "40013",
        lambda live: wechat.token(live, appid="wx1"),
    ),
    ("client_credential", "40002", lambda live: wechat.token(live, grant_type="code")),
    ("no secret", "41004", lambda live: wechat.token(live, secret="")),
    ("another one", "40125", lambda live: wechat.token(live, secret="0" * 32)),
    ("capitals", "40125", lambda live: wechat.token(live, secret=wechat.SECRET.upper())),
    ("203.0.113.7", "40164", after(elsewhere, wechat.token)),
    ("/cgi-bin/token", "41001", get("/wxa/msg_sec_check", "POST", json={"content": "x"})),
    (
        "cloudbase_access_token came, which is not emulated",
        "41001",
        get("/wxa/msg_sec_check?cloudbase_access_token=x", "POST", json={"content": "x"}),
    ),
    (
        "Wechatmp-Signature came: signed and encrypted calls are not emulated",
        "47001",
        get(SAY, "POST", json={"iv": "", "data": "", "authtag": ""}, headers={"Wechatmp-Signature": "x"}),
    ),
    ("a Content-Type of", "41005", lambda live: wechat.post(live, b"{}", "application/json")),
    ('no part media; there are "file"', "41005", part('form-data; name="file"; filename="a"')),
    ("part media has no filename", "41005", part('form-data; name="media"')),
    ("part media is empty", "41005", part(wechat.MEDIA, b"")),
    ("an empty body", "41005", lambda live: wechat.post(live, b"")),
    ("media.value is no Buffer", "41005", in_cloud(b'{"content_type":"image/png","value":"x"}')),
    ("keys contentType and value", "47001", in_cloud(b'{"conten_type":"image/png"}')),
    ("there is no media", "41005", lambda live: cloud.post(live, cloud.form(cloud.data()))),
    ("none of this server", "40001", lambda live: wechat.upload(live, access_token="GARBAGE")),
    ("reset", "40001", forgotten),
    ("ran out", "42001", ran_out),
    ("took the place", "40001", replaced),
    ("no `authorization`", "-501001", lambda live: cloud.post(live, cloud.form(cloud.media()), "")),
    ("wx.openApi", "-501007", lambda live: cloud.post(live, cloud.form(cloud.media(), action=b"other"))),
    ("multipart", "-501007", lambda live: cloud.post(live, b"nothing")),
    ("imgSecCheck", "-604100", lambda live: cloud.post(live, cloud.form(cloud.media(), api="security.imgSecChek"))),
    ("apiType is 3", "-604100", lambda live: cloud.post(live, cloud.form(cloud.data(api_type=3)))),
    ("known are", "40013", lambda live: cloud.post(live, cloud.form(cloud.data(appid="wx1")))),
    (
        "limits.wechat.text_per_minute is 1",
        "45011",
        after(limits(wechat={"text_per_minute": 1}), times(3, get(SAY, "POST", json={"content": "x"}))),
    ),
    (
        "force_refresh_gap",
        "45011",
        after(
            limits(wechat={"force_refresh_gap": 30}),
            times(2, lambda live: wechat.stable_token(live, force_refresh=True)),
        ),
    ),
]


def detect(**given: str | None) -> Callable[[Live], object]:
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


def unregistered(live: Live) -> None:
    default = live.world.accounts.default
    default.alipay = replace(default.alipay, app_public_key="no key", signed_up=True)


def for_rsa2(live: Live) -> None:
    gateway.register(live, sign_type="RSA2")


def not_signed_up(live: Live) -> None:
    default = live.world.accounts.default
    default.alipay = replace(default.alipay, signed_up=False)


def picture(**query: str) -> Callable[[Live], object]:
    return lambda live: my.call(live, my.SUBMIT, my.picture(), **query)


ALIPAY: list[Case] = [
    ("content.detect", "isv.missing-method", detect(method=None)),
    ('"alipay.trade.pay", and expected', "isv.invalid-method", detect(method="alipay.trade.pay")),
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
    ("alipay.app_public_key", "isv.missing-signature-config", after(unregistered, detect())),
    ("2026-01-05 16:00:00", "isv.missing-timestamp", detect(timestamp=None)),
    ("2026-01-05 16:00:00", "isv.invalid-timestamp", detect(timestamp="today")),
    ("1.0", "isv.missing-version", detect(version=None)),
    ("gbk", "isv.invalid-charset", detect(charset="latin-1")),
    ("JSON", "isv.invalid-format", detect(format="XML")),
    ("no JSON", "isv.illegal-json", detect(biz_content="{")),
    ("alipay.signed_up", "isv.insufficient-isv-permissions", after(not_signed_up, detect())),
    (
        "limits.alipay.per_second is 1",
        "isv.app-call-limited",
        after(limits(alipay={"per_second": 1}), times(3, detect())),
    ),
    ("alipay.any_pid", "serviceNoAuth", lambda live: my.call(live, my.SUBMIT, {**my.picture(), "pid": "2088x"})),
    (
        "known are 2088123456789012",
        "serviceNoAuth",
        lambda live: my.call(live, my.SUBMIT, {**my.picture(), "pid": "x"}),
    ),
    ("?account=", "serviceNoAuth", picture(account="nobody")),
    ("alipay.signed_up", "serviceNoAuth", after(not_signed_up, picture())),
    ("POST is served", "param error", get("/alipay/my.ap.imgRisk")),
    ("HEAD is for files", "isv.invalid-parameter", get("/gateway.do", "HEAD")),
    ("limits.alipay.per_second is 1", "OVER_LIMIT", after(limits(alipay={"per_second": 1}), times(3, picture()))),
]
CASES = {"aliyun_imageaudit": IMAGEAUDIT, "aliyun_green": GREEN, "wechat": WECHAT, "alipay": ALIPAY}
ALL = [(provider, *case) for provider, cases in CASES.items() for case in cases]


@pytest.fixture
def doors(start: Callable[..., Live]) -> Live:
    """An emulator with a second account, whose settings each test may spoil."""
    sts = {"access_key_id": "STS.b", "access_key_secret": "secret-of-b", "security_token": "SECURITY-b"}
    other = {"name": "b", "aliyun": {"access_key_id": "keyOfB", "access_key_secret": "secret-of-b", "sts": sts}}
    return start({"accounts": [other]})


def test_every_provider_is_asked() -> None:
    assert CASES.keys() == CALLERS.keys()


def test_every_code_that_a_gate_names_is_provoked() -> None:
    named = {
        argument.value
        for place, node in raised()
        if "gate" in place
        if isinstance(argument := node.args[0], ast.Constant)
    }
    provoked = {code for cases in CASES.values() for _told, code, _send in cases}
    assert named - provoked == set()


@pytest.mark.parametrize(("provider", "told", "code", "send"), ALL, ids=[f"{p}-{c}-{t[:20]}" for p, t, c, _ in ALL])
def test_the_journal_tells_what_came_and_what_would_be_taken(
    doors: Live, provider: str, told: str, code: str, send: Callable[[Live], object]
) -> None:
    answer = send(doors)
    entry = doors.entries()[0]
    assert (entry.provider, entry.code) == (provider, code)
    shown = doors.control("GET", f"journal/{entry.id}").json()
    assert told in shown["detail"]
    stage = shown["decided_by"]["kind"]
    assert stage in ("wire", "gate", "schema", "operation")
    assert (stage == "operation") == (shown["rules"] == "asked")
    assert not [secret for secret in SECRETS if secret in shown["detail"]]
    if stage == "gate":
        sent = getattr(answer, "content", b"") or getattr(answer, "body", b"") or str(answer).encode()
        assert shown["detail"].encode() not in sent


def test_a_stage_that_was_not_reached_is_not_named(live: Live) -> None:
    imageaudit.http(live, "GET", "/?Action=%zz")
    assert live.entries()[0].decided_by == ("wire", None, None)
    live.scan_text("x", labels=("none",))
    assert live.entries()[0].decided_by == ("schema", None, None)
    after(limits(wechat={"force_refresh_gap": 30}), times(2, lambda it: wechat.stable_token(it, force_refresh=True)))(
        live
    )
    assert live.entries()[0].decided_by == ("operation", None, None)
    assert live.control("GET", "journal", unmatched="true").json()["items"][0]["id"] == str(live.entries()[0].id)


def test_a_mistake_of_ours_is_told_as_one(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.pipeline.schemas.of_request", lambda *_: None)
    live.scan_text("x")
    assert live.entries()[0].detail.startswith("A mistake of the emulator, ")
