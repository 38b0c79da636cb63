"""Every refusal of the gate by its natural cause, and what real clients send that is no reason to refuse."""

import hashlib
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any
from urllib.parse import quote

import pytest
from defusedxml import ElementTree

from emulator.providers.aliyun.gateway.errors import GATEWAY
from emulator.providers.aliyun.green.errors import ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.green.builders import SAMPLE, call, encode_body, sign_acs3, sign_roa
from tests.providers.aliyun.imageaudit.builders import send_request
from tests.providers.aliyun.rpc_calls import format_timestamp

OPERATIONS = tuple(SAMPLE)
BODY = encode_body(SAMPLE["image/scan"])
TARGET = "/green/image/scan"


def format_date(seconds: float = 0.0) -> str:
    return formatdate(time.time() + seconds, usegmt=True)


ROA: list[tuple[dict[str, str | None], int, str, str]] = [
    ({"Authorization": ""}, 400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
    (
        {"Authorization": "acs testId"},
        400,
        "IncompleteSignature",
        "The request signature does not conform to Aliyun standards.",
    ),
    ({"Authorization": "acs nobody:x"}, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    (
        {"x-acs-version": "2019-12-30"},
        400,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
    ),
    (
        {"x-acs-version": None},
        400,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
    ),
    (
        {"x-acs-signature-method": "HMAC-SM3"},
        400,
        "InvalidSignatureMethod",
        "Specified signature method is not valid.",
    ),
    (
        {"x-acs-security-token": "testToken"},
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    (
        {"Date": None},
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
    ),
    (
        {"Date": "Sat, 12 Oct 2019 08:18:18 GMT"},
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    ),
    (
        {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
        400,
        "ContentMD5NotMatched",
        "Specified Content-MD5 is not matched with the content.",
    ),
]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("headers", "status", "code", "message"), ROA, ids=lambda value: str(value)[:50])
def test_each_wrong_roa_header_is_refused(
    live: RunningServer, operation: str, headers: dict[str, str | None], status: int, code: str, message: str
) -> None:
    answer = call(live, operation, headers=headers)
    body = answer.json()
    assert (answer.status_code, body["Code"], body["Message"]) == (status, code, message)
    assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert body["HostId"] == "127.0.0.1"
    assert answer.headers["Content-Type"].startswith("application/json")
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome, entry.request_id) == (code, "refused", body["RequestId"])
    assert entry.account == ("acc-1" if "testId:" in str(headers.get("Authorization", "testId:")) else None)


ACS3: list[tuple[dict[str, str | None], str]] = [
    ({"x-acs-version": "2019-12-30"}, "InvalidAction.NotFound"),
    ({"x-acs-version": None}, "InvalidAction.NotFound"),
    ({"x-acs-date": None}, "InvalidTimeStamp.Format"),
    ({"x-acs-date": "Mon, 05 Jan 2026 08:00:00 GMT"}, "InvalidTimeStamp.Format"),
    ({"x-acs-date": "2019-10-12T08:18:18Z"}, "InvalidTimeStamp.Expired"),
    ({"x-acs-security-token": "testToken"}, "InvalidSecurityToken.MismatchWithAccessKey"),
    ({"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, "ContentMD5NotMatched"),
]


@pytest.mark.parametrize(("headers", "code"), ACS3, ids=str)
def test_each_wrong_acs3_header_is_refused(live: RunningServer, headers: dict[str, str | None], code: str) -> None:
    answer = call(live, "image/scan", scheme="acs3", headers=headers)
    assert (answer.status_code, answer.json()["Code"]) == (ROWS[code].status, code)


@pytest.mark.parametrize(
    ("header", "given", "told"),
    [
        ("x-acs-signature-method", "HMAC-SHA256", 'x-acs-signature-method is "HMAC-SHA256"; HMAC-SHA1 is taken.'),
        ("x-acs-signature-version", "2.0", 'x-acs-signature-version is "2.0"; 1.0 is taken.'),
    ],
)
def test_the_journal_tells_which_way_to_sign_came(live: RunningServer, header: str, given: str, told: str) -> None:
    call(live, "text/scan", encode_body("hello"), headers={header: given})
    assert live.list_entries()[0].detail == told


@pytest.mark.parametrize("scheme", ["roa", "acs3"])
def test_keys_must_be_known_and_have_their_token(live: RunningServer, scheme: str) -> None:
    def get_code(**options: Any) -> Any:
        return call(live, "image/scan", scheme=scheme, **options).json().get("Code")

    assert get_code(key="nobody") == "InvalidAccessKeyId.NotFound"
    assert get_code(key="STS.testId") == "MissingSecurityToken"
    assert get_code(key="STS.testId", headers={"x-acs-security-token": "nonsense"}) == "InvalidSecurityToken.Malformed"
    token = {"x-acs-security-token": "testToken", "x-acs-accesskey-id": "STS.testId"}
    assert get_code(key="STS.testId", headers=token) is None


@pytest.mark.parametrize(
    "authorization", ["acs", "acs :x", "acs testId:", "Basic dDp0", "ACS3-HMAC-SHA256 Credential=x"]
)
def test_an_incomplete_signature_is_refused(live: RunningServer, authorization: str) -> None:
    answer = send_request(live, "POST", TARGET, {**sign_roa(TARGET, BODY), "Authorization": authorization}, BODY)
    assert (answer.status, answer.code) == (400, "IncompleteSignature")


def test_a_wrong_secret_is_refused_with_the_string_to_sign(live: RunningServer) -> None:
    """The SDKs take this message apart at its first colon."""
    answer = call(live, "image/scan", secret="wrong", query="?RegionId=x")
    message = answer.json()["Message"]
    head, _, to_sign = message.partition(":")
    assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureDoesNotMatch")
    assert head == "Specified signature is not matched with our calculation. server string to sign is"
    assert to_sign.startswith("POST\napplication/json\n")
    assert to_sign.endswith("x-acs-version:2018-05-09\n/green/image/scan?RegionId=x")
    body = call(live, "image/scan", secret="wrong", scheme="acs3").json()["Message"]
    stated, _, canonical = body.removesuffix("]").partition("] server CanonicalRequest is [")
    assert stated.endswith(f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}")


def test_a_tampered_body(live: RunningServer) -> None:
    """Signed over its MD5, which the new body has not; by ACS3 the body is signed itself."""
    other = BODY.replace(b"x.jpg", b"y.jpg")
    answer = send_request(live, "POST", TARGET, sign_roa(TARGET, BODY), other)
    assert (answer.status, answer.code) == (400, "ContentMD5NotMatched")
    answer = send_request(live, "POST", TARGET, sign_acs3(live.host, TARGET, BODY), other)
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")
    assert [entry.items for entry in live.list_entries()] == [(), ()]


def test_a_used_nonce_is_refused(live: RunningServer) -> None:
    for scheme in ("roa", "acs3"):
        headers = {"x-acs-signature-nonce": f"once-{scheme}"}
        assert call(live, "image/scan", scheme=scheme, headers=headers).status_code == 200
        answer = call(live, "image/results", scheme=scheme, headers=headers)
        assert (answer.status_code, answer.json()["Code"]) == (400, "SignatureNonceUsed")


def test_a_call_without_nonce_may_come_again(live: RunningServer) -> None:
    headers = sign_roa(TARGET, BODY)
    assert "x-acs-signature-nonce" not in headers
    for _ in range(3):
        assert send_request(live, "POST", TARGET, headers, BODY).status == 200


@pytest.mark.parametrize(
    "path", ["image/scans", "image", "image/scan/", "image//scan", "", "image/%73can", "IMAGE/SCAN"]
)
def test_an_unknown_path_is_not_found(live: RunningServer, path: str) -> None:
    target = f"/green/{path}"
    answer = send_request(live, "POST", target, sign_roa(target, BODY), BODY)
    assert (answer.status, answer.code) == (404, "InvalidApi.NotFound")
    assert answer.json()["Message"] == "Specified api is not found, please check your url and method."


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_than_post_are_refused(live: RunningServer, method: str) -> None:
    answer = call(live, "image/scan", method=method)
    assert (answer.status_code, answer.json()["Code"]) == (403, "UnsupportedHTTPMethod")


@pytest.mark.parametrize("version", ["2018-05-09", "2017-08-25", "2017-01-12"])
def test_older_versions_are_refused_only_by_the_quirk(
    live: RunningServer, start: Callable[..., RunningServer], version: str
) -> None:
    headers = {"x-acs-version": version}
    assert call(live, "image/scan", headers=headers).status_code == 200
    strict = call(start({"quirks": {"green.strict_version": True}}), "image/scan", headers=headers)
    current = version == "2018-05-09"
    assert (strict.status_code, strict.json().get("Code")) == (
        (200, None) if current else (400, "InvalidAction.NotFound")
    )


@pytest.mark.parametrize(
    ("flaw", "status", "told"),
    [
        ("active", 400, ("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")),
        ("purchased", 200, (596, "PERMISSION_DENY")),
    ],
)
@pytest.mark.parametrize("scheme", ["roa", "acs3"])
def test_accounts_with_a_flaw(
    start: Callable[..., RunningServer], flaw: str, status: int, told: tuple[Any, str], scheme: str
) -> None:
    aliyun = {"access_key_id": "k", "access_key_secret": "s", flaw: False}
    live = start({"accounts": [{"name": "flawed", "aliyun": aliyun}]})
    answer = call(live, "image/scan", key="k", secret="s", scheme=scheme)
    body = answer.json()
    assert answer.status_code == status
    assert (body.get("Code", body.get("code")), body.get("Message", body.get("msg"))) == told
    assert call(live, "image/scan", scheme=scheme).status_code == 200


# -- what real clients send


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-MD5": None},
        {"Content-Type": None},
        {"Content-Type": "application/json;chrset=utf-8"},
        {"Content-Type": "application/json; charset=utf-8", "Content-MD5": None},
        {"Content-Type": "text/plain"},
        {"Accept": None},
        {"Accept": "application/octet-stream"},
        {"x-acs-signature-method": None},
        {"x-acs-signature-version": None},
        {"X-ACS-Extra": "capitals", "x-acs-region-id": "cn-shanghai", "x-sdk-client": "python/2.0"},
        {"Date": "Mon, 05 Jan 2026 08:00:00 GMT", "x-acs-fresh": "no"},
    ],
    ids=str,
)
def test_odd_headers_of_real_clients(live: RunningServer, headers: dict[str, str | None]) -> None:
    expired = headers.get("x-acs-fresh") == "no"
    answer = send_request(live, "POST", TARGET, sign_roa(TARGET, BODY, headers=headers), BODY)
    assert (answer.status, answer.code) == ((400, "InvalidTimeStamp.Expired") if expired else (200, None))
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "http://127.0.0.1:8080", "https://green.cn-shanghai.aliyuncs.com", "[::1]:80"]
)
def test_any_host_is_served_and_told_in_refusals(live: RunningServer, host: str) -> None:
    assert send_request(live, "POST", TARGET, {**sign_roa(TARGET, BODY), "Host": host}, BODY).status == 200
    assert send_request(live, "POST", TARGET, sign_acs3(host, TARGET, BODY), BODY).status == 200
    refused = send_request(live, "POST", TARGET, {**sign_roa(TARGET, BODY, secret="wrong"), "Host": host}, BODY)
    bare = host.removeprefix("http://").removeprefix("https://")
    assert refused.json()["HostId"] == (bare if bare.startswith("[") else bare.partition(":")[0]).removesuffix(":80")


