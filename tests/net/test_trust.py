"""Trust files: what each kind of client reads, who may write it, and that no reader finds half of it."""

import logging
import shutil
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from emulator.net.certificate import Certificate, make_certificate
from emulator.net.trust import PASSWORD, write_trust
from emulator.types import Problems
from tests.net.certificates import make_client, shake_hands

NAMES = ["bundle.pem", "ca.pem", "trust.p12"]

# Reading a store or a bundle here warns of what is odd in the certificates of others; writing one must not.
quiet = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


@pytest.fixture(scope="module")
def made() -> Certificate:
    return make_certificate(["my.test"], 1, datetime.now(UTC))


def list_usual() -> list[x509.Certificate]:
    found = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not found:
        pytest.skip("this machine trusts no authorities")
    return [x509.load_der_x509_certificate(each) for each in found]


def get_mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@quiet
def test_the_files_hold_what_clients_have_to_trust(tmp_path: Path, made: Certificate) -> None:
    folder = tmp_path / "not" / "there"
    write_trust(folder, made.ca_pem)
    assert sorted(each.name for each in folder.iterdir()) == NAMES
    assert (folder / "ca.pem").read_bytes() == made.ca_pem
    ours = x509.load_pem_x509_certificate(made.ca_pem)
    bundle = x509.load_pem_x509_certificates((folder / "bundle.pem").read_bytes())
    store = [
        each.certificate for each in load_pkcs12((folder / "trust.p12").read_bytes(), b"changeit").additional_certs
    ]
    assert bundle == [*list_usual(), ours]
    assert set(store) == set(bundle)
    for data in (made.ca_pem, (folder / "bundle.pem").read_bytes()):
        assert shake_hands(made.context, make_client(data), "my.test").version()


def test_only_this_user_may_write_them(tmp_path: Path, made: Certificate) -> None:
    """Any user may read them, for there is nothing to hide: an application in another container has another user."""
    write_trust(tmp_path / "new", made.ca_pem)
    assert get_mode(tmp_path / "new") == 0o700
    assert {get_mode(tmp_path / "new" / name) for name in NAMES} == {0o644}
    (tmp_path / "old").mkdir(0o755)
    write_trust(tmp_path / "old", made.ca_pem)
    assert get_mode(tmp_path / "old") == 0o755, "a folder of somebody else is left as it is"


@quiet
def test_nothing_secret_is_written(tmp_path: Path, made: Certificate) -> None:
    write_trust(tmp_path, made.ca_pem)
    store = load_pkcs12((tmp_path / "trust.p12").read_bytes(), PASSWORD.encode())
    assert (store.key, store.cert) == (None, None)
    assert all(b"PRIVATE KEY" not in (tmp_path / name).read_bytes() for name in NAMES)


def test_what_was_there_is_replaced_as_a_whole(tmp_path: Path, made: Certificate) -> None:
    """A link is replaced as well: what it leads to is not ours to write."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "ca.pem").symlink_to(victim)
    (folder / "bundle.pem").write_text("old")
    with (folder / "bundle.pem").open() as reader:
        write_trust(folder, made.ca_pem)
        assert reader.read() == "old", "whoever reads goes on reading what was there"
    assert victim.read_text() == "precious"
    assert (folder / "ca.pem").read_bytes() == made.ca_pem
    assert sorted(each.name for each in folder.iterdir()) == NAMES


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, made: Certificate) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "trust.p12").mkdir(parents=True)
    for folder, got in (
        (tmp_path / "file", "File exists"),
        (tmp_path / "file" / "x", "Not a directory"),
        (tmp_path / "folder", "Is a directory"),
        (Path("/proc/trust"), "No such file or directory"),
    ):
        with pytest.raises(Problems) as told:
            write_trust(folder, made.ca_pem)
        assert [str(each) for each in told.value.found] == [
            f"{folder}: expected a folder that can be written to, got {got}"
        ]
    assert {each.name for each in (tmp_path / "folder").iterdir()} <= set(NAMES), "no half file is left"


def empty_context(*_args: Any, **_kwargs: Any) -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@quiet
def test_certifi_knows_what_a_machine_may_not(
    tmp_path: Path, made: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    certifi = pytest.importorskip("certifi")
    monkeypatch.setattr("ssl.create_default_context", empty_context)
    write_trust(tmp_path, made.ca_pem)
    known = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    written = x509.load_pem_x509_certificates((tmp_path / "bundle.pem").read_bytes())
    assert set(written[:-1]) == set(known)
    assert written[-1] == x509.load_pem_x509_certificate(made.ca_pem)


def test_where_nobody_knows_any_authority_it_is_told(
    tmp_path: Path, made: Certificate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ssl.create_default_context", empty_context)
    monkeypatch.setitem(sys.modules, "certifi", None)
    with caplog.at_level(logging.WARNING, "emulator"):
        write_trust(tmp_path, made.ca_pem)
    assert (tmp_path / "bundle.pem").read_bytes().split() == made.ca_pem.split()
    assert [str(tmp_path) in record.getMessage() for record in caplog.records] == [True]


def test_an_authority_that_cannot_be_read_is_left_out_of_the_store(
    tmp_path: Path, made: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old ones break rules of today, which is no reason not to start."""

    class Odd:
        def get_ca_certs(self, **_form: bool) -> list[bytes]:
            return [b"\x30\x03\x02\x01\x00"]

    monkeypatch.setattr("ssl.create_default_context", Odd)
    write_trust(tmp_path, made.ca_pem)
    store = load_pkcs12((tmp_path / "trust.p12").read_bytes(), b"changeit").additional_certs
    assert [each.certificate for each in store] == [x509.load_pem_x509_certificate(made.ca_pem)]


@quiet
def test_java_reads_the_store(tmp_path: Path, made: Certificate) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip("there is no Java here (keytool)")
    write_trust(tmp_path, made.ca_pem)
    arguments = ["-list", "-storetype", "PKCS12", "-keystore", str(tmp_path / "trust.p12"), "-storepass", "changeit"]
    listed = subprocess.run([keytool, *arguments], capture_output=True, text=True, timeout=60, check=True).stdout
    print_of_ours = x509.load_pem_x509_certificate(made.ca_pem).fingerprint(SHA256()).hex(":").upper()
    assert listed.count("trustedCertEntry") == len(list_usual()) + 1
    assert print_of_ours in listed
