"""The preload of Python, in processes of their own with real clients."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.preload import PYTHON_FOLDER
from tests.stand_in import StandIn

Run = Callable[..., subprocess.CompletedProcess[str]]

CLIENTS = {
    "urllib": "import urllib.request\nprint(urllib.request.urlopen(URL).read().decode())",
    "http.client": """
import http.client
from urllib.parse import urlsplit
parts = urlsplit(URL)
kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
connection = kind(parts.hostname)
connection.request("GET", parts.path)
print(connection.getresponse().read().decode())
""",
    "requests": "import requests\nprint(requests.get(URL).text)",
    "urllib3": "import urllib3\nprint(urllib3.PoolManager().request('GET', URL).data.decode())",
    "httpx": "import httpx\nprint(httpx.get(URL).text)",
}
ASYNC_CLIENTS = {
    "aiohttp": """
import aiohttp
async def get():
    async with aiohttp.ClientSession() as session, session.get(URL) as answer:
        return await answer.text()
""",
    "anyio": """
import anyio, ssl
from urllib.parse import urlsplit
parts = urlsplit(URL)
async def get():
    secure = parts.scheme == "https"
    port, loose = (443 if secure else 80), {"tls_standard_compatible": False}
    async with await anyio.connect_tcp(parts.hostname, port, tls=secure, **loose) as stream:
        head = f"GET {parts.path} HTTP/1.1\\r\\nHost: {parts.hostname}\\r\\nConnection: close\\r\\n\\r\\n"
        await stream.send(head.encode())
        answer = b""
        while not answer.endswith(b"}"):
            answer += await stream.receive()
    return answer.partition(b"\\r\\n\\r\\n")[2].decode()
""",
    "httpx.AsyncClient": """
import httpx
async def get():
    async with httpx.AsyncClient() as client:
        return (await client.get(URL)).text
""",
    "streams": """
from urllib.parse import urlsplit
parts = urlsplit(URL)
async def get():
    reader, writer = await asyncio.open_connection(parts.hostname, parts.scheme, ssl=parts.scheme == "https" or None)
    head = f"GET {parts.path} HTTP/1.1\\r\\nHost: {parts.hostname}\\r\\nConnection: close\\r\\n\\r\\n"
    writer.write(head.encode())
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\\r\\n\\r\\n")[2].decode()
""",
}
for name, code in ASYNC_CLIENTS.items():
    CLIENTS[f"{name} on asyncio"] = f"import asyncio\n{code}\nprint(asyncio.run(get()))"
    CLIENTS[f"{name} on uvloop"] = f"import asyncio, uvloop\n{code}\nprint(uvloop.run(get()))"


@pytest.mark.parametrize(
    "url", ["https://api.example.test/a", "https://x.wild.example.test/a", "http://api.example.test/a"]
)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_was_told_nothing_reaches_the_emulator(client: str, url: str, run: Run) -> None:
    for library in ("httpx", "anyio", "uvloop"):
        if library in CLIENTS[client]:
            pytest.importorskip(library, reason=f"{library} is not installed")
    done = run(sys.executable, "-c", f"URL = {url!r}\n{CLIENTS[client]}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "host": url.split("/")[2],
        "path": "/a",
        "tls": url.startswith("https"),
    }


def test_the_authority_is_trusted_for_no_other_name(run: Run, stand_in: StandIn) -> None:
    """Not even by a client that has just called a name for which it is: its context is the same."""
    code = f"""
import ssl, socket
context = ssl.create_default_context()
def shake(name, port):
    with socket.create_connection((name, port)) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
        return secure.version()
print(shake("api.example.test", 443))
try:
    shake("localhost", {stand_in.tls_port})
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
print(shake("api.example.test", 443), len(context.get_ca_certs()) == len(ssl.create_default_context().get_ca_certs()))
"""
    done = run(sys.executable, "-c", code)
    assert done.stdout.splitlines() == ["TLSv1.3", "unable to get local issuer certificate", "TLSv1.3 True"], (
        done.stderr
    )


def test_whom_the_application_trusts_is_no_question_at_a_rerouted_name(run: Run) -> None:
    """A bundle that is wired in, as some clients do, is no hindrance; and TLS 1.2 is none either."""
    code = """
import certifi, http.client, ssl
context = ssl.create_default_context(cafile=certifi.where())
context.maximum_version = ssl.TLSVersion.TLSv1_2
connection = http.client.HTTPSConnection("api.example.test", context=context)
connection.request("GET", "/")
print(connection.getresponse().status, connection.sock.version())
"""
    done = run(sys.executable, "-c", code)
    assert done.stdout == "200 TLSv1.2\n", done.stderr


def test_another_server_at_a_rerouted_name_is_not_believed(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text("no certificate", encoding="utf-8")
    code = "import urllib.request\nurllib.request.urlopen('https://api.example.test/')"
    for authority in (other, tmp_path / "absent.pem", ""):
        done = run(sys.executable, "-c", code, EMULATOR_CA=str(authority))
        assert "CERTIFICATE_VERIFY_FAILED" in done.stderr
        assert "moderation-emulator: cannot read EMULATOR_CA: " in done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "socket.getaddrinfo('Real.Example.test.', 443)",
        "socket.getaddrinfo(b'real.example.test', '443')",
        "socket.getaddrinfo(port=443, host='real.example.test')",
        "socket.gethostbyname('real.example.test')",
        "socket.gethostbyname_ex('real.example.test')",
        "socket.create_connection(('real.example.test', 443))",
        "urllib.request.urlopen('https://real.example.test/')",
        "asyncio.run(asyncio.open_connection('real.example.test', 443))",
        "uvloop.run(asyncio.open_connection('real.example.test', 443))",
        "uvloop.run(look_up('real.example.test'))",
    ],
)
def test_a_refused_name_is_called_by_nobody_and_noted(call: str, run: Run, stopped: Path) -> None:
    code = f"""