def test_a_proxy_writes_the_whole_address_into_the_request_line(live: RunningServer) -> None:
    assert send_request(live, "POST", f"http://{live.host}{TARGET}", sign_roa(TARGET, BODY), BODY).status == 200


INFO = '{"userNick":"小明 & +*~","ip":"1.2.3.4"}'


@pytest.mark.parametrize("name", ["ClientInfo", "clientInfo"])
@pytest.mark.parametrize(
    ("scheme", "encoded"),
    [
        ("roa", quote(INFO, safe="~")),
        ("roa", quote(INFO, safe="~").replace("%20", "+")),
        ("acs3", quote(INFO, safe="~")),
    ],
)
def test_client_info_in_the_query(live: RunningServer, name: str, scheme: str, encoded: str) -> None:
    query = f"?RegionId=cn-shanghai&{name}={encoded}"
    assert call(live, "image/scan", query=query, scheme=scheme).status_code == 200
    assert live.list_entries()[0].items[0][2]["client_info"] == INFO


def test_as_pop_core_sends_it(live: RunningServer) -> None:
    """Names in lower case, no content type, a nonce, and a Host without port."""
    target = f"{TARGET}?ClientInfo={quote(INFO, safe='~')}"
    given = sign_roa(target, BODY, headers={"Content-Type": None, "x-acs-signature-nonce": "8c1f"})
    headers = {**{name.lower(): value for name, value in given.items()}, "host": "127.0.0.1"}
    assert send_request(live, "POST", target, headers, BODY).status == 200
    entry = live.control("GET", f"journal/{live.list_entries()[0].id}").json()
    assert entry["request"]["body"] == BODY.decode()
    assert entry["request"]["parameters"] == {"ClientInfo": INFO}


