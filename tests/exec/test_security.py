"""What `exec` and `serve` must never do: open a proxy to others, or have a client trust anybody."""

import os
import re
import socket
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.exec.led import build_environment
from tests.exec.running import python, run_exec
from tests.stand_in import standing_in

# The local addresses at which the parent of this process, which is exec, listens.
LIST_LISTENING = """
import os
folder = f"/proc/{os.getppid()}/fd"
sockets = {os.readlink(f"{folder}/{each}") for each in os.listdir(folder)}
for name in ("tcp", "tcp6"):
    with open(f"/proc/{os.getppid()}/net/{name}") as table:
        for line in list(table)[1:]:
            place, _, state, *_, inode = line.split()[1:10]
            if state == "0A" and f"socket:[{inode}]" in sockets:
                print(place.partition(":")[0])
"""
TELL_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
# Switches for the checking of certificates, as far as they are known.
SWITCHES = re.compile("REJECT_UNAUTHORIZED|HTTPSVERIFY|SSL_NO_VERIFY|INSECURE|STRICT_SSL|VERIFY_NONE", re.IGNORECASE)


def test_it_listens_on_loopback_alone() -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("there is no /proc/net/tcp, which tells who listens where")
    done = run_exec(python(LIST_LISTENING))
    assert done.stdout.split() == ["0100007F"] * 3, "for HTTP, for TLS, and the proxy"


@pytest.mark.parametrize("target", ["api.weixin.qq.com:443", "example.test:443", "127.0.0.1:22"])
def test_serve_opens_no_proxy(live: RunningServer, target: str) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as connection:
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        status = connection.recv(4096).split()[1]
    assert status.startswith(b"4")


def test_serve_leads_no_request_to_another_host(live: RunningServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        with socket.create_connection(("127.0.0.1", live.port), timeout=10) as connection:
            connection.sendall(f"GET http://{place}/ HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 ")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_a_name_of_a_service_gives_no_control() -> None:
    script = "curl -s -o /dev/null -w '%{http_code}' https://api.weixin.qq.com/_emulator/settings"
    done = run_exec(["sh", "-c", script])
    assert done.stdout.startswith("4")


def test_no_variable_has_a_client_trust_anybody() -> None:
    given = build_environment()
    environment = run_exec(python(TELL_ENVIRONMENT)).stdout
    assert not SWITCHES.search(environment)
    assert f'"PATH": "{given["PATH"]}"' in environment


CLIENTS = {
    "curl": ["curl", "-sS"],
    "urllib": python("import sys; from urllib.request import urlopen; urlopen(sys.argv[1])"),
    "requests": python("import sys, requests; requests.get(sys.argv[1])"),
    "http.client": python(
        "import sys; from http.client import HTTPSConnection as C; from urllib.parse import urlsplit as s;"
        "C(s(sys.argv[1]).netloc).request('GET', '/')"
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_that_was_not_trusted_before_is_not_trusted(client: str, tmp_path: Path) -> None:
    with standing_in(tmp_path, ["localhost"]) as stranger:
        done = run_exec([*CLIENTS[client], f"https://localhost:{stranger.tls_port}/"])
        assert done.returncode not in (0, 4)
        assert "certificate" in done.stderr
        trusting = {"SSL_CERT_FILE": os.fspath(stranger.ca), "REQUESTS_CA_BUNDLE": os.fspath(stranger.ca)}
        done = run_exec([*CLIENTS[client], f"https://localhost:{stranger.tls_port}/"], env=trusting)
        assert (done.returncode, done.stderr) == (0, "")
