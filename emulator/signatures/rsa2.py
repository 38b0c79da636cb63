"""RSA2 and RSA (SHA256 or SHA1, PKCS#1 v1.5): how Alipay's OpenAPI signs its calls and answers, and its keys."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.encoding import percent
from emulator.types import WireRequest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

SIGN_TYPES = ("RSA2", "RSA")
# Python's codecs by the names that clients give. Python's GBK knows all characters of its GB2312.
CHARSETS: Mapping[str, str] = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gbk"}

_MOST = 1000  # parameters of a request
_FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data")
_BOUNDARY = re.compile(r"""boundary="?([^";]{1,70})""")
_NAME = re.compile(rb"""form-data;[ ]*name="([^"]*)"\r?$""", re.MULTILINE)  # a file has a file name behind


def parse_parameters(request: WireRequest) -> dict[str, str]:
    """Return the parameters of query and form together, decoded by the charset that they name.

    Where a name is repeated, its first value counts. Bytes that the charset does not know become surrogates, so that
    the signed bytes can be restored.
    """
    raw = request.query.encode("utf-8", "surrogateescape")
    boundary = _find_boundary(request)
    if not boundary and not has_other_body(request):
        raw += b"&" + request.body
    found: dict[bytes, bytes] = {}
    for pair in raw.replace(b"+", b" ").split(b"&", _MOST):
        name, _, value = pair.partition(b"=")
        if name:
            found.setdefault(_decode(name), _decode(value))
    if boundary:
        for name, value in _iterate_fields(request.body, boundary):
            found.setdefault(name, value)
    named = choose_codec(found.get(b"charset", b"").decode("ascii", "replace"))
    return {
        name.decode(named, "surrogateescape"): value.decode(named, "surrogateescape") for name, value in found.items()
    }


def has_other_body(request: WireRequest) -> bool:
    """Return whether the body is not empty, but neither a form nor a multipart form."""
    body = request.body.lstrip()
    if not body:
        return False
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind not in _FORMS or body[:1] in (b"{", b"[", b"<") or (kind == _FORMS[-1] and not _find_boundary(request))


def _find_boundary(request: WireRequest) -> bytes:
    """Return the boundary of a multipart form, as the vendor's samples send it (`curl -F`); empty for other bodies."""
    kind = request.headers.get("Content-Type", "")
    named = _BOUNDARY.search(kind) if kind.lower().startswith(_FORMS[-1]) else None
    return f"--{named[1].strip()}".encode("utf-8", "surrogateescape") if named else b""


def _iterate_fields(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names and values of a multipart form, without its files, since files are not signed."""
    for part in body.split(boundary, _MOST)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            yield name[1], value.removesuffix(b"\r\n")


def is_charset(name: str) -> bool:
    """Return whether a client may give a charset this name, in any case.

    The name must be ASCII, for there is a K outside ASCII whose small letter is k.
    """
    return name.isascii() and name.lower() in CHARSETS


def choose_codec(charset: str) -> str:
    """Return Python's name of a charset; that of UTF-8 for an unknown charset."""
    return CHARSETS[charset.lower()] if is_charset(charset) else "utf-8"


def _decode(part: bytes) -> bytes:
    """Return the decoded bytes; bytes with a wrong escape stay as they are."""
    plain = percent.decode(part)
    return part if plain is None else plain


def build_string_to_sign(parameters: Mapping[str, str], *, bare: bool = False) -> str:
    """Join the decoded parameters of a call, sorted by name, without `sign`.

    The vendor's guide leaves out empty values; most clients keep them as `name=`. With `bare`, they are left out.
    """
    kept = ((name, value) for name, value in parameters.items() if name != "sign" and (value or not bare))
    return "&".join(f"{name}={value}" for name, value in sorted(kept))


def sign(private_key: str, message: bytes, sign_type: str = "RSA2") -> str:
    """Return the signature in base64. Raises ValueError when the text is not an RSA private key."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return base64.b64encode(_parse_private_key(private_key).sign(message, PKCS1v15(), _choose_hash(sign_type))).decode()


def verify(public_key: str, message: bytes, signature: str, sign_type: str = "RSA2") -> bool:
    """Return whether the base64 text is the signature of the message.

    Raises ValueError when the key is not an RSA public key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    key = _parse_public_key(public_key)
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), _choose_hash(sign_type))
    except (InvalidSignature, ValueError):  # ValueError: the signature is not base64
        return False
    return True


def _choose_hash(sign_type: str) -> "HashAlgorithm":
    """Return SHA1 for RSA, which old applications still use; SHA256 for RSA2."""
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    return SHA1() if sign_type == "RSA" else SHA256()  # noqa: S303 - by the vendor


def make_key() -> str:
    """Return a new private key of 2048 bits, as PEM (PKCS#8). This takes some tenths of a second."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def derive_public_key(private_key: str) -> str:
    """Return the public half of a private key as PEM (SPKI). Raises ValueError when it is not an RSA private key."""
    return _encode_pem(_parse_private_key(private_key).public_key())


def to_pem(public_key: str) -> str:
    """Return a public key in any form as PEM (SPKI). Raises ValueError when it is not an RSA public key."""
    return _encode_pem(_parse_public_key(public_key))


def strip_frame(pem: str) -> str:
    """Return a key in one line of base64, without its frame: the vendor's console and most clients use this form."""
    return "".join(pem.split("-----")[2].split())


def _encode_pem(key: "RSAPublicKey") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(64)
def _parse_private_key(text: str) -> "RSAPrivateKey":
    """Return a key that is written as PEM, or as base64 without its frame; in PKCS#1 or PKCS#8.

    The results are cached, since reading a key takes long. Raises ValueError.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if is_pem(text):
            key = load_pem_private_key(text.strip().encode(), None, unsafe_skip_rsa_key_validation=True)
        else:
            key = load_der_private_key(_decode_base64(text), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: the key has a password
        key = None
    if not isinstance(key, RSAPrivateKey) or not _is_consistent(key):
        raise ValueError("This is no RSA private key, neither PEM nor base64.")
    return key


def _is_consistent(key: "RSAPrivateKey") -> bool:
    """Return whether a key's own public half accepts what the key signs.

    The library's check of the numbers of a key holds up all threads for 50 ms, so it is not used.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.public_key().verify(key.sign(b"", PKCS1v15(), SHA256()), b"", PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(1024)
def _parse_public_key(text: str) -> "RSAPublicKey":
    """Return a public key that is written as PEM, or as base64 without its frame; in SPKI or PKCS#1.

    The results are cached. Raises ValueError.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    try:
        key = load_pem_public_key(text.strip().encode()) if is_pem(text) else load_der_public_key(_decode_base64(text))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("This is no RSA public key, neither PEM nor base64.")
    return key


def is_pem(text: str) -> bool:
    """Return whether a key is written as PEM, by its first line."""
    return text.lstrip().startswith("-----BEGIN ")


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