def test_as_php_sends_it(live: RunningServer) -> None:
    """The query is not encoded at all."""
    target = f'{TARGET}?ClientInfo={{"ip":"1.2.3.4"}}&RegionId=cn-shanghai'
    assert send_request(live, "POST", target, sign_roa(target, BODY, headers={"Content-MD5": None}), BODY).status == 200


@pytest.mark.parametrize("signed", ["a=&b=1", "a&b=1"])
def test_clients_differ_in_how_they_sign_an_empty_value(live: RunningServer, signed: str) -> None:
    headers = sign_roa(f"{TARGET}?{signed}", BODY)
    assert send_request(live, "POST", f"{TARGET}?a=&b=1", headers, BODY).status == 200
    assert send_request(live, "POST", f"{TARGET}?a=1&b=", headers, BODY).code == "SignatureDoesNotMatch"


# -- time


@pytest.mark.parametrize(
    ("off", "code"), [(890, None), (-890, None), (910, "InvalidTimeStamp.Expired"), (-910, "InvalidTimeStamp.Expired")]
)
def test_a_timestamp_is_good_for_fifteen_minutes(live: RunningServer, off: float, code: str | None) -> None:
    assert call(live, "image/scan", headers={"Date": format_date(off)}).json().get("Code") == code
    answer = call(live, "image/scan", headers={"x-acs-date": format_timestamp(off)}, scheme="acs3")
    assert answer.json().get("Code") == code


