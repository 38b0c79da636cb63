"""RPC HMAC-SHA1 against the published vector, the two official signers, and itself by the other path."""

import base64
import hmac
from itertools import product
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

import pytest
from alibabacloud_openapi_util.client import Client as OpenApi
from aliyunsdkcore.auth.composer.rpc_signature_composer import get_signed_url
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.signatures import rpc

# The example of the ECS documentation.
PUBLISHED = {
    "AccessKeyId": "testid",
    "Action": "DescribeRegions",
    "Format": "XML",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
    "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z",
    "Version": "2014-05-26",
}
PUBLISHED_TEXT = (
    "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1"
    "%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0"
    "%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26"
)
PLAIN = "ABCXYZabcxyz0123456789-_.~"

real_names = st.sampled_from(
    [f"Task.{n}.{key}" for n in (1, 2, 10, 11, 100) for key in ("ImageURL", "DataId")]
    + [f"Scene.{n}" for n in range(1, 12)]
    + ["Task.1", "Task.10", "Task", "Task-1", "Task_1", "Task~1", "SignatureVersion", "Signatur"]
)
plain_names = real_names | st.text(PLAIN, min_size=1, max_size=6).filter(lambda name: name != "Signature")
names = plain_names | st.text(max_size=5).filter(lambda name: name != "Signature")
values = st.text() | st.text("\x00\n\x7f %&=+*~/?#;,'()!中é😀", max_size=12)
fragments = (
    st.sampled_from(
        ["&", "=", "%", "+", " ", "*", "~", "/", ";", "é", "中", "a", "B", "7", "-", "_", ".", "\n", "\x00"]
    )
    | st.sampled_from(["Task.1=", "&Task.10=", "&Task.1=", "&Signature=", "Signature", "&a=1", "&a=%21", "&a=2", "&="])
    | st.sampled_from(["%20", "%2F", "%2f", "%2B", "%2A", "%3D", "%26", "%25", "%41", "%7E", "%00", "%7F", "%80", "%2"])
    | st.sampled_from(["%C3%A9", "%c3%a9", "%C3", "%E4%B8%AD", "%ED%A0%80", "%F0%9F%98%80", "%F4%90%80%80", "%GG"])
)
unhurried = settings(deadline=None)


def decode(raw: str) -> list[tuple[str, str]]:
    return parse_qsl(raw, keep_blank_values=True)


def encode(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, quote_via=quote, safe="~")


def test_the_published_vector_is_signed() -> None:
    text = rpc.build_string_to_sign("GET", PUBLISHED.items())
    assert text == PUBLISHED_TEXT
    assert rpc.sign("testsecret", text) == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("place", range(3))
def test_a_signature_that_is_already_there_is_left_out(place: int) -> None:
    pairs = list(PUBLISHED.items())
    pairs.insert(place * 4, ("Signature", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="))
    assert rpc.build_string_to_sign("GET", pairs) == PUBLISHED_TEXT
    assert rpc.build_canonical_string_to_sign("GET", encode(pairs)) == PUBLISHED_TEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("AZaz09-_.~", "AZaz09-_.~"),
        (" ", "%20"),
        ("+", "%2B"),
        ("*", "%2A"),
        ("/", "%2F"),
        ("%2F", "%252F"),
        ("!'()", "%21%27%28%29"),
        ("\x00\x7f", "%00%7F"),
        ("é", "%C3%A9"),
        ("中", "%E4%B8%AD"),
        ("😀", "%F0%9F%98%80"),
        ("a\ud800", "a%3F"),
    ],
)
def test_a_text_is_percent_encoded(text: str, expected: str) -> None:
    assert rpc.encode(text) == expected


@given(st.text())
@unhurried
def test_encode_escapes_what_the_library_escapes(text: str) -> None:
    assert rpc.encode(text) == quote(text, safe="~")


