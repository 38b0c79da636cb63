"""RSA2 against signatures by the textbook: modular arithmetic and hashlib."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.signatures import rsa2
from emulator.types import WireRequest
from tests.providers.alipay.gateway.builders import make_key_pair, sign_text, verifies

EC = ec.generate_private_key(ec.SECP256R1())
EC_PUBLIC = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
EC_PRIVATE = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LOCKED = make_key_pair().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


# A signature by the textbook takes 30 ms: few examples, of which there is nothing to be learned by more.
few = settings(max_examples=20)


@few
@given(st.binary(max_size=200))
def test_signed_as_by_the_textbook(message: bytes) -> None:
    signed = rsa2.sign(make_key_pair().pkcs8, message)
    assert signed == sign_text(make_key_pair().key, message)
    assert rsa2.verify(make_key_pair().public, message, signed)
    assert verifies(make_key_pair().public, message, signed)


@few
@given(st.binary(max_size=50), st.binary(min_size=256, max_size=256))
def test_anything_else_is_no_signature(message: bytes, other: bytes) -> None:
    signed = sign_text(make_key_pair().key, message)
    assert not rsa2.verify(make_key_pair().public, message + b"x", signed)
    assert not rsa2.verify(make_key_pair("other").public, message, signed)
    assert not rsa2.verify(make_key_pair().public, message, base64.b64encode(other).decode())


@few
@given(st.text(max_size=400))
def test_text_that_is_no_base64_is_no_signature(text: str) -> None:
    assert not rsa2.verify(make_key_pair().public, b"", text)


def test_a_signature_whose_plus_became_a_blank() -> None:
    message = next(bytes([n]) for n in range(256) if "+" in sign_text(make_key_pair().key, bytes([n])))
    assert not rsa2.verify(make_key_pair().public, message, sign_text(make_key_pair().key, message).replace("+", " "))


def join_lines(pem: str) -> str:
    return "\n".join(pem.splitlines()[1:-1])


@pytest.mark.parametrize("form", [make_key_pair().pkcs1, make_key_pair().pkcs8])
@pytest.mark.parametrize(
    "change", [str, join_lines, rsa2.strip_frame, lambda pem: f"\n  {pem}\n", lambda pem: pem.replace("\n", "\r\n")]
)
def test_private_keys_in_every_form(form: str, change: object) -> None:
    assert callable(change)
    assert rsa2.derive_public_key(change(form)) == make_key_pair().public


def test_public_keys_in_every_form() -> None:
    pkcs1 = make_key_pair().key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    for form in (make_key_pair().public, pkcs1):
        for text in (form, join_lines(form), rsa2.strip_frame(form), f" \n{form}"):
            assert rsa2.to_pem(text) == make_key_pair().public


NONE = [
    "",
    "x",
    "AAAA",
    "é",
    "\ud800",
    "-----BEGIN PUBLIC KEY-----",
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    "A" * 100_000,
]


@pytest.mark.parametrize("text", [*NONE, EC_PUBLIC, rsa2.strip_frame(EC_PUBLIC), make_key_pair().pkcs8])
def test_what_is_no_public_key(text: str) -> None:
    with pytest.raises(ValueError, match="no RSA public key"):
        rsa2.to_pem(text)


@pytest.mark.parametrize("text", [*NONE, EC_PRIVATE, LOCKED, make_key_pair().public])
def test_what_is_no_private_key(text: str) -> None:
    with pytest.raises(ValueError, match="no RSA private key"):
        rsa2.derive_public_key(text)


def encode_der(*parts: bytes, tag: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return tag + bytes([size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([128 + len(length)]) + length + body


def encode_integer(number: int) -> bytes:
    return encode_der(number.to_bytes(number.bit_length() // 8 + 1, "big"), tag=b"\x02")


@pytest.mark.parametrize("wrong", ["n", "e"])
def test_numbers_that_do_not_belong_together_are_no_key(wrong: str) -> None:
    key = make_key_pair().key.private_numbers()
    public = key.public_numbers
    numbers = {"version": 0, "n": public.n, "e": public.e, "d": key.d, "p": key.p, "q": key.q}
    numbers |= {"dp": key.dmp1, "dq": key.dmq1, "qi": key.iqmp}

    def encode_key() -> str:
        return base64.b64encode(encode_der(*map(encode_integer, numbers.values()), tag=b"\x30")).decode()

    assert rsa2.derive_public_key(encode_key())
    numbers[wrong] += 2
    with pytest.raises(ValueError, match="no RSA private key"):
        rsa2.derive_public_key(encode_key())


def test_a_made_key_signs() -> None:
    key = rsa2.make_key()
    assert key.startswith("-----BEGIN PRIVATE KEY-----\n")
    assert verifies(rsa2.derive_public_key(key), b"x", rsa2.sign(key, b"x"))
    assert rsa2.make_key() != key


def test_string_to_sign() -> None:
    """As in the vendor's guide: by name, without sign; values are not encoded."""
    parameters = {
        "version": "1.0",
        "sign": "x",
        "app_id": "1",
        "biz_content": '{"a":"b&c 中"}',
        "empty": "",
        "sign_type": "RSA2",
    }
    text = 'app_id=1&biz_content={"a":"b&c 中"}&empty=&sign_type=RSA2&version=1.0'
    assert rsa2.build_string_to_sign(parameters) == text
    assert rsa2.build_string_to_sign(parameters, bare=True) == text.replace("&empty=", "")
    assert rsa2.build_string_to_sign({}) == ""


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("a=1&a=2", b"a=3", {"a": "1"}),
        ("", b"a=3&a=4", {"a": "3"}),
        ("a=&a=2", b"", {"a": ""}),
        ("a=1+2%2B3&b+c=d", b"e=+", {"a": "1 2+3", "b c": "d", "e": " "}),
        ("a=1&&=x&b", b"", {"a": "1", "b": ""}),
        ("charset=GBK&a=%D6%D0", b"", {"charset": "GBK", "a": "中"}),
    ],
)
def test_parameters_are_read_from_query_before_form(query: str, body: bytes, expected: dict[str, str]) -> None:
    """Query before form, of two of one name the first; a plus is a blank, as forms write it."""
    request = WireRequest("POST", f"/gateway.do?{query}", {}, body)
    assert rsa2.parse_parameters(request) == expected
