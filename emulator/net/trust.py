"""Trust files: what the clients of a TLS port have to trust, in the forms that they read."""

import logging
import os
import ssl
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path

from emulator.types import Problem, Problems

PASSWORD = "changeit"  # noqa: S105 - the usual one of Java's stores; they hold nothing secret

log = logging.getLogger("emulator")


def write_trust(folder: Path, ca_pem: bytes) -> None:
    """Write what clients have to trust into a folder, which is made for this user alone if it is not there.

    `ca.pem` is our authority, `bundle.pem` the usual ones and ours, and `trust.p12` the same for Java.
    Raises Problems if the folder cannot be written.
    """
    ours = ssl.PEM_cert_to_DER_cert(ca_pem.decode())
    usual = _load_usual()
    if not usual:
        log.warning("the authorities that this machine trusts were not found: clients of %s trust only ours", folder)
    bundle = "".join(map(ssl.DER_cert_to_PEM_cert, (*usual, ours))).encode()
    files = {"bundle.pem": bundle, "trust.p12": _build_java_store((*usual, ours)), "ca.pem": ca_pem}
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        for name, data in files.items():
            _replace_file(folder / name, data)
    except OSError as error:
        raise Problems([Problem(str(folder), "a folder that can be written to", str(error.strerror))]) from None


def _load_usual() -> list[bytes]:
    """Return the certificates of the authorities that this machine trusts. On some, only certifi knows any."""
    context = ssl.create_default_context()
    if not context.get_ca_certs():
        try:
            import certifi
        except ImportError:
            return []
        context.load_verify_locations(certifi.where())
    return context.get_ca_certs(binary_form=True)


def _build_java_store(certificates: Iterable[bytes]) -> bytes:
    """Return a store of certificates in the form that every Java since 8 reads; early ones know no newer cipher."""
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12
    from cryptography.x509 import load_der_x509_certificate

    entries = []
    with warnings.catch_warnings(action="ignore"):  # of what is odd in the certificates of others
        for number, der in enumerate(certificates):
            try:
                entries.append(pkcs12.PKCS12Certificate(load_der_x509_certificate(der), b"%d" % number))
            except ValueError:
                log.debug("left out of trust.p12: an authority of this machine that breaks rules of today")
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(SHA1())  # noqa: S303 - see above; nothing in it is secret
        .build(PASSWORD.encode())
    )
    return pkcs12.serialize_java_truststore(entries, encryption)


def _replace_file(file: Path, data: bytes) -> None:
    """Put `data` in the place of a file, at once: whoever reads it finds the old or the new one whole."""
    descriptor, part = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
        Path(part).chmod(0o644)  # an application may run as another user, and finds the folder in a volume
        Path(part).replace(file)
    except OSError:
        Path(part).unlink()
        raise