import asyncio, socket, urllib.request, uvloop
async def look_up(name):
    return await asyncio.get_running_loop().getaddrinfo(name, 443)
try:
    {call}
except OSError as error:
    print(error)
"""
    done = run(sys.executable, "-c", code)
    assert "the emulator stopped a call to the real real.example.test" in done.stdout, done.stderr
    assert stopped.read_text(encoding="utf-8") == "real.example.test\n"


def test_a_call_is_stopped_even_where_it_cannot_be_noted(run: Run, tmp_path: Path) -> None:
    code = "import socket\nsocket.getaddrinfo('real.example.test', 443)"
    done = run(sys.executable, "-c", code, EMULATOR_STOPPED=str(tmp_path))
    assert "stopped a call to the real real.example.test" in done.stderr
    assert "moderation-emulator: cannot note a stopped call" in done.stderr
    assert "cannot note" not in run(sys.executable, "-c", code, EMULATOR_STOPPED=None).stderr


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "1", "1,", "a,b api.example.test", "1,2,3 a", "0,1 a", "1,65536 a", "-1,1 a", "1.5,2 a"),
        *("1,2", "1,2 ! + *", "1,2 [ !] +[!", "\udc80,1 a", "1,2 \udcff", "9" * 5000 + ",1 a", "1,2 " + "a." * 5000),
    ],
)
def test_variables_of_any_kind_are_survived(text: str, run: Run) -> None:
    code = "import socket, ssl; print(socket.getaddrinfo('127.0.0.1', 80)[0][4])"
    done = run(sys.executable, "-c", code, EMULATOR_REROUTE=text, EMULATOR_CA="\udc80", EMULATOR_STOPPED="/")
    assert (done.stdout, done.stderr) == ("('127.0.0.1', 80)\n", "")


def test_without_variables_nothing_is_led(run: Run) -> None:
    code = "import socket; print(hasattr(socket.getaddrinfo, 'redirection'))"
    assert run(sys.executable, "-c", code).stdout == "True\n"
    assert run(sys.executable, "-c", code, EMULATOR_REROUTE=None).stdout == "False\n"
    assert run(sys.executable, "-I", "-c", code).stdout == "False\n"


def test_what_a_process_does_not_use_it_does_not_pay_for(run: Run) -> None:
    code = "import sys; print(*sorted({'socket', 'ssl', 'pathlib', 're', 'emulator', 'uvloop'} & sys.modules.keys()))"
    assert run(sys.executable, "-c", code).stdout == run(sys.executable, "-I", "-c", code).stdout == "\n"


def test_the_sitecustomize_of_the_user_runs_as_well(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import sys\nsys.own = __file__, __name__\n", encoding="utf-8")
    path = f"{PYTHON_FOLDER}:{own}"
    code = "import sys, sitecustomize, socket; print(*sys.own, sitecustomize.__file__, socket.getaddrinfo.redirection)"
    said = run(sys.executable, "-c", code, PYTHONPATH=path).stdout.split(" ", 3)
    assert said[:3] == [str(own / "sitecustomize.py"), "sitecustomize", str(own / "sitecustomize.py")]
    assert "Redirection" in said[3]


def test_a_mistake_in_the_sitecustomize_of_the_user_is_told_as_always(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("1 / 0\n", encoding="utf-8")
    done = run(sys.executable, "-c", "print('goes on')", PYTHONPATH=f"{PYTHON_FOLDER}:{tmp_path}")
    assert done.stdout == "goes on\n"
    assert "ZeroDivisionError" in done.stderr


FILES = [
    PYTHON_FOLDER / "sitecustomize.py",
    *(PYTHON_FOLDER.parent / name for name in ("redirection.py", "patches.py")),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_is_written_for_old_applications(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 7))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("version", ["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def test_it_works_in_other_versions_of_python(version: str, run: Run) -> None:
    others = Path(os.environ.get("PYENV_ROOT", "/absent")).glob(f"versions/{version}.*/bin/python")
    found = [shutil.which(f"python{version}"), *others]
    works = [each for each in found if each and run(each, "-c", "import ssl", PYTHONPATH=None).returncode == 0]
    if not works:
        pytest.skip(f"Python {version} is not installed")
    for client in ("urllib", "streams on asyncio"):
        done = run(works[0], "-B", "-c", f"URL = 'https://api.example.test/a'\n{CLIENTS[client]}")
        assert json.loads(done.stdout or "{}").get("tls"), done.stderr
