"""What only a Docker engine shows: `make test-image`. What the pages tell it to do is looked at without one, too."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import requests

from tests.howto.pages import ROOT, list_examples
from tests.image.test_testcontainers import has_image

DOCKER = shutil.which("docker") or ""
LINES = [
    part.strip()
    for block in list_examples("sh")
    for line in block.text.splitlines()
    for part in line.split("&&")
    if part.strip().startswith("docker ")
]


def run(*command: str, timeout: float = 120) -> str:
    done = subprocess.run([DOCKER, *command], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(not DOCKER, reason="needs docker, if only the command")
@pytest.mark.parametrize("line", sorted(set(LINES)))
def test_each_flag_of_a_line_is_one_of_docker(line: str) -> None:
    _, verb, *rest = shlex.split(line)
    ours = rest[: rest.index("moderation-emulator")]
    known = set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", run(verb, "--help")))
    assert {word for word in ours if word.startswith("-")} <= known


@pytest.fixture
def container() -> Iterator[str]:
    if not has_image():
        pytest.skip("needs a Docker engine with the image: `make test-image`")
    flags = ("--detach", "--read-only", "--publish", "127.0.0.1::8080")
    name = run("run", *flags, "moderation-emulator")
    yield name
    run("rm", "--force", name)


def test_the_image_runs(container: str) -> None:
    url = f"http://{run('port', container, '8080/tcp').splitlines()[0]}"
    run("exec", container, "moderation-emulator", "wait")
    info = requests.get(f"{url}/_emulator/info", timeout=20).json()
    assert (info["pid"], info["compiled"]) == (1, True)
    while (health := json.loads(run("inspect", container))[0]["State"]["Health"])["Status"] == "starting":
        """It is asked every five seconds."""
    assert health["Status"] == "healthy"
    run("stop", container)
    assert json.loads(run("inspect", container))[0]["State"]["ExitCode"] == 0


def test_the_application_of_the_compose_file_is_answered() -> None:
    if not has_image():
        pytest.skip("needs a Docker engine with the image: `make test-image`")
    compose = ("compose", "--file", "deploy/compose.hosts.yaml")
    try:
        assert "access_token" in run(*compose, "up", "--exit-code-from", "app", timeout=600)
    finally:
        run(*compose, "down", "--volumes")
