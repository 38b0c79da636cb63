"""Recovery: opens an RSA signature with the public key, which shows the digest it was made over, and its hash."""

from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.signatures import rsa2

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# The bytes before a digest that name its hash (RFC 8017, 9.2).
_NAMES = {
    bytes.fromhex("3031300d060960864801650304020105000420"): "sha256",
    bytes.fromhex("3021300906052b0e03021a05000414"): "sha1",
    bytes.fromhex("3020300c06082a864886f70d020505000410"): "md5",
    bytes.fromhex("3041300d060960864801650304020205000430"): "sha384",
    bytes.fromhex("3051300d060960864801650304020305000440"): "sha512",
}


def recover_digest(key: str, signature: bytes) -> tuple[str, bytes] | None:
    """Return the name of the hash and the digest that were signed (PKCS#1 v1.5).

    `key` is the public or the private key. Where the signature names no hash, the name is empty, and all bytes that
    were signed are returned instead of a digest. Returns None when `key` is not an RSA key, or when its private half
    did not make the signature.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    public = _parse_public_key(key)
    if public is None:
        return None
    try:
        data = public.recover_data_from_signature(signature, PKCS1v15(), None)
    except (InvalidSignature, ValueError):  # ValueError: the signature's length does not fit the key
        return None
    for prefix, name in _NAMES.items():
        if data.startswith(prefix) and len(data) == len(prefix) + prefix[-1]:
            return name, data[len(prefix) :]
    return "", data


@lru_cache(256)
def _parse_public_key(text: str) -> "RSAPublicKey | None":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    for convert in (rsa2.to_pem, rsa2.derive_public_key):
        try:
            key = load_pem_public_key(convert(text).encode())
        except ValueError:
            continue
        if isinstance(key, RSAPublicKey):
            return key
    return None
