"""The verb `sign` against published vectors and calls signed by the official clients."""

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils as TeaOpenApi
from aliyunsdkcore.auth.composer.roa_signature_composer import get_signature_headers
from aliyunsdkcore.auth.composer.rpc_signature_composer import get_signed_url
from click.testing import CliRunner, Result
from Tea.request import TeaRequest

from emulator.commands.sign import command

SERVER = "http://127.0.0.1:8080"
SECRET = "not-for-any-eye"
RPC_URL = (
    "http://ecs.aliyuncs.com/?Timestamp=2016-02-23T12%3A46%3A24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions"
    "&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&Version=2014-05-26&SignatureVersion=1.0"
)
RPC_SIGNATURE = "OLeaidS1JvxuMvnyHOwuJ+uX5qY="
ACS3_HEADERS = {
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
ACS3_URL = (
    "https://ecs.cn-shanghai.aliyuncs.com"
    "?RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
)
ACS3_SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def sign(scheme: str, *words: str, secret: str = SECRET) -> Result:
    result = CliRunner().invoke(command, [scheme, "--secret", secret, *words])
    assert secret not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def report(scheme: str, *words: str, secret: str = SECRET) -> dict[str, Any]:
    result = sign(scheme, "--json", *words, secret=secret)
    found: dict[str, Any] = json.loads(result.output)
    assert result.exit_code == (found.get("valid") is False)
    return found


def to_curl_headers(headers: dict[str, str]) -> list[str]:
    return [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]


def sign_by_tea(body: str, headers: dict[str, str]) -> list[str]:
    """Sign a POST the way the current client does and write it as for curl."""
    request = TeaRequest()
    request.method, request.pathname, request.headers = "POST", "/", {"host": "127.0.0.1:8080", **headers}
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    header = TeaOpenApi.get_authorization(request, "ACS3-HMAC-SHA256", body_hash, "testId", SECRET)
    return [*to_curl_headers({**headers, "Authorization": header}), "--data", body, SERVER]


def test_rpc_published_vector() -> None:
    found = report("rpc", RPC_URL, secret="testsecret")
    assert found.keys() == {"scheme", "string_to_sign", "signature"}
    assert found["scheme"] == "rpc"
    assert str(found["string_to_sign"]).startswith("GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26")
    assert found["signature"] == RPC_SIGNATURE


def test_rpc_in_words() -> None:
    result = sign("rpc", "--key", "testId", f"{SERVER}/?Action=ScanImage", secret="testSecret")
    assert result.exit_code == 0
    # printf %s TEXT | openssl dgst -sha1 -hmac 'testSecret&' -binary | base64
    assert result.output == (
        "string to sign:\nGET&%2F&AccessKeyId%3DtestId%26Action%3DScanImage\n\n"
        "signature:\nSJeJ7JVPlkcmaOrqJekfJ9n4KMI=\n"
    )


def test_rpc_valid_and_invalid_in_words() -> None:
    url = f"{RPC_URL}&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D"
    right, wrong = sign("rpc", url, secret="testsecret"), sign("rpc", url)
    assert (right.exit_code, wrong.exit_code) == (0, 1)
    assert right.output.endswith(f"\n\ngiven:\n{RPC_SIGNATURE}\n\nvalid:\nyes\n")
    assert f"\n\ngiven:\n{RPC_SIGNATURE}\n\nvalid:\nno\n\ncauses:\nno known slip fits: tried " in wrong.output


@pytest.mark.parametrize(
    ("query", "form"), [({"a": "b c"}, {"Task.1.ImageURL": "http://a/中 *.jpg", "n": ""}), ({}, {})]
)
def test_rpc_checks_what_the_core_sdk_sends(query: dict[str, str], form: dict[str, str]) -> None:
    target, text = get_signed_url(query, "testId", SECRET, "JSON", "POST", form)
    found = report("rpc", "--data", urlencode(form), SERVER + target)
    signature = parse_qs(target)["Signature"][0]
    assert found == {
        "scheme": "rpc",
        "string_to_sign": text,
        "signature": signature,
        "given": signature,
        "valid": True,
    }
    assert report("rpc", "--data", urlencode({**form, "n": "other"}), SERVER + target)["valid"] is False
    assert report("rpc", "--method", "GET", "--data", urlencode(form), SERVER + target)["valid"] is False


def test_rpc_signature_in_the_form() -> None:
    query, form = RPC_URL.split("?")[1], "Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D"
    found = report("rpc", "--method", "get", "--data", f"{query}&{form}", SERVER, secret="testsecret")
    assert (found["given"], found["valid"]) == (RPC_SIGNATURE, True)


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ([], "GET"),
        (["--data", ""], "POST"),
        (["--method", "PUT"], "PUT"),
        (["--data", "a=1", "--method", "patch"], "PATCH"),
    ],
)
def test_data_makes_it_a_post_unless_a_method_is_given(words: list[str], method: str) -> None:
    assert str(report("rpc", *words, SERVER)["string_to_sign"]).startswith(f"{method}&%2F&")
    assert str(report("acs3", *words, SERVER)["canonical_request"]).startswith(f"{method}\n/\n")


