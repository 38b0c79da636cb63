"""Handshakes without a network, and certificates of one's own."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

DAY = timedelta(days=1)


def make_client(ca_pem: bytes) -> ssl.SSLContext:
    """Return the context of a strict client that trusts `ca_pem` alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=ca_pem.decode())
    return context


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Let a client connect that calls the server by `name`; return its side. Raises SSLError where it refuses."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(up, down, server_side=True)
    theirs = client.wrap_bio(down, up, server_hostname=name)
    for _ in range(3):
        for side in (theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert theirs.version() is not None
    return theirs


class Pair(NamedTuple):
    """The files of a certificate and of its key, and what was written into the first, from the leaf on."""

    cert_file: Path
    key_file: Path
    chain: list[x509.Certificate]


def write_pair(folder: Path, now: datetime | None = None, passphrase: bytes = b"") -> Pair:
    """Write a certificate for my.test, for ten days, with the authority that signed it, and its key."""
    now = now or datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("my authority", "my.test")]
    chain = []
    for name, public_key, is_ca in ((names[1], key.public_key(), False), (names[0], ca_key.public_key(), True)):
        builder = (
            x509.CertificateBuilder(names[0], name, public_key, x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + 10 * DAY if not is_ca else now + 1000 * DAY)
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("my.test")]), critical=False)
        )
        chain.append(builder.sign(ca_key, SHA256()))
    pair = Pair(folder / "cert.pem", folder / "key.pem", chain)
    pair.cert_file.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    pair.key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return pair
