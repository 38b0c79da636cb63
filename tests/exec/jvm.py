"""The clients of the JVM, compiled once per run, with the libraries that Maven brings."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from defusedxml import ElementTree

from tests.exec.led import CLIENTS

Java = Callable[[str], list[str]]

_PROJECT = Path(__file__).parents[1] / "java" / "pom.xml"
_TIMEOUT = 300  # seconds; the first run of Maven loads its plug-ins


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Java:
    """Return a function that returns the command for a client of the JVM, by the argument of Client.java."""
    missing = [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("java")
    libraries = _find_libraries(folder / "libraries")
    source = str(CLIENTS / "Client.java")
    compiled = _run(["javac", "-encoding", "UTF-8", "-cp", libraries, "-d", str(folder), source])
    assert compiled.returncode == 0, compiled.stderr
    path = os.pathsep.join([str(folder), libraries])
    return lambda client: ["java", "-cp", path, "Client", client]


def find_version(library: str) -> str:
    """Return the version of a library as the project of Maven asks for it; of `JDK`, that of what is installed."""
    if library == "JDK":
        found = re.search(r'version "(\d+)', _run(["java", "-version"]).stderr)
        assert found is not None
        return found[1]
    name = "{http://maven.apache.org/POM/4.0.0}"
    asked = ElementTree.parse(_PROJECT).iter(f"{name}dependency")
    return {each.findtext(f"{name}artifactId"): str(each.findtext(f"{name}version")) for each in asked}[library]


def _find_libraries(file: Path) -> str:
    """Return the class path of the libraries; they are fetched where they are not on this machine already."""
    line = ["mvn", "-B", "-q", "-f", str(_PROJECT), "dependency:build-classpath", f"-Dmdep.outputFile={file}"]
    for mode in (["--offline"], []):
        done = _run([*line, *mode])
        if done.returncode == 0:
            return file.read_text(encoding="utf-8")
    told = next((each for each in done.stdout.splitlines() if "ERROR" in each), "it says nothing")
    pytest.skip(f"Maven cannot get the libraries: {told}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
