"""The clients of the JVM, compiled with the libraries that Maven brings, and called from one process.

What is compiled is kept in build/java, under a digest of its source, for the next run.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from defusedxml import ElementTree

Java = Callable[..., list[str]]
Call = Callable[..., Any]

_PROJECT = Path(__file__).parent / "pom.xml"
_SOURCES = Path(__file__).parent / "clients"
_BUILT = Path(__file__).parents[2] / "build" / "java"
_LIBRARIES = "libraries"  # the file with their class path
_NAME = "{http://maven.apache.org/POM/4.0.0}"
_OLDEST = 17  # Java
OPTIONS = (
    "-Dfile.encoding=UTF-8",  # not that of the locale, in which alipay-easysdk reads what is signed
    "--add-opens=java.base/java.io=ALL-UNNAMED",  # or WxJava cannot read the event of version 2 as XML
)
_TIMEOUT = 300  # seconds; the first run of Maven loads its plug-ins


@pytest.fixture(scope="session")
def class_path() -> str:
    """Return the class path of the compiled clients and their libraries, which are all there."""
    require_tools()
    sources = sorted(_SOURCES.glob("*.java"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in (_PROJECT, *sources))).hexdigest()
    kept = _BUILT / digest
    if not all(map(os.path.exists, _read_class_path(kept).split(os.pathsep))):
        shutil.rmtree(kept, ignore_errors=True)
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT) as folder:
            made = Path(folder) / "made"
            made.mkdir()
            compile_sources(made, sources, _find_libraries(made / _LIBRARIES))
            with suppress(OSError):  # another worker had it first
                made.rename(kept)
    return _read_class_path(kept)


@pytest.fixture(scope="session")
def java(class_path: str) -> Java:
    """Return a function that returns the command by which requests are made, each as Clients.java takes it."""
    return lambda *requests: ["java", *OPTIONS, "-cp", class_path, "Clients", *map(json.dumps, requests)]


@pytest.fixture(scope="session")
def call(java: Java) -> Iterator[Call]:
    """Yield a function that calls with a client: `call("com.aliyun:tea-openapi", "text/scan", url=..., ...)`.

    It returns what the client made of the answer, or what it raised: an object with `raised`, `code` and `message`.
    """
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            java(), env=environment, stdin=pipe, stdout=pipe, stderr=said, text=True, encoding="utf-8"
        ) as process,
    ):

        def call_client(client: str, operation: str, **asked: Any) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{json.dumps({'client': client, 'call': operation, **asked})}\n")
            process.stdin.flush()
            watch = Timer(_TIMEOUT, process.kill)
            watch.start()
            answer = process.stdout.readline()
            watch.cancel()
            said.seek(0)
            assert answer, said.read().decode()
            return json.loads(answer)

        yield call_client


def require_tools() -> None:
    """Skip the test where a tool is missing, or too old."""
    if missing := [tool for tool in ("java", "javac", "mvn") if shutil.which(tool) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if int(find_jdk()) < _OLDEST:
        pytest.skip(f"Java {find_jdk()} is installed, {_OLDEST} is needed")


def compile_sources(folder: Path, sources: list[Path], class_path: str) -> None:
    """Compile sources of Java into a folder."""
    options = ["--release", str(_OLDEST), "-encoding", "UTF-8", "-cp", class_path, "-d", str(folder)]
    compiled = _run(["javac", *options, *map(str, sources)])
    assert compiled.returncode == 0, compiled.stderr


def strip_key(pem: str) -> str:
    """Return a key as the clients of Alipay take it: in base64 on one line, without the lines around it."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


@cache
def list_versions() -> dict[str, str]:
    """Return the versions of all libraries that the project of Maven asks for, by `group:artifact`."""
    asked = ElementTree.parse(_PROJECT).iter(f"{_NAME}dependency")
    parts = ([str(each.findtext(f"{_NAME}{part}")) for part in ("groupId", "artifactId", "version")] for each in asked)
    return {f"{group}:{artifact}": version for group, artifact, version in parts}


@cache
def find_jdk() -> str:
    """Return the version of Java that is installed."""
    found = re.search(r'version "(\d+)', _run(["java", "-version"]).stderr)
    assert found is not None
    return found[1]


def _read_class_path(folder: Path) -> str:
    file = folder / _LIBRARIES
    return os.pathsep.join([str(folder), file.read_text(encoding="utf-8")]) if file.is_file() else str(file)


def _find_libraries(file: Path) -> str:
    """Write and return the class path of the libraries; they are fetched where this machine has them not yet."""
    line = ["mvn", "-B", "-q", "-f", str(_PROJECT), "dependency:build-classpath", f"-Dmdep.outputFile={file}"]
    for mode in (["--offline"], []):
        done = _run([*line, *mode])
        if done.returncode == 0:
            return file.read_text(encoding="utf-8")
    told = next((each for each in done.stdout.splitlines() if "ERROR" in each), "it says nothing")
    pytest.skip(f"Maven cannot get the libraries: {told}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