def test_names_sort_as_names_not_as_pairs() -> None:
    pairs = [("Task.10", "a"), ("Task.1", "b"), ("Task-1", "c"), ("Task", "d"), ("Task.1.A", "e"), ("task", "f")]
    expected = "POST&%2F&Task%3Dd%26Task-1%3Dc%26Task.1%3Db%26Task.1.A%3De%26Task.10%3Da%26task%3Df"
    assert rpc.build_string_to_sign("POST", pairs) == expected
    assert rpc.build_canonical_string_to_sign("POST", encode(pairs)) == expected


def test_sorting_is_by_bytes_of_the_decoded_text() -> None:
    pairs = [("名", "1"), ("😀", "2"), ("\uffff", "3"), ("a/", "4"), ("a.", "5"), ("b", "7"), ("b", "+"), ("b", "é")]
    assert rpc.build_canonical_query(pairs) == ("a.=5&a%2F=4&b=%2B&b=7&b=%C3%A9&%E5%90%8D=1&%EF%BF%BF=3&%F0%9F%98%80=2")


def test_no_parameters_are_signed_as_nothing() -> None:
    assert rpc.build_string_to_sign("GET", []) == "GET&%2F&"
    assert rpc.build_canonical_string_to_sign("GET", "Signature=x") == "GET&%2F&"


@given(st.dictionaries(names, values), st.dictionaries(names, values), st.sampled_from(["GET", "POST"]), st.text())
@unhurried
def test_agrees_with_the_core_sdk(query: dict[str, str], form: dict[str, str], method: str, secret: str) -> None:
    common = {*query, *PUBLISHED, "SignatureType"}
    form = {name: value for name, value in form.items() if name not in common}
    url, expected = get_signed_url(dict(query), "testId", secret, "JSON", method, form)
    raw = url.removeprefix("/?")
    text = rpc.build_string_to_sign(method, [*decode(raw), *form.items()])
    assert text == expected
    assert [rpc.sign(secret, text)] == parse_qs(raw)["Signature"]
    joined = f"{raw}&{encode(list(form.items()))}".rstrip("&")
    assert rpc.build_canonical_string_to_sign(method, joined) in (None, expected)


@given(st.dictionaries(names, values), st.sampled_from(["GET", "POST"]), st.text())
@unhurried
def test_agrees_with_the_openapi_signer(parameters: dict[str, str], method: str, secret: str) -> None:
    expected = OpenApi.get_rpcsignature(parameters, method, secret)
    assert rpc.sign(secret, rpc.build_string_to_sign(method, parameters.items())) == expected


@given(st.dictionaries(plain_names, values))
@unhurried
@example({"Task.10": "中", "Task.1": "\x00", "Task": ""})
def test_what_clients_send_takes_the_fast_path(parameters: dict[str, str]) -> None:
    pairs = [("Signature", "a+/="), *parameters.items()]
    fast = rpc.build_canonical_string_to_sign("GET", encode(pairs))
    assert fast is not None
    assert fast == rpc.build_string_to_sign("GET", pairs)


@given(st.lists(st.tuples(names | st.just("Signature"), values)))
@unhurried
@example([("a", "2"), ("a", "!")])
@example([("a/", "1"), ("a.", "2")])
@example([("Signature", "1"), ("Signature", "2")])
def test_fast_path_never_differs_on_encoded_pairs(pairs: list[tuple[str, str]]) -> None:
    raw = encode(pairs)
    assert rpc.build_canonical_string_to_sign("GET", raw) in (None, rpc.build_string_to_sign("GET", decode(raw)))


