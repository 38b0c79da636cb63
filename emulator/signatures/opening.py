"""What an RSA signature was made over: with the public key it opens, and shows a digest and the hash that made it."""

from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.signatures import rsa2

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


def opened(key: str, signature: bytes) -> tuple[str, bytes] | None:
    """Return the name of the hash and the digest that were signed (PKCS#1 v1.5). `key` is public, or the private one.

    None when the key is none, or its private half did not make these bytes from a digest of SHA-256, SHA-1 or MD5.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256

    public = _key(key)
    if public is None:
        return None
    for name, kind in (("sha256", SHA256()), ("sha1", SHA1()), ("md5", MD5())):  # noqa: S303 - told apart
        try:
            return name, public.recover_data_from_signature(signature, PKCS1v15(), kind)
        except (InvalidSignature, ValueError):  # a ValueError where the length is not that of the key
            continue
    return None


@lru_cache(256)
def _key(text: str) -> "RSAPublicKey | None":
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    for written in (rsa2.as_pem, rsa2.public_of):
        try:
            key = load_pem_public_key(written(text).encode())
        except ValueError:
            continue
        if isinstance(key, RSAPublicKey):
            return key
    return None