def test_a_stamp_is_fresh_by_the_real_clock_however_far_the_account_s_was_moved(live: RunningServer) -> None:
    live.run(_advance(live, 7200))
    assert call(live, "image/scan").status_code == 200
    assert call(live, "image/scan", headers={"Date": format_date(7200)}).status_code == 200
    assert call(live, "image/scan", headers={"Date": format_date(3600)}).json()["Code"] == "InvalidTimeStamp.Expired"


async def _advance(live: RunningServer, seconds: float) -> None:
    live.state.accounts.default.clock.advance(seconds)


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-01-05T08:00:00Z",
        "Mon, 05 Jan 2026 08:00:00",
        "Mon, 05 Jan 2026 08:00:00 CET",
        "Mon, 45 Jan 2026 08:00:00 GMT",
        "Mon, 05 Foo 2026 08:00:00 GMT",
        "Mon, 05 Jan 2026 88:00:00 GMT",
        "1767600000",
    ],
)
def test_dates_that_are_none(live: RunningServer, value: str) -> None:
    assert call(live, "image/scan", headers={"Date": value}).json()["Code"] == "InvalidTimeStamp.Format"


# -- the two shapes of errors


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "json"),
        ("application/json", "json"),
        ("APPLICATION/JSON;q=0.9", "json"),
        ("*/*", "json"),
        ("application/octet-stream", "xml"),
        ("application/xml", "xml"),
        ("text/xml", "xml"),
    ],
)
def test_errors_of_the_gateway_come_as_accept_wants(live: RunningServer, accept: str | None, kind: str) -> None:
    answer = send_request(
        live, "POST", TARGET, sign_roa(TARGET, BODY, secret="wrong", headers={"Accept": accept}), BODY
    )
    assert answer.status == 400
    if kind == "json":
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.code == "SignatureDoesNotMatch"
        return
    assert answer.headers["Content-Type"].startswith("text/xml")
    expected = {child.tag: child.text for child in ElementTree.fromstring(answer.body)}
    assert set(expected) == {"RequestId", "HostId", "Code", "Message"}
    assert expected["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("accept", ["application/json", "application/octet-stream", "text/xml"])
def test_body_codes_come_as_json_with_status_200(live: RunningServer, accept: str) -> None:
    answer = call(live, "image/scan", b"{}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert body == {"code": 400, "msg": "BAD_REQUEST", "requestId": body["requestId"]}
    assert live.list_entries()[0].account == live.state.accounts.default.id


def test_status_as_the_document_words_it(start: Callable[..., RunningServer]) -> None:
    live = start({"quirks": {"green.http_status": True}})
    assert call(live, "image/scan", b"{}").status_code == 400
    live.push_rule({"operation": "image/scan"}, error=592)
    assert (answer := call(live, "image/scan")).status_code == 592
    assert answer.json()["code"] == 592
    assert call(live, "image/results").status_code == 200


# -- quotas


@pytest.mark.parametrize(
    ("operation", "limit"),
    [
        ("image/scan", "image"),
        ("image/asyncscan", "image"),
        ("image/results", "image"),
        ("text/scan", "text"),
        ("image/feedback", "feedback"),
        ("text/feedback", "feedback"),
    ],
)
@pytest.mark.parametrize("code", ["588", "Throttling.User"])
def test_more_calls_than_allowed(start: Callable[..., RunningServer], operation: str, limit: str, code: str) -> None:
    limits = {f"{limit}_per_second": 2}
    live = start({"limits": {"aliyun_green": limits}, "quirks": {"green.throttled": code}})
    live.run(_freeze(live))
    answers = [call(live, operation) for _ in range(4)]
    body = [str(answer.json().get("Code", answer.json().get("code"))) for answer in answers]
    assert body == ["200", "200", code, code]
    assert answers[2].status_code == ROWS[code].status
    live.run(_advance(live, 1))
    assert call(live, operation).json()["code"] == 200


async def _freeze(live: RunningServer) -> None:
    live.state.accounts.default.clock.freeze(True)


ELSEWHERE = {
    "SignatureDoesNotMatch",
    "SignatureNonceUsed",
    "InvalidAccessKeyId.Inactive",
    "InvalidApi.NotFound",
    "UnsupportedHTTPMethod",
    "MissingSecurityToken",
    "InvalidSecurityToken.Malformed",
    "Throttling.User",
    "InvalidSecurityToken.Expired",
}
ON_DEMAND = {"Throttling.Api", "ServiceUnavailable", "InternalError", "InvalidParameter.Accept"}


def test_no_code_of_the_gateway_was_forgotten() -> None:
    own = {row.code for row in ROWS.values() if row.source == GATEWAY}
    assert {row.dialect for row in ROWS.values() if row.source == GATEWAY} == {"roa"}
    assert {code for _headers, _status, code, _message in ROA} | ELSEWHERE | ON_DEMAND == own


def test_expired_credentials_are_refused(start: Callable[..., RunningServer]) -> None:
    sts = {"access_key_id": "STS.k", "access_key_secret": "s", "security_token": "t", "expires": 1000}
    live = start({"accounts": [{"name": "a", "aliyun": {"access_key_id": "k", "sts": sts}}]})
    answer = call(live, "image/scan", key="STS.k", secret="s", headers={"x-acs-security-token": "t"})
    assert answer.json()["Code"] == "InvalidSecurityToken.Expired"