@given(st.lists(fragments).map("".join) | st.text())
@settings(unhurried, max_examples=500)
def test_fast_path_never_differs_on_anything(raw: str) -> None:
    assert rpc.build_canonical_string_to_sign("GET", raw) in (None, rpc.build_string_to_sign("GET", decode(raw)))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "a",
        "=",
        "=1",
        "a=1&",
        "&a=1",
        "a=1&&b=2",
        "a=1&b",
        "a=1&=2",
        "a=1=2",
        "a=1;b=2",
        "a=1\n",
        "a=x y",
        "a=x+y",
        "a=*",
        "a=!",
        "a=é",
        "a=%",
        "a=%2",
        "a=%2&b=F",
        "a=%GG",
        "a=%2f",
        "a=%7E",
        "a=%41",
        "a=%C3",
        "a=%E4%B8",
        "a=%F0%9F%98",
        "a=%80",
        "a%2F=1",
        "%E4%B8%AD=1",
        "a=1&a=1",
        "a=1&b=2&a=3",
        "Signature=1&Signature=2",
    ],
)
def test_takes_the_slow_path(raw: str) -> None:
    assert rpc.build_canonical_string_to_sign("GET", raw) is None


def list_byte_runs() -> list[bytes]:
    """Return every run of one and two bytes.

    Of three and four bytes, return every first two with the bytes around a continuation's bounds.
    """
    edges = (0x7F, 0x80, 0xBF, 0xC0)
    lead, second = range(0xE0, 0x100), range(0x100)
    runs = [bytes([one]) for one in second]
    runs += map(bytes, product(second, second))
    runs += map(bytes, product(lead, second, edges))
    runs += map(bytes, product(lead, range(0x7C, 0xC4), edges, edges))
    return runs


def test_the_guard_accepts_exactly_canonical_escapes() -> None:
    wrong = []
    for run in list_byte_runs():
        raw = "".join(f"%{byte:02X}" for byte in run)
        try:
            canonical = quote(run.decode(), safe="~") == raw
        except UnicodeDecodeError:
            canonical = False
        if (rpc.build_canonical_string_to_sign("GET", f"a={raw}") is not None) != canonical:
            wrong.append(raw)
    assert wrong == []


@pytest.mark.parametrize(
    "raw",
    [
        "a" * 100_000,
        "=" * 100_000,
        "&" * 100_000,
        "%" * 100_000,
        "a=" + "a" * 100_000 + "+",
        "a=" + "%2F" * 33_000 + "%",
        "a=" + "a%2F" * 25_000 + "%2",
        "a=" + "%E4%B8%AD" * 11_000 + "%E4%B8",
        "a=" + "%F0%9F%98%80" * 8_000 + "%F0%9F%98&",
        "a=1&" * 25_000,
        "a=%20&" * 16_000 + "=",
        "&".join(f"a{n}=1" for n in range(10_000)) + "&a0=2",
    ],
    ids=lambda raw: f"{raw[:12]}...{raw[-6:]}",
)
def test_hostile_queries_are_turned_away(raw: str) -> None:
    assert rpc.build_canonical_string_to_sign("GET", raw) is None


def test_a_long_query_is_decoded_and_not_remembered() -> None:
    """Ten thousand pairs, canonical or not, are signed as any others; up to a length the short way is taken."""
    raw = "&".join(f"Task.{n}=%E4%B8%AD" for n in range(10_000))
    assert rpc.build_canonical_string_to_sign("GET", raw) is None
    assert rpc.build_string_to_sign("GET", decode(raw)).count("%25E4%25B8%25AD") == 10_000
    assert rpc.build_canonical_string_to_sign("GET", f"a={'x' * (rpc.SHORT - 3)}") is not None
    assert rpc.build_canonical_string_to_sign("GET", f"a={'x' * (rpc.SHORT - 2)}") is None


def test_sign_agrees_with_openssl() -> None:
    # printf text | openssl dgst -sha1 -hmac 'secret&' -binary | base64
    assert rpc.sign("secret", "text") == "CSfpxuIKEtIixxfWGODbxZ53jtA="


@pytest.mark.parametrize("secret", ["", "k" * 62, "k" * 63, "k" * 64, "k" * 200, "密钥" * 10, "密钥" * 11])
def test_a_secret_of_any_length_is_a_key(secret: str) -> None:
    expected = base64.b64encode(hmac.digest(f"{secret}&".encode(), b"text", "sha1")).decode()
    assert [rpc.sign(secret, "text"), rpc.sign(secret, "text")] == [expected, expected]
