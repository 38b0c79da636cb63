"""ACS3-HMAC-SHA256 against the published vector and the two official signers."""

import hashlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from alibabacloud_openapi_util.client import Client as OpenApi
from alibabacloud_tea_openapi.utils import Utils as TeaOpenApi
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from Tea.request import TeaRequest

from emulator.signatures import acs3

EMPTY = hashlib.sha256(b"").hexdigest()
# The example of the V3 signature page.
PUBLISHED_QUERY = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
PUBLISHED_HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": EMPTY,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
PUBLISHED_SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"

# The clients encode values but not names of the query, so only plain names are comparable.
query_names = st.text("AZaz09-_.~", min_size=1, max_size=5)
header_names = st.sampled_from(["accept", "content-type", "host", "user-agent"]) | st.text("abcz09-", min_size=1).map(
    "x-acs-".__add__
)
header_values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)

Signer = Callable[[TeaRequest, str, str, str, str], str]


def build_canonical(query: str = "", headers: dict[str, str] | None = None, names: tuple[str, ...] = ()) -> str:
    return acs3.build_canonical_request("POST", "/", query, CIMultiDict(headers or {}), names, EMPTY)


def test_the_published_vector_is_signed() -> None:
    text = build_canonical(PUBLISHED_QUERY, PUBLISHED_HEADERS, tuple(PUBLISHED_HEADERS))
    assert text == (
        "POST\n"
        "/\n"
        f"{PUBLISHED_QUERY}\n"
        "host:ecs.cn-shanghai.aliyuncs.com\n"
        "x-acs-action:RunInstances\n"
        "x-acs-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        "x-acs-date:2023-10-26T10:22:32Z\n"
        "x-acs-signature-nonce:3156853299f313e23d1673dc12e1703d\n"
        "x-acs-version:2014-05-26\n"
        "\n"
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    to_sign = acs3.build_string_to_sign(text)
    assert to_sign == f"ACS3-HMAC-SHA256\n{hashlib.sha256(text.encode()).hexdigest()}"
    assert acs3.sign("YourAccessKeySecret", to_sign) == PUBLISHED_SIGNATURE


def test_sign_agrees_with_openssl() -> None:
    # printf text | openssl dgst -sha256 -hmac secret
    assert acs3.sign("secret", "text") == "2f443685592900e619f2f3b2350c3c8a5738e2e7a26bc9a244d3393c3cd6abd6"


@pytest.mark.parametrize("signer", [TeaOpenApi.get_authorization, OpenApi.get_authorization], ids=["tea", "openapi"])
@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["", "/", "/green/image/scan", "/%E4%B8%AD/a%20b"]),
    query=st.dictionaries(query_names, st.text()),
    headers=st.dictionaries(header_names, header_values, min_size=1),
    body=st.binary(),
    secret=st.text(),
    escape=st.sampled_from([quote, quote_plus]),
)
@settings(deadline=None)
def test_agrees_with_the_clients(
    *,
    signer: Signer,
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    secret: str,
    escape: Callable[..., str],
) -> None:
    request = TeaRequest()
    request.method, request.pathname, request.query, request.headers = method, path, query, headers
    body_hash = hashlib.sha256(body).hexdigest()
    sent = acs3.parse_authorization(signer(request, acs3.SCHEME, body_hash, "testId", secret))
    assert sent is not None
    received = CIMultiDict({name.title(): value for name, value in headers.items()})
    raw_query = urlencode(query, quote_via=escape)
    text = acs3.build_canonical_request(method, path, raw_query, received, sent.signed_headers, body_hash)
    signature = acs3.sign(secret, acs3.build_string_to_sign(text))
    assert sent == ("testId", tuple(sorted(headers)), signature)


def test_only_the_signed_headers_count_in_the_order_given() -> None:
    headers = {"B": " two ", "a": "one", "C": "three"}
    assert build_canonical("", headers, ("b", "a")) == f"POST\n/\n\nb:two\na:one\n\nb;a\n{EMPTY}"


def test_a_missing_header_counts_as_empty() -> None:
    assert build_canonical("", {}, ("host",)) == f"POST\n/\n\nhost:\n\nhost\n{EMPTY}"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=%7e+%2a", "a=~%20%2A"),
        ("a", "a="),
        ("a=2&a=1&a", "a=&a=1&a=2"),
        ("Task.10=a&Task.1=b", "Task.1=b&Task.10=a"),
        ("Signature=kept", "Signature=kept"),
        ("%E4%B8%AD=x/y", "%E4%B8%AD=x%2Fy"),
    ],
)
def test_the_query_is_encoded_anew_and_sorted(raw: str, expected: str) -> None:
    assert build_canonical(raw).split("\n")[2] == expected


def test_bytes_that_are_no_utf8_are_hashed_as_they_came() -> None:
    text = build_canonical("", {"x-acs-note": b"\xff\xfe".decode("utf-8", "surrogateescape")}, ("x-acs-note",))
    raw = b"POST\n/\n\nx-acs-note:\xff\xfe\n\nx-acs-note\n" + EMPTY.encode()
    assert acs3.build_string_to_sign(text).split("\n")[1] == hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize(
    "header",
    [
        "ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=host;x-acs-date,Signature=0a1b",
        "ACS3-HMAC-SHA256 Credential=testId, SignedHeaders=host;x-acs-date,  Signature=0a1b",
        " ACS3-HMAC-SHA256  Signature=0a1b,SignedHeaders=host;x-acs-date,\tCredential=testId ",
    ],
)
def test_an_authorization_is_parsed(header: str) -> None:
    assert acs3.parse_authorization(header) == ("testId", ("host", "x-acs-date"), "0a1b")


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 ",
        "acs testId:c2ln",
        "Bearer Credential=a,SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SHA256Credential=a,SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SHA256 SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SHA256 Credential=a,Signature=c",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=b,Signature=c",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=,Signature=c",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b;;c,Signature=d",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c,Signature=d",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c,Other=d",
        "ACS3-HMAC-SHA256 Credential=a;SignedHeaders=b;Signature=c",
        "ACS3-HMAC-SHA256 credential=a,signedheaders=b,signature=c",
        "ACS3-HMAC-SHA256 " + "," * 100_000,
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=" + ";" * 100_000 + ",Signature=c",
    ],
    ids=lambda header: header[:70],
)
def test_parse_turns_away_what_is_no_acs3_header(header: str) -> None:
    assert acs3.parse_authorization(header) is None


@given(st.text())
@settings(deadline=None)
def test_parse_never_raises(text: str) -> None:
    assert acs3.parse_authorization(text) is None
    assert acs3.parse_authorization(f"ACS3-HMAC-SHA256 {text}") is None
