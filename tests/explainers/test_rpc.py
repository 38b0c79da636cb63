"""Each slip of an RPC client, made here by other code than the emulator's, is the cause that is told."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator.explainers import claimed, explained, first_difference
from emulator.vocabulary import WireRequest

SECRET = "testSecret"
PARAMS = {"b": "a b*~/中", "Accept": "", "a": "x:y", "AccessKeyId": "testId", "Format": "JSON"}


def mac(text: str, key: str = f"{SECRET}&", algorithm: str = "sha1") -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), algorithm).digest()).decode()


def plain(text: str) -> str:
    return quote(text, safe="~")


def to_sign(
    pairs: list[tuple[str, str]] | None = None, method: str = "GET", encode: Callable[[str], str] = plain
) -> str:
    ordered = sorted(PARAMS.items()) if pairs is None else pairs
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in ordered)
    return f"{method}&%2F&{plain(query)}"


def sent(signature: str, method: str = "GET", form: dict[str, str] | None = None) -> WireRequest:
    query = urlencode({**PARAMS, "Signature": signature}, quote_via=quote)
    headers = CIMultiDict({"Content-Type": "application/x-www-form-urlencoded"} if form else {})
    return WireRequest(method, f"/?{query}", headers, urlencode(form or {}).encode())


def report(request: WireRequest, secret: str = SECRET, others: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    found = claimed(request)
    assert found is not None
    explainer, claim = found
    assert (explainer.scheme, claim.key) == ("rpc", "testId")
    told = explained(explainer, request, claim.given, secret, others)
    assert secret not in str(told)
    return told


def test_right() -> None:
    told = report(sent(mac(to_sign())))
    assert told == {
        "valid": True,
        "given": mac(to_sign()),
        "expected": mac(to_sign()),
        "string_to_sign": to_sign(),
        "first_difference": None,
        "causes": [],
    }


CAUSES = {
    "lacks the &": mac(to_sign(), SECRET),
    "line break": mac(to_sign(), f"{SECRET}\n&"),
    "not sorted": mac(to_sign(list(PARAMS.items()))),
    "without regard to case": mac(to_sign(sorted(PARAMS.items(), key=lambda pair: pair[0].lower()))),
    "signed as POST, sent as GET": mac(to_sign(method="POST")),
    "a blank is signed as +": mac(to_sign(encode=lambda text: plain(text).replace("%20", "+"))),
    "URLEncoder": mac(to_sign(encode=lambda text: quote_plus(text, safe="*").replace("~", "%7E"))),
    "~ is signed as %7E": mac(to_sign(encode=lambda text: plain(text).replace("~", "%7E"))),
    "* is signed as it is": mac(to_sign(encode=lambda text: quote(text, safe="*~"))),
    "/ is signed as it is": mac(to_sign(encode=lambda text: quote(text, safe="/~"))),
    "percent-encoded twice before": mac(to_sign(encode=lambda text: plain(plain(text)))),
    "not percent-encoded before": mac(to_sign(encode=lambda text: text)),
    "not percent-encoded once more": mac(
        "GET&%2F&" + "&".join(f"{plain(name)}={plain(value)}" for name, value in sorted(PARAMS.items()))
    ),
    "signed as / instead": mac(to_sign().replace("GET&%2F&", "GET&/&")),
    "without a value": mac(to_sign(sorted(pair for pair in PARAMS.items() if pair[1]))),
    "HMAC-SHA256": mac(to_sign(), algorithm="sha256"),
    "hexadecimal": hmac.new(f"{SECRET}&".encode(), to_sign().encode(), hashlib.sha1).hexdigest(),
    "Format is not among": mac(to_sign(sorted(pair for pair in PARAMS.items() if pair[0] != "Format"))),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_one_slip(cause: str) -> None:
    told = report(sent(CAUSES[cause]))
    assert not told["valid"]
    assert len(told["causes"]) == 1
    assert cause in told["causes"][0]


def test_a_plus_that_came_as_a_blank() -> None:
    signed = ({**PARAMS, "z": str(n)} for n in range(99))
    pairs = next(each for each in signed if "+" in mac(to_sign(sorted(each.items()))))
    query = urlencode({**pairs, "Signature": mac(to_sign(sorted(pairs.items()))).replace("+", " ")}, quote_via=quote)
    told = report(WireRequest("GET", f"/?{query}", CIMultiDict(), b""))
    assert told["causes"] == ["the + of the signature came as a blank: percent-encode the signature"]


def test_the_texts_are_compared_where_they_part() -> None:
    told = report(sent(mac(to_sign(method="POST"))))
    assert told["client_string_to_sign"] == to_sign(method="POST")
    assert told["first_difference"] == {
        "at": 0,
        "expected": to_sign()[:40],
        "client": to_sign(method="POST")[:40],
    }
    assert "client_string_to_sign" not in report(sent(CAUSES["lacks the &"]))


def test_two_slips_together() -> None:
    told = report(sent(mac(to_sign(list(PARAMS.items()), method="POST"), SECRET.strip())))
    assert told["causes"][0].startswith("no known slip fits: tried ")  # three are too many
    told = report(sent(mac(to_sign(list(PARAMS.items()), method="POST"))))
    assert [cause[:10] for cause in told["causes"]] == ["signed as ", "the parame"]


def test_query_and_form() -> None:
    form = {"Task.1.ImageURL": "http://a/1.jpg"}
    both = sorted([*PARAMS.items(), *form.items()])
    assert report(sent(mac(to_sign(both, "POST")), "POST", form))["valid"]
    (cause,) = report(sent(mac(to_sign(method="POST")), "POST", form))["causes"]
    assert cause.startswith("the form was left out")
    (cause,) = report(sent(mac(to_sign(list(form.items()), "POST")), "POST", form))["causes"]
    assert cause.startswith("the query was left out")


def test_wrong_secret_and_whose_it_was() -> None:
    told = report(sent(mac(to_sign(), "other&")))
    assert told["causes"][0].startswith("no known slip fits: tried ")
    told = report(sent(mac(to_sign(), "other&")), others=(("teamB", "other"),))
    assert told["causes"] == ["wrong secret: it was signed with that of the key teamB"]


def test_encoded_twice() -> None:
    assert report(sent(quote(mac(to_sign()), safe="")))["causes"] == ["the signature was percent-encoded twice"]


def test_unsigned_calls_claim_nothing() -> None:
    assert claimed(WireRequest("GET", "/?a=b", CIMultiDict(), b"")) is None
    assert claimed(WireRequest("POST", "/", CIMultiDict({"Content-Type": "image/png"}), b"Signature=x")) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_first_difference_splits_both_texts_at_the_same_place(one: str, other: str) -> None:
    found = first_difference(one, other)
    if one == other:
        assert found is None
    else:
        assert found is not None
        assert one[: found["at"]] == other[: found["at"]]
        assert found["expected"][:1] != found["client"][:1]


@given(st.text(max_size=60), st.binary(max_size=60))
def test_odd_bytes_are_explained_as_well(query: str, body: bytes) -> None:
    target = "/?Signature=x&AccessKeyId=testId&" + quote(query, safe="%&=+", errors="replace")
    found = claimed(WireRequest("POST", target, CIMultiDict(), body))
    if found is not None:
        assert explained(found[0], WireRequest("POST", target, CIMultiDict(), body), "x", SECRET)["valid"] is False
