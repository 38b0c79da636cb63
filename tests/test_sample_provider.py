"""A provider from outside, installed as a package of its own: it is found, served, called, and keeps its contract."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import sysconfig
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

import emulator

SAMPLE = Path(__file__).parent / "sample_provider"
# Without what .pth files add, which is the checkout: an installed emulator knows nothing of these tests.
PYTHON = (sys.executable, "-S", "-m")
KEY, SECRET = "acme-test", "acme-secret"


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of one who installed the emulator, compiled if it is so here, and the sample provider."""
    pytest.importorskip("pip", reason="without pip nothing can be installed here")
    found = Path(emulator.__file__).parents[1]
    site = tmp_path_factory.mktemp("site")
    if (found / "tests").is_dir():  # the checkout
        wheel.extractall(site)
        found = site
    pip = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet")
    provider = tmp_path_factory.mktemp("provider")
    flags = ("--no-deps", "--no-index", "--no-build-isolation", "--target", str(provider))
    subprocess.run([*pip, *flags, str(SAMPLE)], capture_output=True, check=True, timeout=60)
    path = os.pathsep.join(map(str, (found, provider, sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))))
    return {"PYTHONPATH": path, "PATH": os.environ["PATH"]}


def run(installed: dict[str, str], *command: str, cwd: Path | None = None) -> str:
    """Return what a command prints; it must be content."""
    done = subprocess.run(
        [*PYTHON, *command], env=installed, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def url(installed: dict[str, str]) -> Iterator[str]:
    command = [*PYTHON, "emulator", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=installed, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().partition(" on ")[2].strip()
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0


def post(url: str, operation: str, params: Any, key: str = KEY, secret: str = SECRET) -> requests.Response:
    body = json.dumps(params).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Acme-Key": key, "Acme-Signature": signature}
    return requests.post(f"{url}/acme/{operation}", data=body, headers=headers, timeout=10)


def read_code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_its_contract_is_kept(installed: dict[str, str], tmp_path: Path) -> None:
    """The suite finds the provider by its entry point, and no provider of the emulator: those have their tests here."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8")
    suite = ("pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "moderation_emulator.contract")
    told = run(installed, *suite, cwd=tmp_path).splitlines()[-1]
    passed = re.match(r"(\d+) passed", told)
    assert passed is not None
    assert int(passed[1]) > 150
    listed = run(installed, *suite, "--collect-only", cwd=tmp_path)
    assert "test_nothing_is_missing[acme]" in listed
    assert "wechat" not in listed


def test_calls_are_answered_as_rules_and_magic_words_say(url: str) -> None:
    assert post(url, "check", {"text": "hello"}).json() == {"verdict": "pass"}
    assert post(url, "check", {"text": "emu-block"}).json() == {"verdict": "block"}
    assert post(url, "check", {"text": "示例待审文本"}).json() == {"verdict": "review"}
    assert read_code(post(url, "check", {"text": "emu-error-internal"})) == (500, "internal")


def test_its_errors_are_answered_in_its_own_form(url: str) -> None:
    assert read_code(post(url, "check", {"text": "hello"}, key="nobody")) == (401, "unknown_key")
    assert read_code(post(url, "check", {"text": "hello"}, secret="another")) == (401, "bad_signature")
    assert read_code(post(url, "check", {"text": "a" * 1001})) == (400, "text_too_long")
    assert read_code(post(url, "nothing", {})) == (404, "unknown_operation")


def test_its_quota_is_counted_by_account(url: str) -> None:
    made = requests.post(f"{url}/_emulator/accounts", json={"name": "b"}, timeout=9)
    own = made.json()["acme"]
    limits = {"limits": {"acme": {"per_minute": 2}}}
    assert requests.patch(f"{url}/_emulator/settings?account=b", json=limits, timeout=9).status_code == 200
    requests.post(f"{url}/_emulator/clock?account=b", json={"freeze": True}, timeout=9)
    codes = [post(url, "check", {"text": "hello"}, **own).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert post(url, "check", {"text": "hello"}).status_code == 200
    assert requests.delete(f"{url}/_emulator/accounts/b", timeout=9).status_code == 200


class Receiver(BaseHTTPRequestHandler):
    """Notes the callbacks that come."""

    came: list[tuple[str, bytes]] = []  # noqa: RUF012 - of the one server of a test

    def do_POST(self) -> None:
        self.came.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_its_results_are_pushed_and_signed(url: str) -> None:
    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        serving = threading.Thread(target=receiver.handle_request)
        serving.start()
        callback = f"http://127.0.0.1:{receiver.server_port}/done?mine=1"
        answer = post(url, "submit", {"picture": "https://a.test/emu-block.png", "callback": callback})
        serving.join(10)
    ((path, body),) = Receiver.came
    job = answer.json()["job"]
    assert json.loads(body) == {"job": job, "verdict": "block"}
    query = {name: value for name, (value,) in parse_qs(urlsplit(path).query).items()}
    expected = hmac.new(SECRET.encode(), f"{job}.{query['time']}".encode(), hashlib.sha256).hexdigest()
    assert (query["mine"], query["signature"]) == ("1", expected)


def test_the_control_api_knows_it(url: str) -> None:
    account = requests.get(f"{url}/_emulator/accounts/default", timeout=9).json()
    assert account["acme"] == {"key": KEY, "secret": SECRET}
    post(url, "check", {"text": "known"})
    (entry,) = requests.get(f"{url}/_emulator/journal?provider=acme&limit=1", timeout=9).json()["items"]
    assert (entry["operation"], entry["outcome"]) == ("check", "pass")
    described = requests.get(f"{url}/_emulator/openapi.json", timeout=9).json()["paths"]
    assert {"/acme/check", "/acme/submit"} <= described.keys()
    misspelt = requests.post(
        f"{url}/_emulator/rules", json={"match": {"provider": "acne"}, "verdict": "block"}, timeout=9
    )
    assert "did you mean acme?" in misspelt.text


def test_commands_know_it(installed: dict[str, str], url: str) -> None:
    variables = run(installed, "emulator", "env", "--url", url).splitlines()
    assert {f"ACME_KEY={KEY}", f"ACME_SECRET={SECRET}", f"ACME_URL={url}/acme"} <= set(variables)
    assert "too_many_calls" in run(installed, "emulator", "errors", "acme")
    assert re.search(r"[1-9]\d* rules in 11 files", run(installed, "emulator", "check"))


def test_the_test_kit_knows_it(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\nmoderation_leak_guard = true\n", encoding="utf-8"
    )
    (tmp_path / "test_mine.py").write_text(
        "import socket\n\nimport pytest\n\n\n"
        "def test_mine(moderation_emulator):\n"
        "    assert moderation_emulator.acme.key.startswith('acme-')\n"
        "    assert moderation_emulator.env['ACME_KEY'] == moderation_emulator.acme.key\n\n\n"
        "@pytest.mark.xfail(strict=True, reason='a real host is called')\n"
        "def test_leak():\n"
        "    socket.create_connection(('review.acme.example', 443), 1)\n",
        encoding="utf-8",
    )
    told = run(installed, "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", cwd=tmp_path)
    assert "1 passed, 1 xfailed" in told
