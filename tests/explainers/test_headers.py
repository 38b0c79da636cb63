"""ACS3 and ROA: calls signed by the official clients, then changed as clients and proxies change them."""

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_tea_openapi.utils import Utils as TeaOpenApi
from aliyunsdkcore.auth.composer.roa_signature_composer import get_signature_headers
from multidict import CIMultiDict
from Tea.request import TeaRequest

from emulator.explainers import claimed, explained
from emulator.vocabulary import WireRequest

SECRET = "testSecret"
PATH = "/green/image/asyncscan"


def by_tea(body: str, query: dict[str, str] | None = None, host: str = "127.0.0.1:8080") -> WireRequest:
    """A POST as the current client signs it."""
    request = TeaRequest()
    request.method, request.pathname, request.query = "POST", "/", query or {}
    digest = hashlib.sha256(body.encode()).hexdigest()
    request.headers = {"host": host, "x-acs-action": "ScanImage", "x-acs-content-sha256": digest}
    header = TeaOpenApi.get_authorization(request, "ACS3-HMAC-SHA256", digest, "testId", SECRET)
    target = "/?" + "&".join(f"{name}={value}" for name, value in (query or {}).items()) if query else "/"
    return WireRequest("POST", target, CIMultiDict({**request.headers, "Authorization": header}), body.encode())


def by_core(query: str = "", secret: str = SECRET, **headers: str) -> WireRequest:
    """A ROA call as the official client signs it."""
    given = {"x-acs-version": "2018-05-09", "Content-Type": "application/json", **headers}
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    signed, _text = get_signature_headers(pairs, "testId", secret, "JSON", given, PATH, None, "POST")
    return WireRequest("POST", f"{PATH}?{query}" if query else PATH, CIMultiDict(signed), b"{}")


def report(request: WireRequest, scheme: str) -> dict[str, Any]:
    found = claimed(request)
    assert found is not None
    assert (found[0].scheme, found[1].key) == (scheme, "testId")
    told = explained(found[0], request, found[1].given, SECRET)
    assert SECRET not in str(told)
    assert told["valid"] is (told["given"] == told["expected"])
    return told


def changed(request: WireRequest, **headers: str) -> WireRequest:
    new = CIMultiDict(request.headers)
    new.update({name.replace("_", "-"): value for name, value in headers.items()})
    return replace(request, headers=new)


def resigned(request: WireRequest, scheme: str, old: str, new: str, key: str = SECRET) -> WireRequest:
    """The call with the signature of a text that differs from the right one in one place."""
    texts = report(request, scheme)
    if scheme == "roa":
        assert old in texts["string_to_sign"]
        text = texts["string_to_sign"].replace(old, new, 1)
        signature = base64.b64encode(hmac.new(key.encode(), text.encode(), "sha1").digest()).decode()
        return changed(request, Authorization=f"acs testId:{signature}")
    assert old in texts["canonical_request"]
    digest = hashlib.sha256(texts["canonical_request"].replace(old, new, 1).encode()).hexdigest()
    signature = hmac.new(key.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()
    header = request.headers["Authorization"].rpartition("=")[0]
    return changed(request, Authorization=f"{header}={signature}")


def test_what_the_clients_send_is_valid() -> None:
    told = report(by_tea("Scene.1=porn", {"a": "b"}), "acs3")
    assert (told["valid"], told["causes"], told["first_difference"]) == (True, [], None)
    assert told["canonical_request"].startswith("POST\n/\na=b\n")
    for request in (by_core(), by_core("RegionId=cn&a=1"), by_core("a=")):
        told = report(request, "roa")
        assert (told["valid"], told["causes"]) == (True, [])


def test_acs3_behind_a_proxy() -> None:
    told = report(changed(by_tea("x"), Host="127.0.0.1"), "acs3")
    assert told["causes"] == ["Host was 127.0.0.1:8080 when it was signed: a proxy or client changed it"]
    assert told["first_difference"]["client"].startswith(":8080")
    assert "127.0.0.1:8080" in told["client_canonical_request"]
    request = changed(by_tea("x", host="green.example.test"), Host="inner", X_Forwarded_Host="green.example.test")
    assert report(request, "acs3")["causes"][0].startswith("Host was green.example.test")


def test_acs3_with_another_body() -> None:
    told = report(replace(by_tea("x"), body=b"y"), "acs3")
    assert told["causes"] == [
        "x-acs-content-sha256 is the hash of another body: it changed after signing",
        "x-acs-content-sha256 is not the hash of the body that came",
    ]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("POST\n", "GET\n", "signed as GET, sent as POST"),
        ("\nb=2&c=1\n", "\n\n", "the query is not signed"),
        ("\nb=2&c=1\n", "\nc=1&b=2\n", "as they came"),
        (hashlib.sha256(b"x").hexdigest() + "\n\n", "\n\n", "x-acs-content-sha256 was empty"),
        ("x-acs-action:ScanImage", "x-acs-action:", "the header x-acs-action was empty"),
    ],
)
def test_acs3_slips(old: str, new: str, cause: str) -> None:
    told = report(resigned(by_tea("x", {"c": "1", "b": "2"}), "acs3", old, new), "acs3")
    assert [each for each in told["causes"] if cause in each], told["causes"]
    assert not [each for each in told["causes"] if "no known slip" in each]


def test_acs3_secrets() -> None:
    told = report(resigned(by_tea("x"), "acs3", "POST", "POST", "other"), "acs3")
    assert told["causes"][0].startswith("no known slip fits: tried ")
    told = report(resigned(by_tea("x"), "acs3", "POST", "POST", f"{SECRET}&"), "acs3")
    assert told["causes"] == ["the key of the HMAC has an & behind the secret, as in RPC"]


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("POST\n", "GET\n", "signed as GET, sent as POST"),
        ("?a=1&b=2", "?b=2&a=1", "not sorted"),
        ("?a=1&b=2", "", "the query is not signed"),
        (PATH, f"\n{PATH}", "an empty line before the path"),
        (PATH, "/asyncscan", "the path was signed as /asyncscan"),
        ("x-acs-version:2018-05-09\n", "", "x-acs-version is not among"),
        ("POST\napplication/json\n", "POST\n*/*\n", "Accept was */*"),
    ],
)
def test_roa_slips(old: str, new: str, cause: str) -> None:
    request = by_core("b=2&a=1")
    told = report(resigned(request, "roa", old, new), "roa")
    assert len(told["causes"]) == 1
    assert cause in told["causes"][0]
    assert told["client_string_to_sign"] != told["string_to_sign"]


def test_roa_secrets() -> None:
    assert report(by_core(secret=f"{SECRET}&"), "roa")["causes"][0].startswith("the key of the HMAC has an &")
    assert report(by_core(secret="other"), "roa")["causes"][0].startswith("no known slip fits: tried ")


def test_roa_body_is_signed_by_its_hash_alone() -> None:
    request = by_core(**{"Content-MD5": base64.b64encode(hashlib.md5(b"{}").digest()).decode()})
    assert report(request, "roa")["causes"] == []
    told = report(replace(request, body=b"[]"), "roa")
    assert (told["valid"], told["causes"]) == (True, ["Content-MD5 is not the hash of the body that came"])
