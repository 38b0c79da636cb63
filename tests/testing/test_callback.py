"""verify_callback: genuine forms pass, all others are refused with a sentence that helps."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.testing import verify_callback

UID, SEED = "1234567890", "a seed"
CONTENT = json.dumps({"code": 200, "dataId": "图 1&2=%+", "results": []}, ensure_ascii=False)


def make_form(content: str = CONTENT, algorithm: str = "sha256") -> dict[str, str]:
    digest = hashlib.new(algorithm, (UID + SEED + content).encode()).hexdigest()
    return {"checksum": digest, "content": content}


@pytest.mark.parametrize("write", [dict, urlencode, lambda fields: urlencode(fields).encode()])
def test_a_genuine_one(write: Callable[[dict[str, str]], Any]) -> None:
    assert verify_callback(UID, SEED, write(make_form())) == json.loads(CONTENT)


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL here has no SM3")
def test_sm3_is_verified_and_told_from_sha256() -> None:
    assert verify_callback(UID, SEED, make_form(algorithm="sm3"), "SM3") == json.loads(CONTENT)
    with pytest.raises(ValueError, match=r"not SHA256 of uid.*fits SM3"):
        verify_callback(UID, SEED, make_form(algorithm="sm3"))
    with pytest.raises(ValueError, match=r"not SM3 of uid.*fits SHA256"):
        verify_callback(UID, SEED, make_form(), "SM3")


@pytest.mark.parametrize(
    ("uid", "seed", "changed"),
    [
        ("123456789", SEED, {}),
        (UID, "", {}),
        (UID, SEED + " ", {}),
        (UID[:-1], UID[-1] + SEED, {"content": CONTENT + " "}),
        (UID, SEED, {"content": CONTENT.replace("200", "201")}),
        (UID, SEED, {"checksum": ""}),
        (UID, SEED, {"checksum": make_form()["checksum"].upper()}),
        (UID, SEED, {"checksum": make_form()["checksum"][:-1]}),
        (UID, SEED, {"checksum": "图"}),
        (UID, SEED, {"checksum": "\ud83d"}),
    ],
)
def test_one_that_is_not(uid: str, seed: str, changed: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"the checksum is not SHA256 of uid . seed . content; check UID and seed"):
        verify_callback(uid, seed, make_form() | changed)


@pytest.mark.parametrize("missing", ["checksum", "content"])
def test_fields_that_are_missing(missing: str) -> None:
    fields = {name: value for name, value in make_form().items() if name != missing}
    for given_form in (fields, urlencode(fields)):
        with pytest.raises(ValueError, match=f"{missing} is missing"):
            verify_callback(UID, SEED, given_form)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "checksum is missing"),
        (b"\xff", "UTF-8"),
        (b"content=%FF&checksum=", "UTF-8"),
        (urlencode([*make_form().items(), ("content", "{}")]), "twice"),
        (CONTENT, "missing"),
    ],
)
def test_what_is_no_such_form(body: str | bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        verify_callback(UID, SEED, body)


@pytest.mark.parametrize(
    ("content", "told"), [("", "no JSON"), ("{", "no JSON"), ("[]", "no JSON object"), ("1", "no JSON object")]
)
def test_content_that_is_no_object(content: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"the checksum fits, but content is {told}"):
        verify_callback(UID, SEED, make_form(content))


def test_a_crypt_type_that_is_none() -> None:
    with pytest.raises(ValueError, match="crypt type is one of SHA256, SM3"):
        verify_callback(UID, SEED, make_form(), "MD5")


def test_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append((given, expected))
        return given == expected

    monkeypatch.setattr(hmac, "compare_digest", compare)
    verify_callback(UID, SEED, make_form())
    assert compared == [(make_form()["checksum"].encode(),) * 2]


@given(st.text(), st.text(), st.dictionaries(st.text(), st.integers()))
def test_whatever_is_signed_is_genuine(uid: str, seed: str, content: dict[str, int]) -> None:
    text = json.dumps(content)
    digest = hashlib.sha256((uid + seed + text).encode()).hexdigest()
    assert verify_callback(uid, seed, urlencode({"content": text, "checksum": digest})) == content


@given(st.text() | st.binary())
def test_whatever_comes_is_refused_with_a_sentence(body: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        verify_callback(UID, SEED, body)
