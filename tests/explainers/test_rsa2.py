"""Each slip of a client of Alipay's gateway, signed here by other code than the emulator's, is the cause told."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator.explainers import claimed, explained
from emulator.vocabulary import WireRequest
from tests.providers.alipay.gateway.forms import APP_ID, DETECT, common, pair, signature, written

FORM = CIMultiDict({"Content-Type": "application/x-www-form-urlencoded"})


def params(charset: str = "utf-8") -> dict[str, str]:
    return common(DETECT, {"content": "加我 & 100%"}, charset=charset, app_auth_token="")


def to_sign(values: Mapping[str, str], *, order: Any = sorted) -> str:
    return "&".join(f"{name}={values[name]}" for name in order(values))


def made(text: str, codec: str = "utf-8") -> str:
    return signature(pair().key, text.encode(codec))


def sent(sign: str, charset: str = "utf-8") -> WireRequest:
    """As most clients send it: biz_content in the form, all else in the query, in the charset that it names."""
    query = {**params(charset), "sign": sign}
    form = {"biz_content": query.pop("biz_content")}
    return WireRequest("POST", f"/gateway.do?{written(query, charset)}", FORM, written(form, charset).encode())


def report(request: WireRequest, secret: str = "", others: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    found = claimed(request)
    assert found is not None
    explainer, claim = found
    assert (explainer.scheme, claim.key) == ("rsa2", APP_ID)
    told = explained(explainer, request, claim.given, secret or pair().public, others)
    assert "PRIVATE KEY" not in str(told)
    return told


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "GB2312"])
def test_right(charset: str) -> None:
    text = to_sign(params(charset))
    told = report(sent(made(text, charset), charset))
    assert told == {
        "valid": True,
        "given": made(text, charset),
        "expected": None,  # only the client has the key to make it
        "string_to_sign": text,
        "first_difference": None,
        "causes": [],
    }


def test_empty_values_may_be_left_out() -> None:
    text = to_sign({name: value for name, value in params().items() if value})
    told = report(sent(made(text)))
    assert (told["valid"], told["string_to_sign"]) == (True, text)


def test_a_form_whose_characters_are_not_percent_encoded() -> None:
    whole = {**params(), "sign": made(to_sign(params()))}
    body = "&".join(f"{name}={quote(value, safe='加我')}" for name, value in whole.items()).encode()
    assert report(WireRequest("POST", "/gateway.do", FORM, body))["valid"]


def encoded(charset: str) -> str:
    return to_sign({name: quote(value, safe="", encoding=charset) for name, value in params(charset).items()})


PLAIN = params()
CAUSES = {
    "values are signed percent-encoded": ("utf-8", made(encoded("utf-8"))),
    "signed percent-encoded instead": ("gbk", made(encoded("gbk"))),
    "not sorted by name": (
        "utf-8",
        made(to_sign(PLAIN, order=lambda values: [*(name for name in values if name != "biz_content"), "biz_content"])),
    ),
    "sign_type is not signed": ("utf-8", made(to_sign({n: v for n, v in PLAIN.items() if n != "sign_type"}))),
    "biz_content is not among": ("utf-8", made(to_sign({n: v for n, v in PLAIN.items() if n != "biz_content"}))),
    "signed as GBK, charset says utf-8": ("utf-8", made(to_sign(PLAIN), "gbk")),
    "signed as UTF-8, charset says gbk": ("gbk", made(to_sign(params("gbk")))),
    "signature was percent-encoded twice": ("utf-8", quote(made(to_sign(PLAIN)), safe="")),
    "came as a blank": ("utf-8", made(to_sign(PLAIN)).replace("+", " ")),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_causes(cause: str) -> None:
    charset, sign = CAUSES[cause]
    told = report(sent(sign, charset))
    assert told["valid"] is False
    (said,) = told["causes"]
    assert cause in said


def test_where_the_texts_part() -> None:
    told = report(sent(CAUSES["sign_type is not signed"][1]))
    assert told["client_string_to_sign"] == told["string_to_sign"].replace("&sign_type=RSA2", "")
    assert told["first_difference"]["expected"].startswith("sign_type=RSA2")


def test_two_slips_together() -> None:
    text = to_sign({name: quote(value, safe="") for name, value in PLAIN.items() if name != "sign_type"})
    assert len(report(sent(made(text)))["causes"]) == 2


def test_the_wrong_key() -> None:
    request = sent(signature(pair("other").key, to_sign(PLAIN).encode()))
    (cause,) = report(request)["causes"]
    assert cause == (
        "no known slip fits: tried to open the signature with the right key, in vain; it may be that of another key, "
        "padded otherwise than PKCS#1 v1.5, or changed on its way"
    )
    (cause,) = report(request, others=(("2021b", pair("other").public),))["causes"]
    assert cause == "wrong secret: it was signed with that of the key 2021b"


def test_with_the_private_key_the_right_signature_is_told() -> None:
    told = report(sent("x"), pair().pkcs8)
    assert told["expected"] == made(to_sign(PLAIN))


def test_a_biz_content_that_names_a_charset() -> None:
    values = common(DETECT, {"content": "https://a.test/?b=加&charset=gbk"})
    whole = {**values, "sign": made(to_sign(values))}
    assert report(WireRequest("GET", f"/gateway.do?{written(whole)}", CIMultiDict(), b""))["valid"]


@pytest.mark.parametrize("body", [b'{"content": "https://a.test/1.png?e=1&sign=abc"}', b' [{"url": "x&sign=y"}]'])
def test_the_sign_of_an_address_in_json_is_no_claim(body: bytes) -> None:
    assert claimed(WireRequest("POST", "/alipay/my.ap.imgRisk", CIMultiDict(), body)) is None


@given(st.dictionaries(st.binary(max_size=6), st.binary(max_size=12), max_size=4), st.sampled_from(["utf-8", "gbk"]))
def test_any_bytes_will_do(values: dict[bytes, bytes], charset: str) -> None:
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in values.items())
    query = f"sign=x&app_id={APP_ID}&charset={charset}&{pairs}"
    told = report(WireRequest("GET", f"/gateway.do?{query}", CIMultiDict(), b""))
    assert told["valid"] is False
