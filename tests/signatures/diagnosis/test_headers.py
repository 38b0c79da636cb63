"""ACS3 and ROA: calls signed by the official clients, then changed as clients and proxies change them."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import combinations
from typing import Any

import pytest
from alibabacloud_tea_openapi.utils import Utils as TeaOpenApi
from aliyunsdkcore.auth.composer.roa_signature_composer import get_signature_headers
from multidict import CIMultiDict
from Tea.request import TeaRequest

from emulator.signatures.diagnosis import diagnose, find_claim
from emulator.types import WireRequest

SECRET = "testSecret"
PATH = "/green/image/asyncscan"
MD5 = "mZFLkyvTelC5g8XnyQrpOw=="  # printf '{}' | openssl dgst -md5 -binary | base64


def sign_by_tea(body: str, query: dict[str, str] | None = None, host: str = "127.0.0.1:8080") -> WireRequest:
    """Sign a POST as the current client does."""
    request = TeaRequest()
    request.method, request.pathname, request.query = "POST", "/", query or {}
    digest = hashlib.sha256(body.encode()).hexdigest()
    request.headers = {"host": host, "x-acs-action": "ScanImage", "x-acs-content-sha256": digest}
    header = TeaOpenApi.get_authorization(request, "ACS3-HMAC-SHA256", digest, "testId", SECRET)
    target = "/?" + "&".join(f"{name}={value}" for name, value in (query or {}).items()) if query else "/"
    return WireRequest("POST", target, CIMultiDict({**request.headers, "Authorization": header}), body.encode())


def sign_by_core(query: str = "", secret: str = SECRET, **headers: str) -> WireRequest:
    """Sign a ROA call as the official client does."""
    given = {"x-acs-version": "2018-05-09", "Content-Type": "application/json", **headers}
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    signed, _text = get_signature_headers(pairs, "testId", secret, "JSON", given, PATH, None, "POST")
    return WireRequest("POST", f"{PATH}?{query}" if query else PATH, CIMultiDict(signed), b"{}")


OF_X = hashlib.sha256(b"x").hexdigest()
LISTED = "host;x-acs-action;x-acs-content-sha256\n"


def report(request: WireRequest, scheme: str) -> dict[str, Any]:
    found = find_claim(request)
    assert found is not None
    assert (found[0].name, found[1].key) == (scheme, "testId")
    diagnosis = diagnose(found[0], request, found[1].signature, SECRET)
    assert SECRET not in str(diagnosis)
    assert diagnosis["valid"] is (diagnosis["given"] == diagnosis["expected"])
    return diagnosis


def change_headers(request: WireRequest, **headers: str) -> WireRequest:
    new = CIMultiDict(request.headers)
    new.update({name.replace("_", "-"): value for name, value in headers.items()})
    return replace(request, headers=new)


def sign_again(request: WireRequest, scheme: str, old: str, new: str, key: str = SECRET) -> WireRequest:
    """Return the call with the signature of a text that differs from the right one in one place."""
    texts = report(request, scheme)
    if scheme == "roa":
        assert old in texts["string_to_sign"]
        text = texts["string_to_sign"].replace(old, new, 1)
        signature = base64.b64encode(hmac.new(key.encode(), text.encode(), "sha1").digest()).decode()
        return change_headers(request, Authorization=f"acs testId:{signature}")
    assert old in texts["canonical_request"]
    digest = hashlib.sha256(texts["canonical_request"].replace(old, new, 1).encode()).hexdigest()
    signature = hmac.new(key.encode(), f"ACS3-HMAC-SHA256\n{digest}".encode(), "sha256").hexdigest()
    header = request.headers["Authorization"].rpartition("=")[0]
    return change_headers(request, Authorization=f"{header}={signature}")


def build_acs3_text(canonical: str) -> str:
    return f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def split_acs3(canonical: str) -> tuple[list[str], list[str], str, str]:
    """Method, path and query; the lines of headers; their names; the hash of the body."""
    *head, headers, listed, digest = canonical.split("\n")
    return head[:3], [line for line in [*head[3:], headers] if line], listed, digest


def report_signature(request: WireRequest, signature: str) -> dict[str, Any]:
    """Return the diagnosis of the call with another signature."""
    header = request.headers["Authorization"].rpartition("=")[0]
    return report(change_headers(request, Authorization=f"{header}={signature}"), "acs3")


def test_what_the_clients_send_is_valid() -> None:
    diagnosis = report(sign_by_tea("Scene.1=porn", {"a": "b"}), "acs3")
    assert (diagnosis["valid"], diagnosis["causes"], diagnosis["first_difference"]) == (True, [], None)
    assert diagnosis["canonical_request"].startswith("POST\n/\na=b\n")
    for request in (sign_by_core(), sign_by_core("RegionId=cn&a=1"), sign_by_core("a=")):
        diagnosis = report(request, "roa")
        assert (diagnosis["valid"], diagnosis["causes"]) == (True, [])


def test_acs3_behind_a_proxy() -> None:
    diagnosis = report(change_headers(sign_by_tea("x"), Host="127.0.0.1"), "acs3")
    assert diagnosis["causes"] == ["Host was 127.0.0.1:8080 when it was signed: a proxy or client changed it"]
    assert diagnosis["first_difference"]["client"].startswith(":8080")
    assert "127.0.0.1:8080" in diagnosis["client_canonical_request"]
    request = change_headers(
        sign_by_tea("x", host="green.example.test"), Host="inner", X_Forwarded_Host="green.example.test"
    )
    assert report(request, "acs3")["causes"][0].startswith("Host was green.example.test")


def test_acs3_with_another_body() -> None:
    diagnosis = report(replace(sign_by_tea("x"), body=b"y"), "acs3")
    assert diagnosis["causes"] == [
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
        ("\n\nhost;", "\nhost;", "the empty line behind the headers is missing"),
        (f"{LISTED}{OF_X}", LISTED, "the hash of the body is not signed"),
        (f"{LISTED}{OF_X}", f"{LISTED}UNSIGNED-PAYLOAD", "signed as UNSIGNED-PAYLOAD"),
        (f"{LISTED}{OF_X}", f"{LISTED}{OF_X.upper()}", "the hash of the body is in capital letters"),
        (f"{LISTED}{OF_X}", f"{LISTED}{OF_X}\n", "the canonical request ends with a line break"),
    ],
)
def test_each_acs3_mistake_is_explained(old: str, new: str, cause: str) -> None:
    diagnosis = report(sign_again(sign_by_tea("x", {"c": "1", "b": "2"}), "acs3", old, new), "acs3")
    assert [each for each in diagnosis["causes"] if cause in each], diagnosis["causes"]
    assert not [each for each in diagnosis["causes"] if "no known slip" in each]


@pytest.mark.parametrize(
    ("hashed", "key", "cause"),
    [
        (lambda text: hashlib.sha256(text.encode()).hexdigest(), SECRET, "the line ACS3-HMAC-SHA256 before the hash"),
        (lambda text: text, SECRET, "the canonical request is signed itself"),
        (build_acs3_text, f"{SECRET}\n", "the secret ends with a line break"),
    ],
)
def test_each_wrong_acs3_string_to_sign_is_explained(hashed: Callable[[str], str], key: str, cause: str) -> None:
    request = sign_by_tea("x")
    text = hashed(report(request, "acs3")["canonical_request"])
    diagnosis = report_signature(request, hmac.new(key.encode(), text.encode(), "sha256").hexdigest())
    assert [each[: len(cause)] for each in diagnosis["causes"]] == [cause]


def test_acs3_by_another_hash() -> None:
    request = sign_by_tea("x")
    text = build_acs3_text(report(request, "acs3")["canonical_request"])
    diagnosis = report_signature(request, hmac.new(SECRET.encode(), text.encode(), "sha1").hexdigest())
    assert diagnosis["causes"] == ["signed with HMAC-SHA1 instead of HMAC-SHA256"]


@pytest.mark.parametrize("left_out", list(combinations(["host", "x-acs-action", "x-acs-content-sha256"], 2)))
def test_acs3_without_two_headers(left_out: tuple[str, str]) -> None:
    """They are listed in SignedHeaders, and neither in the lines nor in the list of what was signed."""
    request = sign_by_tea("x")
    head, lines, _listed, digest = split_acs3(report(request, "acs3")["canonical_request"])
    kept = [line for line in lines if not line.startswith(left_out)]
    listed = ";".join(line.partition(":")[0] for line in kept)
    text = build_acs3_text("\n".join([*head, *kept, "", listed, digest]))
    diagnosis = report_signature(request, hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest())
    assert [cause.split()[0] for cause in diagnosis["causes"]] == list(left_out)
    assert all("is listed in SignedHeaders" in cause for cause in diagnosis["causes"])


def test_acs3_with_a_header_that_is_not_listed() -> None:
    request = sign_by_tea("x")
    request.headers = CIMultiDict({**request.headers, "x-acs-zone": "z"})
    head, lines, listed, digest = split_acs3(report(request, "acs3")["canonical_request"])
    text = build_acs3_text("\n".join([*head, *lines, "x-acs-zone:z", "", f"{listed};x-acs-zone", digest]))
    diagnosis = report_signature(request, hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest())
    assert diagnosis["causes"] == ["x-acs-zone was signed, and SignedHeaders does not list it"]


def test_an_ampersand_behind_the_acs3_secret_is_explained() -> None:
    diagnosis = report(sign_again(sign_by_tea("x"), "acs3", "POST", "POST", "other"), "acs3")
    assert diagnosis["causes"][0].startswith("no known slip fits: tried ")
    diagnosis = report(sign_again(sign_by_tea("x"), "acs3", "POST", "POST", f"{SECRET}&"), "acs3")
    assert diagnosis["causes"] == ["the key of the HMAC has an & behind the secret, as in RPC"]


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
        ("POST\napplication/json\n\n", "POST\n\napplication/json\n", "Content-MD5 stands before Accept"),
        ("\n\napplication/json\n", "\napplication/json\n\n", "Content-Type stands before Content-MD5"),
        ("\n\napplication/json\n", "\napplication/json\n", "the line of Content-MD5 is not among"),
        ("\n\napplication/json\n", f"\n{MD5}\napplication/json\n", f"Content-MD5 was {MD5} when it was signed"),
        ("?a=1&b=2", "?a=1&b=2\n", "what is signed ends with a line break"),
    ],
)
def test_each_roa_mistake_is_explained(old: str, new: str, cause: str) -> None:
    request = sign_by_core("b=2&a=1")
    diagnosis = report(sign_again(request, "roa", old, new), "roa")
    assert len(diagnosis["causes"]) == 1
    assert cause in diagnosis["causes"][0]
    assert diagnosis["client_string_to_sign"] != diagnosis["string_to_sign"]


def report_text(request: WireRequest, text: str) -> dict[str, Any]:
    """Return the diagnosis of the call with the signature of a text."""
    signature = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), "sha1").digest()).decode()
    return report(change_headers(request, Authorization=f"acs testId:{signature}"), "roa")


def change_own_lines(text: str, change: Callable[[list[str]], list[str]]) -> str:
    """Return the text with its x-acs- lines changed."""
    lines = text.split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("x-acs-"))
    return "\n".join([*lines[:start], *change(lines[start:-1]), lines[-1]])


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("no x-acs- header is among what was signed", lambda _lines: []),
        ("there is a blank behind the colons", lambda lines: [line.replace(":", ": ", 1) for line in lines]),
        ("are not in small letters", lambda lines: [lines[-1].replace("x-acs-zz", "X-Acs-ZZ"), *lines[:-1]]),
    ],
)
def test_roa_own_headers(cause: str, change: Callable[[list[str]], list[str]]) -> None:
    request = sign_by_core("a=1")
    request = replace(request, headers=CIMultiDict([("X-Acs-ZZ", "z"), *request.headers.items()]))
    diagnosis = report_text(request, change_own_lines(report(request, "roa")["string_to_sign"], change))
    assert [cause in each for each in diagnosis["causes"]] == [True]


def test_roa_own_headers_are_not_sorted() -> None:
    request = sign_by_core("a=1")
    request = replace(request, headers=CIMultiDict([("x-acs-zz", "z"), ("x-acs-aa", "a"), *request.headers.items()]))
    order = [f"{name}:{value}" for name, value in request.headers.items() if name.startswith("x-acs-")]
    diagnosis = report_text(request, change_own_lines(report(request, "roa")["string_to_sign"], lambda _lines: order))
    assert diagnosis["causes"] == ["the x-acs- headers are not sorted"]


LINES = ["Accept", "Content-MD5", "Content-Type", "Date"]


@pytest.mark.parametrize("left_out", list(combinations(range(4), 2)))
def test_roa_without_two_lines(left_out: tuple[int, int]) -> None:
    request = sign_by_core("a=1", **{"Content-MD5": MD5, "Content-Type": "text/plain"})
    lines = report(request, "roa")["string_to_sign"].split("\n")
    diagnosis = report_text(request, "\n".join(line for n, line in enumerate(lines) if n - 1 not in left_out))
    assert [LINES[n] in cause for n, cause in zip(left_out, diagnosis["causes"], strict=True)] == [True, True]


@pytest.mark.parametrize("empty", list(combinations(range(4), 2)))
def test_roa_with_two_headers_empty(empty: tuple[int, int]) -> None:
    request = sign_by_core("a=1", **{"Content-MD5": MD5, "Content-Type": "text/plain"})
    lines = report(request, "roa")["string_to_sign"].split("\n")
    diagnosis = report_text(request, "\n".join("" if n - 1 in empty else line for n, line in enumerate(lines)))
    assert [cause.split()[0] for cause in diagnosis["causes"]] == [LINES[n] for n in empty]


def test_roa_without_two_of_its_own() -> None:
    request = sign_by_core()
    names = [line.partition(":")[0] for line in report(request, "roa")["string_to_sign"].split("\n")[5:-1]]
    for pair in combinations(names, 2):
        lines = report(request, "roa")["string_to_sign"].split("\n")
        diagnosis = report_text(request, "\n".join(line for line in lines if not line.startswith(pair)))
        assert sorted(diagnosis["causes"]) == [f"{name} is not among what was signed" for name in pair]


def test_the_clock_was_asked_twice() -> None:
    request = sign_by_core()
    sent = parsedate_to_datetime(request.headers["Date"])
    before = format_datetime(sent - timedelta(seconds=1), usegmt=True)
    text = report(request, "roa")["string_to_sign"].replace(request.headers["Date"], before)
    assert report_text(request, text)["causes"] == [f"Date was signed as {before}: the clock was asked twice"]


def test_an_ampersand_behind_the_roa_secret_is_explained() -> None:
    assert report(sign_by_core(secret=f"{SECRET}&"), "roa")["causes"][0].startswith("the key of the HMAC has an &")
    assert report(sign_by_core(secret="other"), "roa")["causes"][0].startswith("no known slip fits: tried ")


def test_roa_body_is_signed_by_its_hash_alone() -> None:
    request = sign_by_core(**{"Content-MD5": base64.b64encode(hashlib.md5(b"{}").digest()).decode()})
    assert report(request, "roa")["causes"] == []
    diagnosis = report(replace(request, body=b"[]"), "roa")
    assert (diagnosis["valid"], diagnosis["causes"]) == (True, ["Content-MD5 is not the hash of the body that came"])
