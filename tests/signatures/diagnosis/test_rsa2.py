"""Each mistake of a client of Alipay's gateway, signed here by other code than the emulator's, is the cause that is
named.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from emulator.signatures.diagnosis import diagnose, find_claim
from emulator.types import WireRequest
from tests.providers.alipay.gateway.builders import APP_ID, DETECT, encode_form, make_common, make_key_pair, sign_text

FORM = CIMultiDict({"Content-Type": "application/x-www-form-urlencoded"})


def make_params(charset: str = "utf-8") -> dict[str, str]:
    return make_common(DETECT, {"content": "加我 & 100%"}, charset=charset, app_auth_token="")


def build_text(values: Mapping[str, str], *, order: Any = sorted) -> str:
    return "&".join(f"{name}={values[name]}" for name in order(values))


def sign_encoded(text: str, codec: str = "utf-8") -> str:
    return sign_text(make_key_pair().key, text.encode(codec))


def build_call(sign: str, charset: str = "utf-8") -> WireRequest:
    """Build a call as most clients send it: biz_content in the form, all else in the query, in the charset that it
    names.
    """
    query = {**make_params(charset), "sign": sign}
    form = {"biz_content": query.pop("biz_content")}
    return WireRequest("POST", f"/gateway.do?{encode_form(query, charset)}", FORM, encode_form(form, charset).encode())


def report(request: WireRequest, secret: str = "", others: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    found = find_claim(request)
    assert found is not None
    scheme, claim = found
    assert (scheme.name, claim.key) == ("rsa2", APP_ID)
    diagnosis = diagnose(scheme, request, claim.signature, secret or make_key_pair().public, others)
    assert "PRIVATE KEY" not in str(diagnosis)
    return diagnosis


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "GB2312"])
def test_a_right_signature_is_valid(charset: str) -> None:
    text = build_text(make_params(charset))
    diagnosis = report(build_call(sign_encoded(text, charset), charset))
    assert diagnosis == {
        "valid": True,
        "given": sign_encoded(text, charset),
        "expected": None,  # only the client has the key to make it
        "string_to_sign": text,
        "first_difference": None,
        "causes": [],
    }


def test_empty_values_may_be_left_out() -> None:
    text = build_text({name: value for name, value in make_params().items() if value})
    diagnosis = report(build_call(sign_encoded(text)))
    assert (diagnosis["valid"], diagnosis["string_to_sign"]) == (True, text)


def test_a_form_whose_characters_are_not_percent_encoded() -> None:
    whole = {**make_params(), "sign": sign_encoded(build_text(make_params()))}
    body = "&".join(f"{name}={quote(value, safe='加我')}" for name, value in whole.items()).encode()
    assert report(WireRequest("POST", "/gateway.do", FORM, body))["valid"]


def build_encoded_text(charset: str) -> str:
    return build_text({name: quote(value, safe="", encoding=charset) for name, value in make_params(charset).items()})


PLAIN = make_params()
CAUSES = {
    "values are signed percent-encoded": ("utf-8", sign_encoded(build_encoded_text("utf-8"))),
    "signed percent-encoded instead": ("gbk", sign_encoded(build_encoded_text("gbk"))),
    "not sorted by name": (
        "utf-8",
        sign_encoded(
            build_text(PLAIN, order=lambda values: [*(name for name in values if name != "biz_content"), "biz_content"])
        ),
    ),
    "sign_type is not signed": (
        "utf-8",
        sign_encoded(build_text({n: v for n, v in PLAIN.items() if n != "sign_type"})),
    ),
    "biz_content is not among": (
        "utf-8",
        sign_encoded(build_text({n: v for n, v in PLAIN.items() if n != "biz_content"})),
    ),
    "signed as GBK, charset says utf-8": ("utf-8", sign_encoded(build_text(PLAIN), "gbk")),
    "signed as UTF-8, charset says gbk": ("gbk", sign_encoded(build_text(make_params("gbk")))),
    "signature was percent-encoded twice": ("utf-8", quote(sign_encoded(build_text(PLAIN)), safe="")),
    "came as a blank": ("utf-8", sign_encoded(build_text(PLAIN)).replace("+", " ")),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_mistake_is_the_only_cause(cause: str) -> None:
    charset, sign = CAUSES[cause]
    diagnosis = report(build_call(sign, charset))
    assert diagnosis["valid"] is False
    (said,) = diagnosis["causes"]
    assert cause in said


def test_where_the_texts_part() -> None:
    diagnosis = report(build_call(CAUSES["sign_type is not signed"][1]))
    assert diagnosis["client_string_to_sign"] == diagnosis["string_to_sign"].replace("&sign_type=RSA2", "")
    assert diagnosis["first_difference"]["expected"].startswith("sign_type=RSA2")


def test_two_mistakes_together() -> None:
    text = build_text({name: quote(value, safe="") for name, value in PLAIN.items() if name != "sign_type"})
    assert len(report(build_call(sign_encoded(text)))["causes"]) == 2


def test_the_wrong_key() -> None:
    request = build_call(sign_text(make_key_pair("other").key, build_text(PLAIN).encode()))
    (cause,) = report(request)["causes"]
    assert cause == (
        "no known slip fits: tried to open the signature with the key of this application, in vain; it may be that of "
        "another key, padded otherwise than PKCS#1 v1.5, or changed on its way"
    )
    (cause,) = report(request, others=(("2021b", make_key_pair("other").public),))["causes"]
    assert cause == "wrong secret: it was signed with that of the key 2021b"


def sign_by(algorithm: hashes.HashAlgorithm, text: str) -> str:
    return base64.b64encode(make_key_pair().key.sign(text.encode(), PKCS1v15(), algorithm)).decode()


def test_another_hash_is_certain() -> None:
    """Whatever the text was: the signature opens with the registered key, and shows it."""
    sha1 = "signed with SHA-1, which is sign_type=RSA, and sign_type says RSA2"
    assert report(build_call(sign_by(hashes.SHA1(), build_text(PLAIN))))["causes"] == [sha1]
    assert report(build_call(sign_by(hashes.MD5(), build_text(PLAIN))))["causes"] == [
        "signed with MD5 and sign_type says RSA2"
    ]
    diagnosis = report(
        build_call(sign_by(hashes.SHA1(), build_text({n: v for n, v in PLAIN.items() if n != "version"})))
    )
    assert diagnosis["causes"] == [sha1, "version is not among what was signed"]
    diagnosis = report(build_call(sign_by(hashes.SHA1(), "another text")))
    assert diagnosis["causes"][0] == sha1
    assert diagnosis["causes"][1].startswith("no known slip fits: tried ")


@pytest.mark.parametrize(("algorithm", "text"), [("sha256", build_text(PLAIN)), ("sha256", "another"), ("md5", "x")])
def test_a_private_key_that_encrypts_instead_of_signing(algorithm: str, text: str) -> None:
    digest = hashlib.new(algorithm, text.encode()).digest()
    block = b"\0\1" + b"\xff" * (253 - len(digest)) + b"\0" + digest
    numbers = make_key_pair().key.private_numbers()
    made = pow(int.from_bytes(block), numbers.d, numbers.public_numbers.n).to_bytes(256)
    diagnosis = report(build_call(base64.b64encode(made).decode()))
    assert diagnosis["valid"] is False
    assert diagnosis["causes"][0].startswith(f"{len(digest)} bytes were signed that name no hash, ")
    assert len(diagnosis["causes"]) == (1 if text == build_text(PLAIN) else 2)


def test_a_call_of_sign_type_rsa() -> None:
    values = {**PLAIN, "sign_type": "RSA"}
    for algorithm, causes in (
        (hashes.SHA1(), []),
        (hashes.SHA256(), ["signed with SHA-256, which is sign_type=RSA2, and sign_type says RSA"]),
    ):
        whole = {**values, "sign": sign_by(algorithm, build_text(values))}
        diagnosis = report(WireRequest("GET", f"/gateway.do?{encode_form(whole)}", CIMultiDict(), b""))
        assert (diagnosis["valid"], diagnosis["causes"]) == (not causes, causes)


def report_text(values: Mapping[str, str], signed: str) -> dict[str, Any]:
    """Return the diagnosis of a call whose signature is that of another text."""
    whole = {**values, "sign": signed}
    return report(WireRequest("POST", "/gateway.do", FORM, encode_form(whole, values["charset"]).encode()))


CERTIFICATES = {"app_cert_sn": "50fa7bc5dc305a4fbdbe166689ddc827", "alipay_root_cert_sn": "687b59193f3f462d_02941eef"}


def test_both_certificate_numbers_unsigned() -> None:
    values = {**PLAIN, **CERTIFICATES, "app_auth_token": "a", "notify_url": "https://a.test/", "return_url": "b"}
    diagnosis = report_text(
        values, sign_encoded(build_text({name: value for name, value in values.items() if name not in CERTIFICATES}))
    )
    assert sorted(diagnosis["causes"]) == [f"{name} is not among what was signed" for name in sorted(CERTIFICATES)]


@pytest.mark.parametrize("left_out", list(combinations(sorted(PLAIN), 2)))
def test_two_that_are_left_out(left_out: tuple[str, str]) -> None:
    diagnosis = report(
        build_call(sign_encoded(build_text({name: value for name, value in PLAIN.items() if name not in left_out})))
    )
    # An empty one may be left out, so that the other alone explains it.
    assert len(diagnosis["causes"]) == len([name for name in left_out if PLAIN[name]])
    assert all(any(name in cause for cause in diagnosis["causes"]) for name in left_out if PLAIN[name])


def encode_in_small_letters(text: str) -> str:
    return re.sub("%..", lambda escape: escape[0].lower(), quote_plus(text, safe="!*()"))


@pytest.mark.parametrize(
    ("style", "encode"),
    [
        ("", lambda text: quote(text, safe="")),
        (", with + for a blank", quote_plus),
        (", as JavaScript's encodeURIComponent does", lambda text: quote(text, safe="!'()*~")),
        (", as Java's URLEncoder does", lambda text: quote_plus(text, safe="*")),
        (", as .NET's UrlEncode does", encode_in_small_letters),
    ],
)
def test_the_business_parameters_alone_are_percent_encoded(style: str, encode: Callable[[str], str]) -> None:
    values = make_common(DETECT, {"content": "加我 (*) 'a'"})
    diagnosis = report_text(values, sign_encoded(build_text({**values, "biz_content": encode(values["biz_content"])})))
    assert diagnosis["causes"] == [f"biz_content alone is signed percent-encoded instead of decoded{style}"]


@pytest.mark.parametrize(
    ("cause", "data"),
    [
        ("as Latin-1 or ASCII, with ? for", build_text(PLAIN).encode("ascii", "replace")),
        ("as Latin-1, with the low byte of", bytes(ord(each) & 0xFF for each in build_text(PLAIN))),
        ("taken for Latin-1 and made UTF-8 a second time", build_text(PLAIN).encode().decode("latin-1").encode()),
    ],
)
def test_chinese_in_other_bytes(cause: str, data: bytes) -> None:
    (diagnosis,) = report_text(PLAIN, sign_text(make_key_pair().key, data))["causes"]
    assert cause in diagnosis


CONTENT = {"z": 1, "content": "加我/😀", "a": [1, 2]}


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("with \\u escapes", '{"z": 1, "content": "\\u52a0\\u6211/\\ud83d\\ude00", "a": [1, 2]}'),
        ("with \\u escapes in capitals", '{"z": 1, "content": "\\u52A0\\u6211/\\uD83D\\uDE00", "a": [1, 2]}'),
        ("with \\/ for /", '{"z": 1, "content": "加我\\/😀", "a": [1, 2]}'),
        ("without blanks", '{"z":1,"content":"加我/😀","a":[1,2]}'),
        ("without blanks and its keys sorted", '{"a":[1,2],"content":"加我/😀","z":1}'),
        (
            "with a blank behind , and : and its keys sorted and with \\u escapes",
            '{"a": [1, 2], "content": "\\u52a0\\u6211/\\ud83d\\ude00", "z": 1}',
        ),
        (
            "without blanks and with \\/ for / and with \\u escapes",
            '{"z":1,"content":"\\u52a0\\u6211\\/\\ud83d\\ude00","a":[1,2]}',
        ),
    ],
)
def test_json_written_anew(how: str, text: str) -> None:
    values = make_common(DETECT, CONTENT)
    diagnosis = report_text(values, sign_encoded(build_text({**values, "biz_content": text})))
    assert diagnosis["causes"] == [f"biz_content was written {how} when it was signed"]
    diagnosis = report_text(
        {**values, "biz_content": '{"content": "\\u52a0"}'},
        sign_encoded(build_text({**values, "biz_content": '{"content": "加"}'})),
    )
    assert diagnosis["causes"] == [
        "biz_content was written with its characters instead of \\u escapes when it was signed"
    ]


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        ("what is signed ends with a line break", f"{build_text(PLAIN)}\n"),
        ("what is signed ends with an &", f"{build_text(PLAIN)}&"),
        (
            "timestamp was signed as 2026-01-05 15:59:58: the clock was asked twice",
            build_text({**PLAIN, "timestamp": "2026-01-05 15:59:58"}),
        ),
    ],
)
def test_each_small_mistake_is_explained(cause: str, text: str) -> None:
    assert report_text(PLAIN, sign_encoded(text))["causes"] == [cause]


def test_a_plus_of_a_value_that_came_as_a_blank() -> None:
    values = make_common(DETECT, {"content": "a+b"})
    whole = {**values, "sign": sign_encoded(build_text(values))}
    body = "&".join(f"{name}={quote(value, safe='')}" for name, value in whole.items()).replace("a%2Bb", "a+b")
    diagnosis = report(WireRequest("POST", "/gateway.do", FORM, body.encode()))
    assert diagnosis["causes"] == ["a + of the values came as a blank: percent-encode it as %2B"]


@pytest.mark.parametrize("other", ["another text", build_text({**PLAIN, "biz_content": '{"content":"another"}'})])
def test_what_nothing_explains(other: str) -> None:
    """The key is proven to be right, and no more is said of what was signed than that it was something else."""
    (cause,) = report(build_call(sign_encoded(other)))["causes"]
    assert re.fullmatch(
        r"no known slip fits: tried \d{2,3} ways; the key is the right one, for the signature opens with it, so the "
        "text that was signed is another: it may be another slip, or a value that changed after signing, as a "
        "biz_content that was written anew",
        cause,
    )


def test_with_the_private_key_the_right_signature_is_reported() -> None:
    diagnosis = report(build_call("x"), make_key_pair().pkcs8)
    assert diagnosis["expected"] == sign_encoded(build_text(PLAIN))


def test_a_biz_content_that_names_a_charset() -> None:
    values = make_common(DETECT, {"content": "https://a.test/?b=加&charset=gbk"})
    whole = {**values, "sign": sign_encoded(build_text(values))}
    assert report(WireRequest("GET", f"/gateway.do?{encode_form(whole)}", CIMultiDict(), b""))["valid"]


@pytest.mark.parametrize("body", [b'{"content": "https://a.test/1.png?e=1&sign=abc"}', b' [{"url": "x&sign=y"}]'])
def test_the_sign_of_an_address_in_json_is_no_claim(body: bytes) -> None:
    assert find_claim(WireRequest("POST", "/alipay/my.ap.imgRisk", CIMultiDict(), body)) is None


@given(st.dictionaries(st.binary(max_size=6), st.binary(max_size=12), max_size=4), st.sampled_from(["utf-8", "gbk"]))
def test_any_bytes_will_do(values: dict[bytes, bytes], charset: str) -> None:
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in values.items())
    query = f"sign=x&app_id={APP_ID}&charset={charset}&{pairs}"
    diagnosis = report(WireRequest("GET", f"/gateway.do?{query}", CIMultiDict(), b""))
    assert diagnosis["valid"] is False