def test_acs3_published_vector() -> None:
    found = report("acs3", "--method", "POST", *to_curl_headers(ACS3_HEADERS), ACS3_URL, secret="YourAccessKeySecret")
    assert found.keys() == {"scheme", "canonical_request", "string_to_sign", "signature"}
    assert found["signature"] == ACS3_SIGNATURE
    digest = hashlib.sha256(str(found["canonical_request"]).encode()).hexdigest()
    assert found["string_to_sign"] == f"ACS3-HMAC-SHA256\n{digest}"


def test_acs3_in_words() -> None:
    result = sign(
        "acs3", "-H", "X-Acs-Action: ScanImage", "-H", "accept: */*", f"http://me:you@{SERVER[7:]}/?b&a=1#part"
    )
    assert result.output.startswith(
        "canonical request:\nGET\n/\na=1&b=\nhost:127.0.0.1:8080\nx-acs-action:ScanImage\n\nhost;x-acs-action\n"
        f"{hashlib.sha256(b'').hexdigest()}\n\nstring to sign:\nACS3-HMAC-SHA256\n"
    )


@pytest.mark.parametrize("body", ["", "Scene.1=porn&Task.1.ImageURL=http%3A%2F%2Fa%2F1.jpg", '{"text": "中文"}'])
def test_acs3_checks_what_the_client_sends(body: str) -> None:
    words = sign_by_tea(body, {"content-type": "text/plain", "user-agent": "a:b", "x-acs-action": "ScanImage"})
    found = report("acs3", *words)
    assert found["valid"] is True
    assert found["given"] == found["signature"]
    assert "user-agent:a:b\n" in str(found["canonical_request"])
    assert report("acs3", *words[:-2], body + " ", SERVER)["valid"] is False
    assert report("acs3", *words, "-H", "Host: other")["valid"] is False
    assert report("acs3", *words, secret="another-secret")["valid"] is False


def test_key_that_the_call_names() -> None:
    assert report("rpc", "--key", "testid", RPC_URL) == report("rpc", RPC_URL)
    words = sign_by_tea("", {})
    assert report("acs3", "--key", "testId", *words)["valid"] is True
    for scheme, call in (("rpc", [RPC_URL]), ("acs3", words)):
        result = sign(scheme, "--key", "other", *call)
        assert result.exit_code == 2
        assert "--key says 'other'" in result.output


@pytest.mark.parametrize("scheme", ["rpc", "acs3"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "/?Action=ScanImage",
        "127.0.0.1:8080/",
        "localhost:8080",
        "ftp://a/",
        "http://",
        "http:///a",
        "http://[::1",
        "http://a:b/",
        "http://a:65536/",
        "http://a:0/",
    ],
)
def test_an_incomplete_url_is_refused(scheme: str, url: str) -> None:
    result = sign(scheme, url)
    assert result.exit_code == 2
    assert "a URL is written in full, like 'http://127.0.0.1:8080/" in result.output


@pytest.mark.parametrize("url", ["http://a", "HTTPS://a:65535/b?c=d", "http://[::1]:1/", "http://a:1"])
def test_a_complete_url_is_accepted(url: str) -> None:
    assert sign("rpc", url).exit_code == 0


@pytest.mark.parametrize("header", ["", ":", ": a", "a", "a b", "a b: c", " a: b", "a : b", "\ta:b"])
def test_a_malformed_header_is_refused(header: str) -> None:
    result = sign("acs3", "-H", header, SERVER)
    assert result.exit_code == 2
    assert "a header is written 'name: value'" in result.output


