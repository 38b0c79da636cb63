"""RSA signatures opened: by the key that made them, in whatever form it is written, and by no other."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from hypothesis import given
from hypothesis import strategies as st

from emulator.signatures.recovery import recover_digest
from emulator.signatures.rsa2 import strip_frame
from tests.providers.alipay.gateway.builders import make_key_pair, sign_text

TEXT = "加我".encode()
HASHES = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),
    "md5": hashes.MD5(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@pytest.mark.parametrize("name", HASHES)
def test_the_hash_is_shown(name: str) -> None:
    made = make_key_pair().key.sign(TEXT, PKCS1v15(), HASHES[name])
    assert recover_digest(make_key_pair().public, made) == (name, hashlib.new(name, TEXT).digest())


@pytest.mark.parametrize(
    "key", [make_key_pair().public, strip_frame(make_key_pair().public), make_key_pair().pkcs1, make_key_pair().pkcs8]
)
def test_every_form_of_the_key_opens(key: str) -> None:
    made = base64.b64decode(sign_text(make_key_pair().key, TEXT))
    assert recover_digest(key, made) == ("sha256", hashlib.sha256(TEXT).digest())


@pytest.mark.parametrize("data", [TEXT, hashlib.sha256(TEXT).digest(), b"", bytes.fromhex("3020300c")])
def test_bytes_that_no_hash_is_named_for(data: bytes) -> None:
    """As a client makes them that encrypts by its private key instead of signing."""
    numbers = make_key_pair().key.private_numbers()
    block = b"\0\1" + b"\xff" * (253 - len(data)) + b"\0" + data
    made = pow(int.from_bytes(block), numbers.d, numbers.public_numbers.n).to_bytes(256)
    assert recover_digest(make_key_pair().public, made) == ("", data)


def test_nothing_else_opens() -> None:
    made = base64.b64decode(sign_text(make_key_pair().key, TEXT))
    assert recover_digest(make_key_pair("other").public, made) is None
    assert recover_digest("no key", made) is None
    assert recover_digest("", made) is None
    assert recover_digest(make_key_pair().public, made[:-1]) is None
    assert recover_digest(make_key_pair().public, made[:-1] + bytes([made[-1] ^ 1])) is None
    padded = make_key_pair().key.sign(TEXT, PSS(MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert recover_digest(make_key_pair().public, padded) is None


@given(st.binary(max_size=300))
def test_any_bytes_will_do(data: bytes) -> None:
    assert recover_digest(make_key_pair().public, data) is None
