"""Each mistake of an RPC client, made here by other code than the emulator's, is the cause that is named."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator.signatures.diagnosis import diagnose, find_claim, find_first_difference
from emulator.types import WireRequest

SECRET = "testSecret"
PARAMS = {"b": "a b*~/中", "Accept": "", "a": "x:y", "AccessKeyId": "testId", "Format": "JSON"}
PARAMS["Timestamp"] = "2026-01-05T08:00:00Z"


def compute_mac(text: str, key: str = f"{SECRET}&", algorithm: str = "sha1") -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), algorithm).digest()).decode()


def encode_plainly(text: str) -> str:
    return quote(text, safe="~")


def build_text(
    pairs: list[tuple[str, str]] | None = None, method: str = "GET", encode: Callable[[str], str] = encode_plainly
) -> str:
    ordered = sorted(PARAMS.items()) if pairs is None else pairs
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in ordered)
    return f"{method}&%2F&{encode_plainly(query)}"


def build_call(signature: str, method: str = "GET", form: dict[str, str] | None = None) -> WireRequest:
    query = urlencode({**PARAMS, "Signature": signature}, quote_via=quote)
    headers = CIMultiDict({"Content-Type": "application/x-www-form-urlencoded"} if form else {})
    return WireRequest(method, f"/?{query}", headers, urlencode(form or {}).encode())


def report(request: WireRequest, secret: str = SECRET, others: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    found = find_claim(request)
    assert found is not None
    scheme, claim = found
    assert (scheme.name, claim.key) == ("rpc", "testId")
    diagnosis = diagnose(scheme, request, claim.signature, secret, others)
    assert secret not in str(diagnosis)
    return diagnosis


def test_a_right_signature_is_valid() -> None:
    diagnosis = report(build_call(compute_mac(build_text())))
    assert diagnosis == {
        "valid": True,
        "given": compute_mac(build_text()),
        "expected": compute_mac(build_text()),
        "string_to_sign": build_text(),
        "first_difference": None,
        "causes": [],
    }


def encode_in_small_letters(text: str) -> str:
    return re.sub("%..", lambda escape: escape[0].lower(), encode_plainly(text))


CAUSES = {
    "lacks the &": compute_mac(build_text(), SECRET),
    "line break": compute_mac(build_text(), f"{SECRET}\n&"),
    "not sorted": compute_mac(build_text(list(PARAMS.items()))),
    "without regard to case": compute_mac(build_text(sorted(PARAMS.items(), key=lambda pair: pair[0].lower()))),
    "signed as POST, sent as GET": compute_mac(build_text(method="POST")),
    "a blank is signed as +": compute_mac(build_text(encode=lambda text: encode_plainly(text).replace("%20", "+"))),
    "URLEncoder": compute_mac(build_text(encode=lambda text: quote_plus(text, safe="*").replace("~", "%7E"))),
    "~ is signed as %7E": compute_mac(build_text(encode=lambda text: encode_plainly(text).replace("~", "%7E"))),
    "* is signed as it is": compute_mac(build_text(encode=lambda text: quote(text, safe="*~"))),
    "/ is signed as it is": compute_mac(build_text(encode=lambda text: quote(text, safe="/~"))),
    "percent-encoded twice before": compute_mac(build_text(encode=lambda text: encode_plainly(encode_plainly(text)))),
    "not percent-encoded before": compute_mac(build_text(encode=lambda text: text)),
    "not percent-encoded once more": compute_mac(
        "GET&%2F&"
        + "&".join(f"{encode_plainly(name)}={encode_plainly(value)}" for name, value in sorted(PARAMS.items()))
    ),
    "signed as / instead": compute_mac(build_text().replace("GET&%2F&", "GET&/&")),
    "without a value": compute_mac(build_text(sorted(pair for pair in PARAMS.items() if pair[1]))),
    "HMAC-SHA256": compute_mac(build_text(), algorithm="sha256"),
    "hexadecimal": hmac.new(f"{SECRET}&".encode(), build_text().encode(), hashlib.sha1).hexdigest(),
    "escapes are in small letters": compute_mac(build_text(encode=encode_in_small_letters)),
    "those of GBK": compute_mac(build_text(encode=lambda text: quote(text, safe="~", encoding="gbk"))),
    "percent-encoded twice more": compute_mac(f"GET&%2F&{encode_plainly(build_text()[8:])}"),
    "signed as %252F": compute_mac(build_text().replace("GET&%2F&", "GET&%252F&")),
    "what is signed ends with a line break": compute_mac(f"{build_text()}\n"),
    "the clock was asked twice": compute_mac(
        build_text(sorted({**PARAMS, "Timestamp": "2026-01-05T07:59:59Z"}.items()))
    ),
    "Format is not among": compute_mac(build_text(sorted(pair for pair in PARAMS.items() if pair[0] != "Format"))),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_mistake_is_the_only_cause(cause: str) -> None:
    diagnosis = report(build_call(CAUSES[cause]))
    assert not diagnosis["valid"]
    assert len(diagnosis["causes"]) == 1
    assert cause in diagnosis["causes"][0]


@pytest.mark.parametrize("left_out", list(combinations(["Accept", "AccessKeyId", "Format", "Timestamp", "a"], 2)))
def test_two_that_are_left_out(left_out: tuple[str, str]) -> None:
    diagnosis = report(
        build_call(compute_mac(build_text(sorted(pair for pair in PARAMS.items() if pair[0] not in left_out))))
    )
    assert sorted(diagnosis["causes"]) == [f"{name} is not among what was signed" for name in sorted(left_out)]
    assert diagnosis["client_string_to_sign"] != diagnosis["string_to_sign"]


def test_two_that_are_left_out_of_many() -> None:
    """A call with many texts, behind which the parameters stand that every call has."""
    many = {f"Tasks.{n}.Content": "加我支付宝" for n in range(1, 31)}
    whole = {**many, **PARAMS}
    kept = {name: value for name, value in whole.items() if name not in ("Format", "Timestamp")}
    query = urlencode({**whole, "Signature": compute_mac(build_text(sorted(kept.items())))}, quote_via=quote)
    diagnosis = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert sorted(diagnosis["causes"]) == [f"{name} is not among what was signed" for name in ("Format", "Timestamp")]


@pytest.mark.parametrize(
    ("cause", "key"),
    [
        ("sorted by their numbers", lambda pair: int("".join(filter(str.isdigit, pair[0])) or 99)),
        ("sorted after they are joined", lambda pair: f"{pair[0]}={pair[1]}"),
    ],
)
def test_orders_of_ten_tasks(cause: str, key: Callable[[tuple[str, str]], Any]) -> None:
    tasks = [("AccessKeyId", "testId"), *((f"Tasks.{n}", "x") for n in range(1, 12))]
    ordered = sorted(tasks, key=key) if "joined" in cause else [tasks[0], *sorted(tasks[1:], key=key)]
    query = urlencode({"Signature": compute_mac(build_text(ordered)), **dict(reversed(tasks))}, quote_via=quote)
    diagnosis = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert [cause in each for each in diagnosis["causes"]] == [True]


def test_encode_uri_component_is_explained() -> None:
    text = f"GET&%2F&{encode_plainly('AccessKeyId=testId&a=' + quote('(1)', safe='()'))}"
    query = f"AccessKeyId=testId&a=%281%29&Signature={quote(compute_mac(text), safe='')}"
    diagnosis = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert ["encodeURIComponent" in each for each in diagnosis["causes"]] == [True]


def test_a_plus_of_a_value_that_came_as_a_blank() -> None:
    text = build_text([("AccessKeyId", "testId"), ("Timestamp", "2026-01-05T16:00:00+0800")])
    query = f"AccessKeyId=testId&Timestamp=2026-01-05T16:00:00+0800&Signature={quote(compute_mac(text), safe='')}"
    diagnosis = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert diagnosis["causes"] == ["a + of the values came as a blank: percent-encode it as %2B"]


def test_a_plus_that_came_as_a_blank() -> None:
    signed = ({**PARAMS, "z": str(n)} for n in range(99))
    pairs = next(each for each in signed if "+" in compute_mac(build_text(sorted(each.items()))))
    query = urlencode(
        {**pairs, "Signature": compute_mac(build_text(sorted(pairs.items()))).replace("+", " ")}, quote_via=quote
    )
    diagnosis = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert diagnosis["causes"] == ["the + of the signature came as a blank: percent-encode the signature"]


def test_the_texts_are_compared_where_they_part() -> None:
    diagnosis = report(build_call(compute_mac(build_text(method="POST"))))
    assert diagnosis["client_string_to_sign"] == build_text(method="POST")
    assert diagnosis["first_difference"] == {
        "at": 0,
        "expected": build_text()[:40],
        "client": build_text(method="POST")[:40],
    }
    assert "client_string_to_sign" not in report(build_call(CAUSES["lacks the &"]))


def test_two_mistakes_together() -> None:
    diagnosis = report(build_call(compute_mac(build_text(list(PARAMS.items()), method="POST"), SECRET.strip())))
    assert diagnosis["causes"][0].startswith("no known slip fits: tried ")  # three are too many
    diagnosis = report(build_call(compute_mac(build_text(list(PARAMS.items()), method="POST"))))
    assert [cause[:10] for cause in diagnosis["causes"]] == ["signed as ", "the parame"]


def test_query_and_form() -> None:
    form = {"Task.1.ImageURL": "http://a/1.jpg"}
    both = sorted([*PARAMS.items(), *form.items()])
    assert report(build_call(compute_mac(build_text(both, "POST")), "POST", form))["valid"]
    (cause,) = report(build_call(compute_mac(build_text(method="POST")), "POST", form))["causes"]
    assert cause.startswith("the form was left out")
    (cause,) = report(build_call(compute_mac(build_text(list(form.items()), "POST")), "POST", form))["causes"]
    assert cause.startswith("the query was left out")


UNKNOWN = {
    "another secret": compute_mac(build_text(), "other&"),
    "a value that changed": compute_mac(build_text(sorted({**PARAMS, "a": "x:z"}.items()))),
}


@pytest.mark.parametrize("signature", UNKNOWN.values(), ids=UNKNOWN)
def test_what_nothing_explains(signature: str) -> None:
    """Of these only the caller can tell which it was."""
    (cause,) = report(build_call(signature), others=(("teamB", "b"), ("teamC", "c")))["causes"]
    assert re.fullmatch(
        r"no known slip fits: tried \d{2,3} ways with the secret of this key, and 2 other secrets known here; it may "
        "be another slip, or a value that changed after signing, or the secret is another one",
        cause,
    )


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        ("x", "the signature is neither Base64 nor hexadecimal"),
        ("", "the signature is neither Base64 nor hexadecimal"),
        ("AAAA", "the signature stands for 3 bytes, and an HMAC has 20 by SHA-1 and 32 by SHA-256"),
        ("加" * 20, "the signature is neither Base64 nor hexadecimal"),
    ],
)
def test_what_can_be_no_signature(signature: str, told: str) -> None:
    assert report(build_call(signature))["causes"] == [f"no known slip fits: {told}"]


def test_wrong_secret_and_whose_it_was() -> None:
    diagnosis = report(build_call(compute_mac(build_text(), "other&")), others=(("teamB", "other"),))
    assert diagnosis["causes"] == ["wrong secret: it was signed with that of the key teamB"]


def test_a_signature_encoded_twice_is_explained() -> None:
    assert report(build_call(quote(compute_mac(build_text()), safe="")))["causes"] == [
        "the signature was percent-encoded twice"
    ]


def test_unsigned_calls_claim_nothing() -> None:
    assert find_claim(WireRequest("GET", "/?a=b", CIMultiDict(), b"")) is None
    assert find_claim(WireRequest("POST", "/", CIMultiDict({"Content-Type": "image/png"}), b"Signature=x")) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_first_difference_splits_both_texts_at_the_same_place(one: str, other: str) -> None:
    found = find_first_difference(one, other)
    if one == other:
        assert found is None
    else:
        assert found is not None
        assert one[: found["at"]] == other[: found["at"]]
        assert found["expected"][:1] != found["client"][:1]


@given(st.text(max_size=60), st.binary(max_size=60))
def test_odd_bytes_are_explained_as_well(query: str, body: bytes) -> None:
    target = "/?Signature=x&AccessKeyId=testId&" + quote(query, safe="%&=+", errors="replace")
    found = find_claim(WireRequest("POST", target, CIMultiDict(), body))
    if found is not None:
        assert diagnose(found[0], WireRequest("POST", target, CIMultiDict(), body), "x", SECRET)["valid"] is False
