"""The recipes for Testcontainers, each with the library that it is for: `make test-containers`.

They ask the Docker engine of this machine where that has our image, else one that stands in for it (`engine.py`).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.howto.pages import ROOT

RECIPES = ROOT / "deploy" / "testcontainers"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>recipe</groupId><artifactId>recipe</artifactId><version>1</version><dependencies><dependency>
<groupId>org.testcontainers</groupId><artifactId>testcontainers</artifactId><version>2.0.5</version>
</dependency></dependencies></project>"""


class Recipe(NamedTuple):
    """A recipe: the tool that it needs, the commands that fetch its library into the folder, and what runs it there."""

    tool: str
    fetch: tuple[str, ...]
    run: str


BY_FILE = {
    "emulator.py": Recipe(
        sys.executable,
        (f"{sys.executable} -m pip install --quiet --target library testcontainers==4.15.0",),
        f"PYTHONPATH=library {sys.executable} emulator.py",
    ),
    "emulator.mjs": Recipe(
        "npm", ("npm install --no-audit --no-fund --silent testcontainers@11.14.0",), "node emulator.mjs"
    ),
    "Emulator.java": Recipe(
        "mvn",
        (f"echo '{_POM}' > pom.xml", "mvn --quiet dependency:copy-dependencies -DoutputDirectory=library"),
        "java -cp 'library/*' Emulator.java",
    ),
    "main.go": Recipe(
        "go",
        ("go mod init recipe", "go get github.com/testcontainers/testcontainers-go@v0.45.0"),
        "go run main.go",
    ),
}


def run_line(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-ec", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def has_image() -> bool:
    """Return whether a Docker engine runs here that has our image."""
    docker = shutil.which("docker")
    command = [str(docker), "image", "inspect", "moderation-emulator"]
    return docker is not None and not subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the variables of a process that is to find an engine."""
    if has_image():
        yield dict(os.environ)
        return
    place = tmp_path / "engine"
    command = [sys.executable, "-m", "tests.image.engine", str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "ready\n"
        # Its own container, which would tidy up after a crash, is another image.
        yield {**os.environ, "DOCKER_HOST": f"unix://{place}", "TESTCONTAINERS_RYUK_DISABLED": "true"}
        engine.terminate()


def test_every_recipe_is_run() -> None:
    assert {file.name for file in RECIPES.iterdir()} == set(BY_FILE)


@pytest.mark.skipif(not os.environ.get("TEST_CONTAINERS"), reason="fetches much: `make test-containers`")
@pytest.mark.parametrize("name", BY_FILE)
def test_a_recipe_starts_an_emulator(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    recipe = BY_FILE[name]
    if not shutil.which(recipe.tool):
        pytest.skip(f"needs {recipe.tool}")
    folder = tmp_path / "recipe"
    folder.mkdir()
    shutil.copy(RECIPES / name, folder)
    for line in recipe.fetch:
        run_line(line, folder, environment)
    assert run_line(recipe.run, folder, environment) == "200\n"
