"""The checksum of a callback against digests made by openssl."""

import hashlib

import pytest

from emulator.signatures.callback import HASHES, compute_checksum

# printf %s 1234567890seed'{"code":200}' | openssl dgst -sha256 (and -sm3)
KNOWN = {
    "SHA256": "bcc64f9560107c5fc0f27d73892380711d21e6409ed2ac99e413ca21ff00012a",
    "SM3": "e404be52318e253de46b80c5248f59f5142d2b8e8a37ad53c01d71b420a154a4",
}


@pytest.mark.parametrize("crypt_type", KNOWN)
def test_the_checksum_is_that_of_openssl(crypt_type: str) -> None:
    assert compute_checksum("1234567890", "seed", '{"code":200}', crypt_type) == KNOWN[crypt_type]


def test_every_crypt_type_is_known() -> None:
    assert HASHES.keys() == KNOWN.keys()


def test_sha256_unless_said_otherwise() -> None:
    assert compute_checksum("1234567890", "seed", '{"code":200}') == KNOWN["SHA256"]


def test_is_over_utf_8() -> None:
    assert compute_checksum("1", "种子", "图") == hashlib.sha256("1种子图".encode()).hexdigest()


def test_half_a_pair_counts_as_it_is_sent() -> None:
    assert compute_checksum("1", "s", "\ud83d") == hashlib.sha256(b"1s?").hexdigest()


@pytest.mark.parametrize("crypt_type", ["", "sha256", "MD5", "SM3 ", "x" * 1000])
def test_other_crypt_types_are_refused(crypt_type: str) -> None:
    with pytest.raises(ValueError, match="one of SHA256, SM3") as refused:
        compute_checksum("1", "s", "c", crypt_type)
    assert len(str(refused.value)) < 150
