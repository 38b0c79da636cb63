"""Names of the real services that lead to `serve` by a hosts file, as the aliases of a compose network do.

The machine of these tests has a network and a hosts file of its own. Clients are told whom to trust, nothing else.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from emulator.discovery import find_providers
from tests.exec.led import CLIENTS, EXEC, TIMEOUT, build_environment, note_arrival
from tests.howto.pages import ROOT
from tests.howto.test_java import BLOCKS, EXAMPLES, write_example
from tests.java.jvm import Java, compile_sources
from tests.java.rows import ROWS as JVM_ROWS
from tests.java.rows import Row
from tests.reroute.trusted import list_trust_variables

BLOCKED = 87014
CREDENTIALS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "testId",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testSecret",
    "WECHAT_APPID": "wx0123456789abcdef",
    "WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
}
PYTHON = sys.executable
NODE = shutil.which("node")
OFFLINE = (PYTHON, str(Path(__file__).parent / "offline.py"))
# Root of this one process and its children: what it mounts, nobody else sees.
WITH_HOSTS_FILE = ("unshare", "--map-root-user", "--mount", "sh", "-ec", 'mount --bind "$0" /etc/hosts; exec "$@"')


class Machine(NamedTuple):
    """Where `serve` runs: its process, its hosts file, and the folder of what clients have to trust."""

    process: subprocess.Popen[str]
    hosts_file: Path
    trust: Path

    def call(self, *command: str, named: bool = True) -> Any:
        """Return the JSON that a client prints there; unless `named`, with the hosts file of the world outside."""
        spaces = ["--user", "--net", *(["--mount"] if named else [])]
        enter = ["nsenter", "--preserve-credentials", f"--target={self.process.pid}", *spaces, "--", *command]
        given = build_environment({**list_trust_variables(self.trust), **CREDENTIALS})
        done = subprocess.run(enter, env=given, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    hosts_file, trust = folder / "hosts", folder / "trust"
    hosts = [host for provider in find_providers().values() for host in provider.hosts if "*" not in host]
    hosts_file.write_text("".join(f"127.0.0.1 {host}\n" for host in ("localhost", *hosts)), encoding="utf-8")
    enter = [*WITH_HOSTS_FILE, str(hosts_file), *OFFLINE]
    try:
        tried = subprocess.run(
            [*enter, "nsenter", "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except OSError as error:
        pytest.skip(f"no machine of its own: {error}")
    if tried.returncode:
        pytest.skip(f"no machine of its own: {tried.stderr.strip()}")
    serve = [*EXEC[:-1], "serve", "--port", "80", "--tls", "443", "--tls-out", str(trust)]
    with subprocess.Popen([*enter, *serve], env=build_environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            listening = [process.stdout.readline(), process.stdout.readline()]
            assert listening == ["Listening on http://127.0.0.1:80\n", "Listening on https://127.0.0.1:443\n"]
            yield Machine(process, hosts_file, trust)
        finally:
            process.terminate()


def test_curl(machine: Machine) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    assert machine.call("sh", str(CLIENTS / "by_curl.sh"))["errcode"] == BLOCKED


def test_python(machine: Machine) -> None:
    assert machine.call(PYTHON, str(CLIENTS / "by_requests.py"))["errcode"] == BLOCKED


@pytest.mark.parametrize("protocol", [(), ("https",)])
def test_python_at_either_port(machine: Machine, protocol: tuple[str, ...]) -> None:
    """By its default, this client calls port 80."""
    found = machine.call(PYTHON, str(CLIENTS / "by_aliyun_core.py"), *protocol)
    assert found == {"Label": "sexy", "Suggestion": "review", "Rate": 62.11}


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("client", ["https", "fetch"])
def test_node(machine: Machine, client: str) -> None:
    assert machine.call(str(NODE), str(CLIENTS / "node.cjs"), client)["errcode"] == BLOCKED


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_application_of_the_compose_file(machine: Machine) -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "compose.hosts.yaml").read_text(encoding="utf-8"))
    assert machine.call(*compose["services"]["app"]["command"])["expires_in"] == 7200


@pytest.mark.led
@pytest.mark.parametrize("row", [row for row in JVM_ROWS if not row.heeds_proxy], ids=lambda row: row.name)
def test_java_that_heeds_no_proxy(request: pytest.FixtureRequest, machine: Machine, java: Java, row: Row) -> None:
    """It has a hosts file of its own: the JVM then asks nobody else for any name."""
    command, *arguments = java(row.asked)
    option = f"-Djdk.net.hosts.file={machine.hosts_file}"
    assert row.expected in json.dumps(machine.call(command, option, *arguments, named=False))
    note_arrival(request, row.name, row.version, "host names")


def test_java_by_the_command_of_its_page(machine: Machine, class_path: str, tmp_path: Path) -> None:
    """It runs the example of WxJava, without the line that points it here."""
    (shown,) = (block for block in BLOCKS if "-jar app.jar" in block.text)
    (example,) = (block for block in EXAMPLES if "WxMaServiceImpl" in block.text)
    text, pointed = re.subn(r".*setApiHostUrl.*\n", "", example.text)
    assert pointed
    compile_sources(tmp_path, [write_example(tmp_path, "App", text)], class_path)
    write_jar(tmp_path / "app.jar", "App", [tmp_path, *map(Path, class_path.split(os.pathsep))])
    (tmp_path / "trust").symlink_to(machine.trust)
    line = f"unset JAVA_TOOL_OPTIONS; cd {tmp_path}; {shown.text}"
    assert machine.call("sh", "-ec", line, named=False) == BLOCKED


def write_jar(file: Path, main: str, class_path: list[Path]) -> None:
    """Write an archive that runs a class of the class path. No line of a manifest may be longer than 72 bytes."""
    places = "Class-Path: " + " ".join(path.as_uri() + ("/" if path.is_dir() else "") for path in class_path)
    folded = "\n ".join(re.findall(".{1,70}", places))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", f"Manifest-Version: 1.0\nMain-Class: {main}\n{folded}\n")


def test_java_with_the_hosts_file_of_the_machine(machine: Machine, java: Java) -> None:
    row = next(row for row in JVM_ROWS if not row.heeds_proxy)
    assert row.expected in json.dumps(machine.call(*java(row.asked)))
