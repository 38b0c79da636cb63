"""SM3 against the vectors of GB/T 32905-2016 and against OpenSSL."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.signatures.sm3 import compute_sm3, compute_sm3_in_python

# GB/T 32905-2016, appendix A: "abc", and 64 bytes "abcd..."
VECTORS = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
with_openssl = pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL here has no SM3")


@pytest.mark.parametrize("digest", [compute_sm3_in_python, compute_sm3])
@pytest.mark.parametrize("message", VECTORS)
def test_published_vectors_are_digested(digest: Callable[[bytes], str], message: bytes) -> None:
    assert digest(message) == VECTORS[message]


@with_openssl
@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000])
def test_lengths_around_a_block(length: int) -> None:
    message = bytes(range(256)) * 4
    assert compute_sm3_in_python(message[:length]) == hashlib.new("sm3", message[:length]).hexdigest()


@with_openssl
@given(st.binary(max_size=300))
def test_any_digest_is_that_of_openssl(message: bytes) -> None:
    assert compute_sm3_in_python(message) == compute_sm3(message)


def test_an_openssl_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_unknown(name: str, *_: object) -> object:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", raise_unknown)
    assert compute_sm3(b"abc") == VECTORS[b"abc"]
