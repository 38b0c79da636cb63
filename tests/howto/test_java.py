"""What docs/java.md shows: its project is tested by Maven, its examples are compiled, and print what they say."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.howto.pages import DOCS, ROOT, Block, list_blocks, list_expected_output
from tests.howto.test_examples import make_environment, point_to_server
from tests.java.jvm import OPTIONS, compile_sources, require_tools
from tests.providers.alipay.gateway import builders

PROJECT = ROOT / "tests" / "howto" / "recipes" / "java"
BLOCKS = list_blocks(DOCS / "java.md")
PRINTED = [block for block in BLOCKS if block.kind == "java" and block.text.startswith("package ")]
EXAMPLES = [block for block in BLOCKS if block.kind == "java" and block not in PRINTED]
TIMEOUT = 600  # seconds; the first run of Maven loads its plug-ins
UNREACHABLE = re.compile(r"Could not (?:transfer|resolve|find) .*|Non-resolvable .*")


def test_the_project_is_tested(tmp_path: Path) -> None:
    """By the commands of the page, in an empty folder beside the source."""
    require_tools()
    source = tmp_path / "moderation-emulator" / PROJECT.relative_to(ROOT)
    shutil.copytree(PROJECT, source, ignore=shutil.ignore_patterns("target"))
    (block,) = (block for block in BLOCKS if "mvn " in block.text)
    folder = tmp_path / "own"
    folder.mkdir()
    done = subprocess.run(
        ["bash", "-ec", block.text],
        cwd=folder,
        env=make_environment({}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if unreachable := UNREACHABLE.search(done.stdout):
        pytest.skip(f"Maven cannot get the libraries: {unreachable[0]}")
    assert done.returncode == 0, done.stdout + done.stderr
    reports = [path.read_text(encoding="utf-8") for path in folder.glob("comments/target/surefire-reports/*.xml")]
    written = sum(path.read_text(encoding="utf-8").count("@Test") for path in PROJECT.rglob("*Test.java"))
    assert sum(report.count("<testcase ") for report in reports) == written


def test_printed_files_are_those_of_the_project() -> None:
    (printed,) = PRINTED
    assert printed.text in {path.read_text(encoding="utf-8") for path in PROJECT.rglob("*.java")}


def write_example(folder: Path, name: str, text: str) -> Path:
    """Write a class whose main does what an example does."""
    lines = text.splitlines()
    imports = "\n".join(line for line in lines if line.startswith("import "))
    code = "\n".join(line for line in lines if not line.startswith("import "))
    main = "public static void main(String[] arguments) throws Exception"
    path = folder / f"{name}.java"
    path.write_text(f"{imports}\npublic class {name} {{ {main} {{\n{code}\n}} }}\n", encoding="utf-8")
    return path


def name_example(block: Block) -> str:
    return f"Line{block.line}"


def test_each_example_prints_what_it_says(live: RunningServer, class_path: str, tmp_path: Path) -> None:
    """All are run by one JVM, for each takes long to start."""
    sources = [write_example(tmp_path, name_example(block), point_to_server(block.text, live)) for block in EXAMPLES]
    calls = [f'System.out.println("{name_example(block)}");\n{name_example(block)}.main(null);' for block in EXAMPLES]
    everything = write_example(tmp_path, "Everything", "\n".join([*calls, "System.exit(0);"]))
    compile_sources(tmp_path, [*sources, everything], class_path)
    (tmp_path / "app_private.pem").write_text(builders.make_key_pair().pkcs8, encoding="ascii")
    key = live.control("GET", "accounts/default").json()["alipay"]["gateway_public_key"]
    done = subprocess.run(
        ["java", *OPTIONS, "-cp", os.pathsep.join([str(tmp_path), class_path]), "Everything"],
        cwd=tmp_path,
        env=make_environment({"ALIPAY_PUBLIC_KEY": key}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    expected = [line for block in EXAMPLES for line in (name_example(block), *list_expected_output(block.text))]
    assert done.stdout.splitlines() == expected, done.stderr
    assert len(live.list_entries()) > len(EXAMPLES)  # WxJava asks for a token, too
