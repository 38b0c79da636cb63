"""A server that stands for the emulator where only the way to it is tested: HTTP and HTTPS, with an authority."""

import json
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LOOPBACK = ("localhost", "127.0.0.1")


class StandIn(NamedTuple):
    """Two ports of one server, and the authority that signed its certificate."""

    tls_port: int
    plain_port: int
    ca: Path


class _Echo(BaseHTTPRequestHandler):
    """Answers each GET with what came in, and whether it came by TLS."""

    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        told = {"host": self.headers["Host"], "path": self.path, "tls": isinstance(self.connection, ssl.SSLSocket)}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    """Takes TLS where a context is given. A client that trusts nobody here says nothing of it."""

    daemon_threads = True
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, *_: object) -> None:
        pass


def make_authority(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """Write `ca.pem` and `leaf.pem`, a certificate for names with its key; return both paths."""
    now = datetime.now(UTC)
    ca_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in, tests only")])
    start = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(now - timedelta(hours=1))
    start = start.not_valid_after(now + timedelta(days=1))
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    ca = (
        start.subject_name(issuer)
        .public_key(ca_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(ca_key, SHA256())
    )
    addresses = [x509.IPAddress(ip_address(name)) for name in names if name[0].isdigit()]
    alternatives = [*(x509.DNSName(name) for name in names if not name[0].isdigit()), *addresses]
    leaf = (
        start.subject_name(x509.Name([]))
        .public_key(leaf_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(ca_key, SHA256())
    )
    key = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    (folder / "leaf.pem").write_bytes(key + leaf.public_bytes(Encoding.PEM))
    return folder / "ca.pem", folder / "leaf.pem"


@contextmanager
def standing_in(folder: Path, names: Sequence[str]) -> Iterator[StandIn]:
    """Run the server with a certificate for names, and for this machine; the files lie in a folder."""
    ca, leaf = make_authority(folder, [*names, *LOOPBACK])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    secure, plain = _Server(("127.0.0.1", 0), _Echo), _Server(("127.0.0.1", 0), _Echo)
    secure.context = context
    for server in (secure, plain):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield StandIn(secure.server_port, plain.server_port, ca)
    finally:
        for server in (secure, plain):
            server.shutdown()
            server.server_close()
