"""The certificate of the TLS port: who is convinced by it, for how long, and where its keys are."""

import gc
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from emulator.discovery import find_providers
from emulator.net import certificate as module
from emulator.net.certificate import Certificate, load_certificate, make_certificate
from emulator.types import Problems
from tests.net.certificates import make_client, shake_hands, write_pair

HOSTS = [host for provider in find_providers().values() for host in provider.hosts]
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def made() -> Certificate:
    return make_certificate(HOSTS, 90, NOW)


def find_leaf(made: Certificate) -> x509.Certificate:
    """Return what the server shows."""
    shown = shake_hands(made.context, make_client(made.ca_pem), "localhost").getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


# Who is convinced.


@pytest.mark.parametrize("host", [*HOSTS, "localhost", "127.0.0.1", "::1"])
def test_a_strict_client_is_convinced_by_every_name_that_leads_here(made: Certificate, host: str) -> None:
    assert HOSTS
    client = make_client(made.ca_pem)
    assert shake_hands(made.context, client, host.replace("*", "some-label-1")).version() == "TLSv1.3"
    assert shake_hands(made.context, client, host.replace("*", "x").upper()).version() == "TLSv1.3"


@pytest.mark.parametrize(
    "name",
    [
        *("example.com", "127.0.0.2", "::2", "test.localhost", "weixin.qq.com", "evil.api.weixin.qq.com"),
        *("api.weixin.qq.com.evil.test", "a.b.tcb-api.tencentcloudapi.com", "aliyuncs.com"),
    ],
)
def test_it_convinces_nobody_who_calls_another_name(made: Certificate, name: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shake_hands(made.context, make_client(made.ca_pem), name)


def test_no_start_trusts_another(made: Certificate) -> None:
    """Not even where both processes had the same number, as those of two containers have."""
    other = make_certificate(HOSTS, 90, NOW)
    first, second = (x509.load_pem_x509_certificate(each.ca_pem) for each in (made, other))
    assert first.subject == second.subject
    assert first.public_key() != second.public_key()
    assert find_leaf(made).public_key() != find_leaf(other).public_key()
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(other.context, make_client(made.ca_pem), "localhost")
    both = make_client(made.ca_pem + other.ca_pem)
    for each in (made, other):
        assert shake_hands(each.context, both, "localhost").version()


def test_http_1_1_is_chosen_where_a_client_offers_a_choice(made: Certificate) -> None:
    client = make_client(made.ca_pem)
    client.set_alpn_protocols(["h2", "http/1.1"])
    assert shake_hands(made.context, client, "localhost").selected_alpn_protocol() == "http/1.1"


# What it says.


def test_what_the_authority_may_do(made: Certificate) -> None:
    ca = x509.load_pem_x509_certificate(made.ca_pem)
    key = ca.public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    assert isinstance(key.curve, SECP256R1)
    (name,) = ca.subject
    assert name.value == f"moderation-emulator {os.getpid()}, tests only"
    constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value) == (True, x509.BasicConstraints(True, 0))
    usage = ca.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not any((usage.value.digital_signature, usage.value.crl_sign, usage.value.key_encipherment))
    limits = ca.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert limits.value.excluded_subtrees is None
    permitted = [each.value for each in limits.value.permitted_subtrees or ()]
    assert {each for each in permitted if isinstance(each, str)} == {h.removeprefix("*.") for h in HOSTS} | {
        "localhost"
    }
    assert [each for each in permitted if not isinstance(each, str)] == [ip_network("127.0.0.1"), ip_network("::1")]