def test_bad_header_does_not_repeat_its_value() -> None:
    assert "token-of-mine" not in sign("acs3", "-H", "x-acs-security-token token-of-mine", SERVER).output


@pytest.mark.parametrize("value", ["", "Bearer x", "ACS3-HMAC-SHA256 Credential=a"])
def test_a_malformed_authorization_is_refused(value: str) -> None:
    result = sign("acs3", "-H", f"authorization: {value}", SERVER)
    assert result.exit_code == 2
    assert "Authorization is not 'ACS3-HMAC-SHA256 Credential=" in result.output


@pytest.mark.parametrize("words", [[], ["rpc"], ["rpc", SERVER], ["md5", "--secret", "s", SERVER]])
def test_an_incomplete_command_line_is_refused(words: list[str]) -> None:
    assert CliRunner().invoke(command, words).exit_code == 2


def test_help_names_schemes_and_shows_lines_to_copy() -> None:
    text = CliRunner().invoke(command, ["--help"]).output
    for scheme in ("rpc", "acs3", "roa", "rsa2", "callback"):
        assert f"\n  {scheme} " in text
    assert "\n    moderation-emulator sign rpc --secret testSecret --key testId \\\n" in text


def sign_by_core(body: str, headers: dict[str, str], query: dict[str, str]) -> list[str]:
    """Return a ROA call as the official client signs it, written as for curl."""
    signed, _text = get_signature_headers(
        dict(query), "testId", SECRET, "JSON", dict(headers), "/green/image/asyncscan", None, "POST"
    )
    return [*to_curl_headers(signed), "--data", body, f"{SERVER}/green/image/asyncscan?{urlencode(query)}"]


@pytest.mark.parametrize("query", [{}, {"RegionId": "cn-shanghai", "ClientInfo": '{"a": "中 *"}'}, {"a": ""}])
def test_roa_checks_what_the_core_sdk_sends(query: dict[str, str]) -> None:
    words = sign_by_core("{}", {"x-acs-version": "2018-05-09", "Content-Type": "application/json"}, query)
    found = report("roa", *words)
    assert found["valid"] is True
    assert found["given"] == found["signature"]
    assert str(found["string_to_sign"]).startswith("POST\napplication/json\n\napplication/json\n")
    assert report("roa", *words, secret="another-secret")["valid"] is False
    assert report("roa", *words, "--method", "GET")["valid"] is False
    assert report("roa", "--key", "testId", *words) == found
    other = sign("roa", "--key", "other", *words)
    assert (other.exit_code, "--key says 'other'" in other.output) == (2, True)


def test_roa_signs_what_is_not_signed_yet() -> None:
    found = report("roa", "-H", "x-acs-version: 2018-05-09", "--data", "[]", f"{SERVER}/green/image/results?a")
    assert found.keys() == {"scheme", "string_to_sign", "signature"}
    assert found["string_to_sign"] == "POST\n\n\n\n\nx-acs-version:2018-05-09\n/green/image/results?a="


def test_what_explains_a_mismatch() -> None:
    target, _text = get_signed_url({"a": "b c"}, "testId", SECRET, "JSON", "POST", {})
    found = report("rpc", "--method", "GET", SERVER + target)
    assert found["causes"] == ["signed as POST, sent as GET"]
    assert str(found["client_string_to_sign"]).startswith("POST&")
    words = sign("rpc", "--method", "GET", SERVER + target).output
    assert "\n\nfirst difference:\nat: 0\nexpected: GET&" in words
    assert words.endswith("\n\ncauses:\nsigned as POST, sent as GET\n")
    (cause,) = report("acs3", *sign_by_tea("", {}), "-H", "Host: 127.0.0.1")["causes"]
    assert cause == "Host was 127.0.0.1:8080 when it was signed: a proxy or client changed it"


@pytest.mark.parametrize("value", ["", "acs", "acs testId", "Bearer x"])
def test_roa_bad_authorization(value: str) -> None:
    result = sign("roa", "-H", f"authorization: {value}", SERVER)
    assert result.exit_code == 2
    assert "Authorization is not 'acs KEY:SIGNATURE'" in result.output
