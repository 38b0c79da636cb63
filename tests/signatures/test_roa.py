"""ROA HMAC-SHA1 against the composers of two official clients and a vector made with openssl."""

from urllib.parse import quote, urlencode

import pytest
from alibabacloud_openapi_util.client import Client as OpenApi
from aliyunsdkcore.auth.algorithm import sha_hmac1
from aliyunsdkcore.auth.composer import roa_signature_composer as core
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from Tea.request import TeaRequest

from emulator.signatures import roa

PATH = "/green/image/asyncscan"
HEADERS = {
    "Accept": "application/json",
    "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
    "Content-Type": "application/json",
    "Date": "Mon, 05 Jan 2026 08:00:00 GMT",
    "x-acs-version": "2018-05-09",
    "x-acs-signature-nonce": "once",
}
TEXT = (
    "POST\napplication/json\n1B2M2Y8AsgTpgAmY7PhCfg==\napplication/json\nMon, 05 Jan 2026 08:00:00 GMT\n"
    "x-acs-signature-nonce:once\nx-acs-version:2018-05-09\n"
    '/green/image/asyncscan?ClientInfo={"userNick":"小明 *"}&RegionId=cn-shanghai'
)
QUERY = "RegionId=cn-shanghai&ClientInfo=%7B%22userNick%22%3A%22%E5%B0%8F%E6%98%8E%20%2A%22%7D"

values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20)
queries = st.dictionaries(st.text("AZaz09-_.~", min_size=1, max_size=5), values, max_size=5)
header_names = st.sampled_from(["Accept", "Content-MD5", "Content-Type", "Date", "Host", "User-Agent"]) | st.text(
    "abcz09-", min_size=1
).map("x-acs-".__add__)
plain = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=20)
headers = st.dictionaries(header_names, plain, max_size=8)


def build_text(query: str = "", given: dict[str, str] | None = None, **options: bool) -> str:
    return roa.build_string_to_sign("POST", PATH, query, CIMultiDict(given or {}), **options)


def test_the_vector_of_openssl_is_signed() -> None:
    assert build_text(QUERY, HEADERS) == TEXT
    # printf %s TEXT | openssl dgst -sha1 -hmac testSecret -binary | base64
    assert roa.sign("testSecret", TEXT) == "4hEuY/Er23m0d4ICkEQPp/y6QJA="


def test_absent_headers_are_empty_lines() -> None:
    assert build_text() == f"POST\n\n\n\n\n{PATH}"
    assert build_text("a=1", {"Date": "d"}) == f"POST\n\n\n\nd\n{PATH}?a=1"


def test_headers_are_taken_as_they_came() -> None:
    odd = {"accept": " */* , x", "CONTENT-TYPE": "application/json;chrset=utf-8", "X-ACS-b": " 2\t", "X-acs-A": "1"}
    assert build_text("", odd) == f"POST\n */* , x\n\napplication/json;chrset=utf-8\n\nx-acs-a:1\nx-acs-b:2\n{PATH}"


@pytest.mark.parametrize(
    ("query", "signed"),
    [
        ("b=2&a=1", "?a=1&b=2"),
        ("ab=&AB=1&aB=2", "?AB=1&aB=2&ab="),
        ("a=x+y%20z", "?a=x y z"),
        ("a=2&a=1&A=0", "?A=0&a=2&a=1"),
        ("a=b=c&d", "?a=b=c&d="),
        ("a=%E4%B8%AD", "?a=中"),
        ('ClientInfo={"a":"b"}', '?ClientInfo={"a":"b"}'),
        ("&&", ""),
    ],
)
def test_the_query_is_signed_sorted(query: str, signed: str) -> None:
    assert build_text(query).rpartition("\n")[2] == PATH + signed


@pytest.mark.parametrize(("query", "signed"), [("a=&b=1", "?a&b=1"), ("a", "?a"), ("a=1", "?a=1")])
def test_empty_values_without_their_sign(query: str, signed: str) -> None:
    assert build_text(query, bare=True).rpartition("\n")[2] == PATH + signed


@pytest.mark.parametrize("path", ["//green//image", "/green/%69mage", "/"])
def test_path_is_raw(path: str) -> None:
    assert roa.build_string_to_sign("GET", path, "", CIMultiDict()).endswith(f"\n{path}")


@given(queries, headers)
@settings(max_examples=300)
def test_strings_and_signatures_are_those_of_the_core_sdk(query: dict[str, str], given_headers: dict[str, str]) -> None:
    text = core.compose_string_to_sign("POST", dict(query), PATH, dict(given_headers), signer=sha_hmac1)
    assert build_text(urlencode(query), given_headers) == text
    assert roa.sign("testSecret", text) == sha_hmac1.get_sign_string(text, secret="testSecret").strip()


@given(queries, headers)
@settings(max_examples=300)
def test_strings_and_signatures_are_those_of_the_tea_client(
    query: dict[str, str], given_headers: dict[str, str]
) -> None:
    request = TeaRequest()
    request.method, request.pathname, request.query = "POST", PATH, query
    request.headers = {name.lower(): value for name, value in given_headers.items()}
    text = OpenApi.get_string_to_sign(request)
    raw = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in query.items())
    assert build_text(raw, given_headers, bare=True) == text
    assert roa.sign("testSecret", text) == OpenApi.get_roasignature(text, "testSecret")


@pytest.mark.parametrize("query", ["a=%FF%FE", "a=%ED%A0%80", "%", "a=%zz", "\udcff=1", "=", "?"])
def test_nothing_makes_it_raise(query: str) -> None:
    assert len(roa.sign("\udcff", build_text(query, {"x-acs-a": "\udc80"}))) == 28


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("acs testId:abc=", ("testId", "abc=")),
        ("acs testId:a:b", ("testId", "a:b")),
        ("acs  testId:abc ", ("testId", "abc")),
        ("acs STS.x:abc", ("STS.x", "abc")),
        ("", None),
        ("acs", None),
        ("acs ", None),
        ("acs testId", None),
        ("acs testId:", None),
        ("acs :abc", None),
        ("ACS testId:abc", None),
        ("testId:abc", None),
        ("Basic dGVzdA==", None),
    ],
)
def test_an_authorization_is_parsed(header: str, found: tuple[str, str] | None) -> None:
    assert roa.parse_authorization(header) == found
