"""`serve --tls` as a real process: what it prints, what it writes, and what it refuses."""

import re
import signal
import socket
import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.commands.process import CLEAN, COMMAND, Process
from tests.commands.test_serve import serve, start_serve
from tests.net.certificates import write_pair

NAMES = {"ca.pem", "bundle.pem", "trust.p12"}


def read_tls_url(process: Process) -> str:
    match = re.fullmatch(r"Listening on (https://\S+)\n", process.read_line())
    assert match is not None
    return match[1]


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_serves_on_two_ports_and_ends_in_order(tmp_path: Path, loop: str) -> None:
    arguments = ("--tls", "0", "--tls-out", str(tmp_path / "trust"), "--tls-days", "5")
    with start_serve(*arguments, MODERATION_EMULATOR_SERVER__LOOP=loop) as process, requests.Session() as session:
        url = read_tls_url(process)
        assert re.fullmatch(r"https://127\.0\.0\.1:[1-9][0-9]*", url)
        assert url.rpartition(":")[2] != process.url.rpartition(":")[2]
        ca = str(tmp_path / "trust" / "ca.pem")
        assert session.get(f"{url}/_emulator/health", verify=ca, timeout=10).json() == {"status": "ok"}
        assert session.get(f"{process.url}/_emulator/health", timeout=10).json() == {"status": "ok"}
        assert {each.name for each in (tmp_path / "trust").iterdir()} == NAMES
        assert process.end(signal.SIGTERM, timeout=5) == (0, "", ""), "though a client keeps its connection"


def test_it_listens_where_the_other_port_does(tmp_path: Path) -> None:
    with start_serve("--tls", "0", "--tls-out", str(tmp_path), "--host", "::1") as process:
        url = read_tls_url(process)
        assert re.fullmatch(r"https://\[::1\]:[1-9][0-9]*", url)
        assert requests.get(f"{url}/_emulator/health", verify=str(tmp_path / "ca.pem"), timeout=10).ok


def test_a_new_start_has_a_new_certificate(tmp_path: Path) -> None:
    trusted = set()
    for _ in range(2):
        with start_serve("--tls", "0", "--tls-out", str(tmp_path)):
            trusted.add((tmp_path / "ca.pem").read_bytes())
    assert len(trusted) == 2


def test_an_own_pair_is_served(tmp_path: Path) -> None:
    pair = write_pair(tmp_path)
    arguments = ("--tls-cert", str(pair.cert_file), "--tls-key", str(pair.key_file), "--tls-out", str(tmp_path / "out"))
    with start_serve("--tls", "0", *arguments) as process:
        port = int(read_tls_url(process).rpartition(":")[2])
        client = ssl.create_default_context(cafile=tmp_path / "out" / "ca.pem")
        client.verify_flags &= ~ssl.VERIFY_X509_STRICT
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as bare,
            client.wrap_socket(bare, server_hostname="my.test") as connection,
        ):
            assert connection.getpeercert()
        info = requests.get(f"{process.url}/_emulator/info", timeout=10).json()
        assert info["tls_expires"] == pair.chain[0].not_valid_after_utc.isoformat(timespec="seconds")


class Refused(NamedTuple):
    """How a start ended: its exit code, and what it told on standard error."""

    code: int
    told: str


def run_serve(*arguments: str) -> Refused:
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False, env=CLEAN)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return Refused(ended.returncode, ended.stderr)


def test_a_port_that_is_taken_is_told_and_the_files_of_its_owner_are_left_alone(tmp_path: Path) -> None:
    with start_serve("--tls", "0", "--tls-out", str(tmp_path)) as process:
        before = {name: (tmp_path / name).read_bytes() for name in NAMES}
        tls_port = read_tls_url(process).rpartition(":")[2]
        port = process.url.rpartition(":")[2]
        for arguments, taken, option in (
            (("--tls", tls_port), tls_port, "--tls"),
            (("--port", port, "--tls", "0"), port, "--port"),
        ):
            told = f"Cannot listen on 127.0.0.1:{taken}: address already in use. Try {option} 0 for a free one.\n"
            assert run_serve(*arguments, "--tls-out", str(tmp_path)) == (3, told)
        assert {name: (tmp_path / name).read_bytes() for name in NAMES} == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = f"{tmp_path / 'file' / 'x'}: expected a folder that can be written to, got Not a directory\n"
    assert run_serve("--tls", "0", "--tls-out", str(tmp_path / "file" / "x")) == (2, told)


def test_a_pair_that_cannot_be_served_is_told(tmp_path: Path) -> None:
    pair = write_pair(tmp_path, passphrase=b"secret")
    code, told = run_serve("--tls", "0", "--tls-cert", str(pair.cert_file), "--tls-key", str(pair.key_file))
    assert code == 2
    assert told.startswith(f"{pair.key_file}: expected the private key of the certificate in {pair.cert_file}, as PEM")
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tls-out", "x"), "$.server.tls_out: expected server.tls_port (--tls) as well"),
        (("--tls-days", "3"), "$.server.tls_days: expected server.tls_port (--tls) as well"),
        (("--tls", "0", "--tls-cert", "x"), "$.server.tls_cert: expected server.tls_key (--tls-key) as well"),
        (("--tls", "0", "--tls-key", "x"), "$.server.tls_key: expected server.tls_cert (--tls-cert) as well"),
        (("--tls", "0", "--tls-cert", "none", "--tls-key", "x"), "none: expected a certificate as PEM"),
        (("--tls", "65536"), "65536"),
        (("--tls", "eighty"), "eighty"),
        (("--tls", "0", "--tls-days", "0"), "0"),
        (("--tls", "0", "--tls-days", "801"), "801"),
        (("--tls",), "--tls"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple[str, ...], told: str) -> None:
    result = serve(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
