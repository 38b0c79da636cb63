"""The certificate of the TLS port: made at start for the names that lead here, or one of the user's own."""

import os
import ssl
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from emulator.types import Problem, Problems

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.x509 import Certificate as X509Certificate
    from cryptography.x509 import CertificateBuilder, KeyUsage, Name

_OWN_NAME = "localhost"
_OWN_ADDRESSES = ("127.0.0.1", "::1")
_SKEW = timedelta(hours=1)  # by which the clock of a client may be behind


class Certificate(NamedTuple):
    """A certificate, ready to serve.

    `ca_pem` is what its clients have to trust, `context` makes their connections, `expires` is the moment it ends.
    """

    ca_pem: bytes
    context: ssl.SSLContext
    expires: datetime


def make_certificate(hosts: Iterable[str], days: int, now: datetime) -> Certificate:
    """Return a new certificate for `hosts` and for this machine, valid for so many days. Raises Problems.

    In a host, the label `*` stands for any one label; clients heed it only in the first place.
    The authority signs this one certificate, then its key is forgotten. So whoever trusts it trusts nothing more, and
    that even with a client which does not heed the names to which it is limited.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    names = list(dict.fromkeys((*hosts, _OWN_NAME)))
    start = now.replace(microsecond=0)
    expires = start + timedelta(days=days)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _describe_authority(names, ca_key.public_key())
    leaf = _describe_leaf(names, key.public_key(), ca_key.public_key())
    ca, certificate = (
        each.not_valid_before(start - _SKEW).not_valid_after(expires).sign(ca_key, SHA256())
        for each in (authority, leaf)
    )
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = _make_context(certificate.public_bytes(Encoding.PEM) + key_pem)
    return Certificate(ca.public_bytes(Encoding.PEM), context, expires)


def load_certificate(cert_file: Path, key_file: Path) -> Certificate:
    """Return the certificate in a file, which may be followed by those of its authorities, with the key in another.

    The last certificate of the file is what clients have to trust. Raises Problems.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    chain = _load_chain(cert_file)
    expected = f"the private key of the certificate in {cert_file}, as PEM without a passphrase"
    if not key_file.is_file():
        raise Problems([Problem(str(key_file), expected, "no file")])
    try:
        context = _load_context(cert_file, key_file)
    except ssl.SSLError as error:
        reason = (error.reason or "no such key").replace("_", " ").lower()
        raise Problems([Problem(str(key_file), expected, reason)]) from None
    except OSError as error:
        raise Problems([Problem(str(key_file), expected, str(error.strerror))]) from None
    return Certificate(chain[-1].public_bytes(Encoding.PEM), context, chain[0].not_valid_after_utc)


def _load_chain(file: Path) -> "list[X509Certificate]":
    from cryptography.x509 import load_pem_x509_certificates

    got = "no file"
    try:
        if file.is_file():  # not a pipe: reading one may never end
            return load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        got = str(error.strerror)
    except ValueError:
        got = "something else"
    raise Problems([Problem(str(file), "a certificate as PEM, and those of its authorities", got)])


def _make_context(pem: bytes) -> ssl.SSLContext:
    """Return a context that serves the certificate and key in `pem`. OpenSSL takes them from a file only."""
    try:
        descriptor, path = tempfile.mkstemp()  # a file that nobody else may read
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
            return _load_context(Path(path))
        finally:
            Path(path).unlink()
    except OSError as error:
        raise Problems([Problem("TLS", "a folder for temporary files", str(error.strerror))]) from None


def _load_context(cert_file: Path, key_file: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file, password="")  # without one, OpenSSL would ask for it on the terminal
    context.set_alpn_protocols(["http/1.1"])
    return context


def _describe_authority(names: list[str], key: "EllipticCurvePublicKey") -> "CertificateBuilder":
    """Return an authority that may sign for these names and for this machine alone."""
    from cryptography import x509

    suffixes = dict.fromkeys(name.rpartition("*.")[2] for name in names)
    subtrees = [
        *map(x509.DNSName, suffixes),
        *(x509.IPAddress(ip_network(address)) for address in _OWN_ADDRESSES),
    ]
    return (
        _begin(_build_name(), key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_limit_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(subtrees, None), critical=True)
    )


def _describe_leaf(
    names: list[str], key: "EllipticCurvePublicKey", ca_key: "EllipticCurvePublicKey"
) -> "CertificateBuilder":
    """Return a certificate for servers of these names and of this machine."""
    from cryptography import x509

    own = [
        *map(x509.DNSName, names),
        *(x509.IPAddress(ip_address(address)) for address in _OWN_ADDRESSES),
    ]
    return (
        _begin(_build_name(" (server)"), key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_limit_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(own), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key), critical=False)
    )


def _begin(name: "Name", key: "EllipticCurvePublicKey") -> "CertificateBuilder":
    """Return what both have in common. The subject's key has a name: two authorities may be called the same."""
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(_build_name())
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _build_name(remark: str = "") -> "Name":
    from cryptography import x509

    text = f"moderation-emulator {os.getpid()}, tests only{remark}"
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _limit_usage(*, signs_certificates: bool) -> "KeyUsage":
    from cryptography import x509

    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
        **dict.fromkeys(unused, False),
    )
