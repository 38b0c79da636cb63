"""RSA2 (SHA256withRSA, PKCS#1 v1.5): how Alipay's OpenAPI signs its calls and answers, and the keys to do it with."""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey


def string_to_sign(parameters: Mapping[str, str], *, bare: bool = False) -> str:
    """Join the parameters of a call, decoded, sorted by name, without `sign`.

    Vendor's guide: empty values are left out; most clients keep them, as `name=`. `bare` does the former.
    """
    kept = ((name, value) for name, value in parameters.items() if name != "sign" and (value or not bare))
    return "&".join(f"{name}={value}" for name, value in sorted(kept))


def sign(private_key: str, message: bytes) -> str:
    """The signature in base64. Raises ValueError for a key that is none."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return base64.b64encode(_private(private_key).sign(message, PKCS1v15(), SHA256())).decode()


def verify(public_key: str, message: bytes, signature: str) -> bool:
    """Whether the base64 text is the signature of the message. Raises ValueError for a key that is none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _public(public_key)
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):  # not base64 is a ValueError
        return False
    return True


def make() -> str:
    """A new private key of 2048 bits, as PEM (PKCS#8); takes some tenths of a second."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_of(private_key: str) -> str:
    """The public half of a private key, as PEM (SPKI). Raises ValueError for a key that is none."""
    return _written(_private(private_key).public_key())


def as_pem(public_key: str) -> str:
    """A public key, however it is written, as PEM (SPKI). Raises ValueError when it is none."""
    return _written(_public(public_key))


def unframed(pem: str) -> str:
    """A key in one line of base64, without its frame, as the vendor's console shows it and most clients take it."""
    return "".join(pem.split("-----")[2].split())


def _written(key: "RSAPublicKey") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(64)
def _private(text: str) -> "RSAPrivateKey":
    """A key as PEM or, without its frame, as base64; PKCS#1 or PKCS#8. Kept, for reading one takes long."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if framed(text):
            key = load_pem_private_key(text.strip().encode(), None)
        else:
            key = load_der_private_key(_der(text), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a TypeError tells of a password
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("This is no RSA private key, neither PEM nor base64.")
    return key


@lru_cache(1024)
def _public(text: str) -> "RSAPublicKey":
    """The same of a public key, in SPKI or PKCS#1."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    try:
        key = load_pem_public_key(text.strip().encode()) if framed(text) else load_der_public_key(_der(text))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("This is no RSA public key, neither PEM nor base64.")
    return key


def framed(text: str) -> bool:
    """Whether a key is written as PEM, with its first and last line."""
    return text.lstrip().startswith("-----BEGIN ")


def _der(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
