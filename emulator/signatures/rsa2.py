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
# By the name a client gives; Python's GBK knows all that its GB2312 does.
CHARSETS: Mapping[str, str] = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gbk"}

_MOST = 1000  # parameters of a request
_FORMS = ("", "application/x-www-form-urlencoded", "multipart/form-data")
_BOUNDARY = re.compile(r"""boundary="?([^";]{1,70})""")
_NAME = re.compile(rb"""form-data;[ ]*name="([^"]*)"\r?$""", re.MULTILINE)  # one with a file name behind it is a file


def parse_parameters(request: WireRequest) -> dict[str, str]:
    """Query and form as one, decoded by the charset they name; of two of one name the first counts.

    What is not of that charset becomes surrogates, so that the bytes that were signed can be had back.
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
    """Whether the body holds something, but no parameters: it is neither a form nor one in parts."""
    body = request.body.lstrip()
    if not body:
        return False
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind not in _FORMS or body[:1] in (b"{", b"[", b"<") or (kind == _FORMS[-1] and not _find_boundary(request))


def _find_boundary(request: WireRequest) -> bytes:
    """What divides a form in parts, as the samples of the vendor's pages send it (`curl -F`); empty for any other."""
    kind = request.headers.get("Content-Type", "")
    named = _BOUNDARY.search(kind) if kind.lower().startswith(_FORMS[-1]) else None
    return f"--{named[1].strip()}".encode("utf-8", "surrogateescape") if named else b""


def _iterate_fields(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values of a form in parts, without its files, which are not signed."""
    for part in body.split(boundary, _MOST)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            yield name[1], value.removesuffix(b"\r\n")


def is_charset(name: str) -> bool:
    """Whether a client may name a charset so, in whatever case; a K that is not of ASCII has k as its small letter."""
    return name.isascii() and name.lower() in CHARSETS


def choose_codec(charset: str) -> str:
    """How a charset is called in Python; one that is not known is taken for UTF-8."""
    return CHARSETS[charset.lower()] if is_charset(charset) else "utf-8"


def _decode(part: bytes) -> bytes:
    """Decoded; what is escaped wrongly stays as it is."""
    plain = percent.decode(part)
    return part if plain is None else plain


def build_string_to_sign(parameters: Mapping[str, str], *, bare: bool = False) -> str:
    """Join the parameters of a call, decoded, sorted by name, without `sign`.

    Vendor's guide: empty values are left out; most clients keep them, as `name=`. `bare` does the former.
    """
    kept = ((name, value) for name, value in parameters.items() if name != "sign" and (value or not bare))
    return "&".join(f"{name}={value}" for name, value in sorted(kept))


def sign(private_key: str, message: bytes, sign_type: str = "RSA2") -> str:
    """The signature in base64. Raises ValueError for a key that is none."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    return base64.b64encode(_parse_private_key(private_key).sign(message, PKCS1v15(), _choose_hash(sign_type))).decode()


def verify(public_key: str, message: bytes, signature: str, sign_type: str = "RSA2") -> bool:
    """Whether the base64 text is the signature of the message. Raises ValueError for a key that is none."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    key = _parse_public_key(public_key)
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), _choose_hash(sign_type))
    except (InvalidSignature, ValueError):  # not base64 is a ValueError
        return False
    return True


def _choose_hash(sign_type: str) -> "HashAlgorithm":
    """SHA1 for RSA, which old applications still use; SHA256 for RSA2."""
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    return SHA1() if sign_type == "RSA" else SHA256()  # noqa: S303 - by the vendor


def make_key() -> str:
    """A new private key of 2048 bits, as PEM (PKCS#8); takes some tenths of a second."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def derive_public_key(private_key: str) -> str:
    """The public half of a private key, as PEM (SPKI). Raises ValueError for a key that is none."""
    return _encode_pem(_parse_private_key(private_key).public_key())


def to_pem(public_key: str) -> str:
    """A public key, however it is written, as PEM (SPKI). Raises ValueError when it is none."""
    return _encode_pem(_parse_public_key(public_key))


def strip_frame(pem: str) -> str:
    """A key in one line of base64, without its frame, as the vendor's console shows it and most clients take it."""
    return "".join(pem.split("-----")[2].split())


def _encode_pem(key: "RSAPublicKey") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@lru_cache(64)
def _parse_private_key(text: str) -> "RSAPrivateKey":
    """A key as PEM or, without its frame, as base64; PKCS#1 or PKCS#8. Kept, for reading one takes long."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if is_pem(text):
            key = load_pem_private_key(text.strip().encode(), None, unsafe_skip_rsa_key_validation=True)
        else:
            key = load_der_private_key(_decode_base64(text), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # a TypeError tells of a password
        key = None
    if not isinstance(key, RSAPrivateKey) or not _is_consistent(key):
        raise ValueError("This is no RSA private key, neither PEM nor base64.")
    return key


def _is_consistent(key: "RSAPrivateKey") -> bool:
    """Whether what a key signs is its own. The library's check of its numbers holds up all threads for 50 ms."""
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
    """The same of a public key, in SPKI or PKCS#1."""
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
    """Whether a key is written as PEM, with its first and last line."""
    return text.lstrip().startswith("-----BEGIN ")


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