def test_what_the_leaf_may_do(made: Certificate) -> None:
    leaf, ca = find_leaf(made), x509.load_pem_x509_certificate(made.ca_pem)
    leaf.verify_directly_issued_by(ca)
    (name,) = leaf.subject
    assert str(name.value).startswith(f"moderation-emulator {os.getpid()}, tests only")
    assert leaf.subject != ca.subject, "it would seem to have signed itself"
    get = leaf.extensions.get_extension_for_class
    assert get(x509.BasicConstraints).value == x509.BasicConstraints(False, None)
    assert list(get(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert get(x509.KeyUsage).value.digital_signature
    assert not get(x509.KeyUsage).value.key_cert_sign
    ours = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert get(x509.AuthorityKeyIdentifier).value.key_identifier == ours.digest
    assert get(x509.SubjectKeyIdentifier).value.digest != ours.digest


@pytest.mark.parametrize("days", [1, 2, 90, 800])
def test_it_lives_as_long_as_it_was_asked_to(days: int) -> None:
    now = datetime(2026, 2, 3, 4, 5, 6, 789, UTC)
    made = make_certificate((), days, now)
    ca = x509.load_pem_x509_certificate(made.ca_pem)
    assert made.expires == ca.not_valid_after_utc == datetime(2026, 2, 3, 4, 5, 6, 0, UTC) + timedelta(days)
    assert ca.not_valid_before_utc == datetime(2026, 2, 3, 3, 5, 6, 0, UTC), "clocks of containers differ"


@pytest.mark.parametrize("moment", [NOW - timedelta(2), NOW + timedelta(hours=2)])
def test_a_client_refuses_one_that_does_not_hold_now(moment: datetime) -> None:
    made = make_certificate((), 1, moment)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"expired|not yet valid"):
        shake_hands(made.context, make_client(made.ca_pem), "localhost")


# Where the keys are.


def iterate_reached(root: object) -> Iterator[object]:
    """Yield all that can be reached from an object, modules and classes left out."""
    seen: dict[int, object] = {}
    pending: list[object] = [root]
    while pending:
        each = pending.pop()
        if id(each) not in seen and not isinstance(each, ModuleType | type):
            seen[id(each)] = each
            pending += gc.get_referents(each)
            yield each


def test_no_function_gives_the_key_of_the_authority_away() -> None:
    returned: list[object] = []

    def watch(frame: FrameType, event: str, value: Any) -> None:
        if event == "return" and frame.f_code.co_filename == module.__file__:
            returned.append(value)

    sys.setprofile(watch)
    try:
        made = make_certificate(HOSTS, 90, NOW)
    finally:
        sys.setprofile(None)
    assert made in returned
    for each in (reached for value in returned for reached in iterate_reached(value)):
        assert not isinstance(each, EllipticCurvePrivateKey)
        text = each.decode("latin-1") if isinstance(each, bytes) else each
        assert not (isinstance(text, str) and "PRIVATE KEY" in text)


WATCHED = """
import json, os, stat, sys
from datetime import UTC, datetime

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
written = []
def heard(event, given):
    if event == "open" and isinstance(given[0], str) and isinstance(given[2], int) and given[2] & WRITING:
        written.append({"opened": str(given[0])})
    elif event == "os.remove":
        with open(given[0]) as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            written.append({"removed": str(given[0]), "mode": mode, "text": file.read()})

os.umask(0)
sys.addaudithook(heard)
from emulator.net.certificate import make_certificate
made = make_certificate(["my.test"], 1, datetime.now(UTC))
print(json.dumps({"written": written, "ca": made.ca_pem.decode()}))
"""


def test_the_key_of_the_leaf_is_in_a_file_of_its_own_for_a_moment_and_that_of_the_authority_never(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    told = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    found = json.loads(told.stdout)
    ca_key = x509.load_pem_x509_certificate(found["ca"].encode()).public_key()
    written = [each for each in found["written"] if each.get("opened") != os.devnull]
    (removed,) = (each for each in written if "KEY" in each.get("text", ""))
    assert {each.get("opened") for each in written} - {None} == {each.get("removed") for each in written} - {None}
    assert removed["mode"] == 0o600
    assert removed["text"].count("PRIVATE KEY-----") == 2, "the begin and the end of one"
    key = load_pem_private_key(removed["text"].encode(), None).public_key()
    assert key == x509.load_pem_x509_certificate(removed["text"].encode()).public_key() != ca_key
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_the_moment_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.mkstemp", fail)
    with pytest.raises(Problems) as told:
        make_certificate((), 1, NOW)
    assert (
        str(told.value.found[0])
        == "TLS: expected a folder for temporary files, got No usable temporary directory found"
    )


# One of the user's own.


def test_an_own_pair_is_served_with_what_the_file_holds(tmp_path: Path) -> None:
    pair = write_pair(tmp_path, NOW)
    own = load_certificate(pair.cert_file, pair.key_file)
    assert own.ca_pem == pair.chain[-1].public_bytes(Encoding.PEM)
    assert own.expires == (NOW + timedelta(10)).replace(microsecond=0), "that of the leaf, not of its authority"
    client = ssl.create_default_context(cadata=own.ca_pem.decode())
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    client.set_alpn_protocols(["h2", "http/1.1"])
    assert shake_hands(own.context, client, "my.test").selected_alpn_protocol() == "http/1.1"


def list_problems(cert_file: Path, key_file: Path) -> list[str]:
    with pytest.raises(Problems) as told:
        load_certificate(cert_file, key_file)
    return [str(each) for each in told.value.found]


def test_a_certificate_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    pair = write_pair(tmp_path)
    (tmp_path / "junk.pem").write_bytes(b"\xff\x00 junk")
    (tmp_path / "empty.pem").touch()
    os.mkfifo(tmp_path / "pipe.pem")
    for name, got in (
        ("none.pem", "no file"),
        ("", "no file"),
        ("pipe.pem", "no file"),
        ("junk.pem", "something else"),
        ("empty.pem", "something else"),
        ("key.pem", "something else"),
    ):
        expected = "a certificate as PEM, and those of its authorities"
        assert list_problems(tmp_path / name, pair.key_file) == [f"{tmp_path / name}: expected {expected}, got {got}"]


def test_a_key_that_does_not_fit_is_told_and_never_shown(tmp_path: Path) -> None:
    """One with a passphrase would have OpenSSL ask on the terminal."""
    folders = [tmp_path / name for name in ("mine", "other", "locked")]
    for folder in folders:
        folder.mkdir()
    pair, other = (write_pair(folder) for folder in folders[:2])
    locked = write_pair(folders[2], passphrase=b"a passphrase")
    (tmp_path / "junk.pem").write_bytes(b"-----BEGIN PRIVATE KEY-----\nSECRETsecret\n-----END PRIVATE KEY-----\n")
    os.mkfifo(tmp_path / "pipe.pem")
    expected = f"expected the private key of the certificate in {pair.cert_file}, as PEM without a passphrase, got "
    keys = (tmp_path / "none", tmp_path / "pipe.pem", tmp_path / "junk.pem", other.key_file, locked.key_file)
    told = [list_problems(pair.cert_file, key) for key in keys]
    assert all(
        len(each) == 1 and each[0].startswith(f"{key}: {expected}") for each, key in zip(told, keys, strict=True)
    )
    reasons = [each[0].partition(" got ")[2] for each in told]
    assert reasons[:2] == ["no file", "no file"]
    assert reasons[3] == "key values mismatch"
    assert all(reasons)
    assert not [each for each in reasons if "secret" in each.lower()]
