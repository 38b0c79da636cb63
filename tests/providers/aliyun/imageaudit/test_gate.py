"""Every refusal of the gateway by its natural cause, with the exact status and message."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from emulator.providers.aliyun.gateway.errors import GATEWAY
from emulator.providers.aliyun.imageaudit.errors import PATTERN, ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import FORMS, IMAGE, call, send_request, sign_acs3
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, sign_rpc

RPC = [
    ({"Version": None}, 400, "MissingVersion", "Version is mandatory for this action."),
    ({"Version": "2020-12-30"}, 400, "InvalidVersion", "Specified parameter Version is not valid."),
    ({"Action": None}, 400, "MissingAction", "Action is mandatory for this action."),
    (
        {"Action": "ScanVideo"},
        404,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
    ),
    ({"Format": "YAML"}, 400, "InvalidParameter.Format", "Specified parameter format is not valid."),
    ({"Timestamp": None}, 400, "MissingTimestamp", "Timestamp is mandatory for this action."),
    ({"AccessKeyId": None}, 400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
    ({"SignatureMethod": None}, 400, "MissingSignatureMethod", "SignatureMethod is mandatory for this action."),
    ({"SignatureVersion": None}, 400, "MissingSignatureVersion", "SignatureVersion is mandatory for this action."),
    ({"SignatureNonce": None}, 400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action."),
    ({"Signature": ""}, 400, "MissingSignature", "Signature is mandatory for this action."),
    ({"SignatureMethod": "HMAC-SHA256"}, 400, "InvalidSignatureMethod", "Specified signature method is not valid."),
    ({"SignatureVersion": "1"}, 400, "InvalidSignatureVersion", "Specified parameter SignatureVersion is not valid."),
    ({"AccessKeyId": "nobody"}, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    ({"AccessKeyId": "STS.testId"}, 400, "MissingSecurityToken", "SecurityToken is mandatory for this action."),
    (
        {"AccessKeyId": "STS.testId", "SecurityToken": "nonsense"},
        400,
        "InvalidSecurityToken.Malformed",
        "Specified SecurityToken is malformed.",
    ),
    (
        {"SecurityToken": "testToken"},
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    (
        {"Timestamp": "yesterday"},
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
    ),
    (
        {"Timestamp": "2019-10-12T08:18:18Z"},
        400,
        "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
    ),
]


@pytest.mark.parametrize(("common", "status", "code", "message"), RPC, ids=lambda value: str(value)[:50])
def test_each_wrong_common_parameter_is_refused(
    live: RunningServer, common: dict[str, str | None], status: int, code: str, message: str
) -> None:
    answer = call_rpc(live, "ScanImage", IMAGE, common=common)
    assert (answer.status_code, answer.json()["Code"], answer.json()["Message"]) == (status, code, message)
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome) == (code, "refused")
    assert entry.account == ("acc-1" if common.get("AccessKeyId", "testId") in ("testId", "STS.testId") else None)


ACS3 = [
    ({"x-acs-version": None}, "MissingVersion"),
    ({"x-acs-version": "2020-12-30"}, "InvalidVersion"),
    ({"x-acs-action": None}, "MissingAction"),
    ({"x-acs-action": "ScanVideo"}, "InvalidAction.NotFound"),
    ({"x-acs-date": None}, "MissingTimestamp"),
    ({"x-acs-date": ""}, "MissingTimestamp"),
    ({"x-acs-signature-nonce": None}, "MissingSignatureNonce"),
    ({"x-acs-date": "20191012T081818Z"}, "InvalidTimeStamp.Format"),
    ({"x-acs-date": "2019-10-12T08:18:18Z"}, "InvalidTimeStamp.Expired"),
    ({"x-acs-security-token": "testToken"}, "InvalidSecurityToken.MismatchWithAccessKey"),
]


@pytest.mark.parametrize(("headers", "code"), ACS3, ids=str)
def test_each_wrong_acs3_header_is_refused(live: RunningServer, headers: dict[str, str | None], code: str) -> None:
    answer = call(live, "E", headers=headers)
    body = answer.json()
    assert (answer.status, body["Code"], body["Message"]) == (ROWS[code].status, code, ROWS[code].message)


def test_acs3_keys_must_be_known_and_have_their_token(live: RunningServer) -> None:
    assert call(live, "E", key="nobody").code == "InvalidAccessKeyId.NotFound"
    assert call(live, "E", key="STS.testId").code == "MissingSecurityToken"
    token = {"x-acs-security-token": "testToken", "x-acs-accesskey-id": "STS.testId"}
    assert call(live, "E", key="STS.testId", headers=token).status == 200


@pytest.mark.parametrize("authorization", ["ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=testId,Signature=x"])
def test_an_incomplete_signature_is_refused(live: RunningServer, authorization: str) -> None:
    answer = send_request(live, "POST", "/", {**sign_acs3(live.host, "ScanImage"), "Authorization": authorization})
    assert (answer.status, answer.code) == (400, "IncompleteSignature")
    assert answer.json()["Message"] == "The request signature does not conform to Aliyun standards."


@pytest.mark.parametrize("form", FORMS)
def test_a_wrong_secret_is_refused_with_the_string_to_sign(live: RunningServer, form: str) -> None:
    """Two clients take this message apart."""
    answer = call(live, form, secret="wrong")
    assert (answer.status, answer.code) == (400, "SignatureDoesNotMatch")
    message = answer.json()["Message"]
    if form == "E":
        head, _, canonical = message.removesuffix("]").partition("] server CanonicalRequest is [")
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        assert head == (
            f"Specified signature does not match our calculation. server StringToSign is [ACS3-HMAC-SHA256\n{digest}"
        )
        assert canonical.startswith("POST\n/\n\ncontent-type:application/x-www-form-urlencoded\nhost:")
    else:
        got, _, to_sign = message.partition(":")
        assert got == "Specified signature is not matched with our calculation. server string to sign is"
        assert to_sign.startswith(f"{'GET' if form == 'C' else 'POST'}&%2F&AccessKeyId%3DtestId%26Action%3DScanImage")
        assert ":" not in to_sign
        assert "testSecret" not in message


@pytest.mark.parametrize("given", ["x", "图", "=" * 1000])
def test_a_wrong_signature_is_refused(live: RunningServer, given: str) -> None:
    answer = call_rpc(live, "ScanImage", IMAGE, common={"Signature": given})
    assert answer.json()["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("form", FORMS)
def test_a_used_nonce_is_refused(live: RunningServer, form: str) -> None:
    options: dict[str, Any]
    options = {"headers": {"x-acs-signature-nonce": "once"}} if form == "E" else {"common": {"SignatureNonce": "once"}}
    assert call(live, form, **options).status == 200
    answer = call(live, form, **options)
    assert (answer.status, answer.code) == (400, "SignatureNonceUsed")
    assert answer.json()["Message"] == "Specified signature nonce was used already."


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_than_get_and_post_are_refused(live: RunningServer, method: str) -> None:
    given = encode_query(sign_rpc("ScanImage", IMAGE, method=method))
    answer = send_request(live, method, f"/?{given}")
    assert (answer.status, answer.code) == (403, "UnsupportedHTTPMethod")
    assert answer.json()["Message"] == "This http method not supported."
    assert (
        send_request(live, method, "/", sign_acs3(live.host, "ScanImage", method=method)).code
        == "UnsupportedHTTPMethod"
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("flaw", "status", "code", "message"),
    [
        ("active", 400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled."),
        ("purchased", 403, "InvalidApi.NotPurchase", "Specified api is not purchase"),
    ],
)
def test_accounts_with_a_flaw(
    start: Callable[..., RunningServer], form: str, flaw: str, status: int, code: str, message: str
) -> None:
    live = start(
        {"accounts": [{"name": "flawed", "aliyun": {"access_key_id": "k", "access_key_secret": "s", flaw: False}}]}
    )
    answer = call(live, form, key="k", secret="s")
    assert (answer.status, answer.code, answer.json()["Message"]) == (status, code, message)
    assert call(live, form).status == 200


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("ecs.cn-shanghai.aliyuncs.com", "InvalidProduct.NotFound"),
        ("ecs.cn-shanghai.aliyuncs.com:80", "InvalidProduct.NotFound"),
        ("imageaudit.cn-shanghai.aliyuncs.com", None),
        ("imageaudit.cn-beijing.aliyuncs.com:8080", None),
        ("somewhere.test", None),
    ],
)
def test_hosts_of_other_products_are_refused(live: RunningServer, host: str, code: str | None) -> None:
    answer = send_request(live, "GET", f"/?{encode_query(sign_rpc('ScanImage', IMAGE))}", {"Host": host})
    assert (answer.status, answer.code) == (404 if code else 200, code)


@pytest.mark.parametrize("form", ["A", "E"])
def test_missing_parameters_are_refused(live: RunningServer, form: str) -> None:
    def get_refusal(action: str, *missing: str) -> tuple[int, Any, Any]:
        params = {**IMAGE, "Labels.1.Label": "ad", "Tasks.1.Content": "x"}
        answer = call(live, form, action, {name: value for name, value in params.items() if name not in missing})
        return answer.status, answer.code, answer.json()["Message"]

    assert get_refusal("ScanImage", "Scene.1") == (400, "MissingScene", "Scene is mandatory for this action.")
    assert get_refusal("ScanImage", "Task.1.ImageURL") == (400, "MissingTask", "Task is mandatory for this action.")
    assert get_refusal("ScanText", "Labels.1.Label") == (400, "MissingLabels", "Labels is mandatory for this action.")
    assert get_refusal("ScanText", "Tasks.1.Content") == (400, "MissingTasks", "Tasks is mandatory for this action.")


ELSEWHERE = {  # causes tested by other tests of this file, of time and order, and of the operations
    *("SignatureDoesNotMatch", "IncompleteSignature", "SignatureNonceUsed", "InvalidAccessKeyId.Inactive"),
    *("InvalidProduct.NotFound", "InvalidSecurityToken.Expired", "MissingLabels", "MissingTasks"),
    *("InvalidTask.N.Interval", "InvalidTask.N.MaxFrames"),
}
ON_DEMAND = {  # nothing here causes them: rules and magic words do
    *("InvalidAccessKeyId", "InvalidProtocol.NeedSsl", "Throttling.User", "Throttling.Api", "ServiceUnavailable"),
    *("InternalError", "Forbidden.RAM", "UnsupportedOperation"),
}


def test_no_code_of_the_gateway_was_forgotten() -> None:
    own = {row.code for row in ROWS.values() if row.source in (GATEWAY, PATTERN)}
    caused = {code for _common, _status, code, _message in RPC} - {"InvalidParameter.Format"}
    assert caused | ELSEWHERE | ON_DEMAND == own
