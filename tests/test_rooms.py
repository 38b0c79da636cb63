"""The house: which room may know which, read from the import statements; and what only one room may do."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import emulator
from emulator.server import find_providers

PACKAGE = Path(emulator.__file__).parent

# From the ground up. A room may import from any floor below its own; those of one floor are strangers, but for STAIRS.
FLOORS = (
    ("assets", "coercion", "json_text", "masking", "percent", "vocabulary", "xml", "log", "typed"),
    ("documents", "problems", "asking"),
    ("world",),
    ("signatures", "catalogue", "discovery", "provider"),
    ("gateway", "explainers"),
    ("schemas", "faults", "providers"),
    (
        "outcomes",
        "rulebook",
        "fixtures",
        "atlas",
        "entries",
        "pipeline",
        "profiles",
        "keyring",
        "settings",
        "latency",
        "patches",
        "variables",
    ),
    ("inquiry",),
    ("planes",),
    ("server",),
    ("commands", "cli", "__main__", "testing"),
)
EXCEPTIONS = {
    ("rulebook", "outcomes"),
    ("fixtures", "rulebook"),
    ("pipeline", "entries"),
    ("patches", "settings"),
    ("patches", "keyring"),
    ("settings", "latency"),
    ("settings", "profiles"),
    ("settings", "keyring"),
    ("settings", "variables"),
    ("cli", "commands"),
    ("__main__", "cli"),
}
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}

# Who keeps a library. Only orjson is for whoever writes JSON.
OWNERS = {
    "aiohttp": {"planes.http", "planes.connection", "planes.written", "world.outbound", "world.connector"},
    "yarl": {"world.outbound", "planes.connection"},
    "yaml": {"documents.yaml12"},
    "jsonschema": {"problems", "schemas"},
    "jsonschema_rs": {"schemas"},
    "re2": {"documents", "world.verdicts.conditions", "world.verdicts.magic"},
    "ahocorasick": {"world.verdicts.words"},
    "PIL": {"world.card"},
    "faker": {"world.pools"},
    "uvloop": {"commands.serve"},
    "backports": {"world.journal"},
    "compression": {"world.journal"},
    "pytest": set[str](),  # the plug-in is no room of this house: it lies in moderation_emulator
    "google": {"providers.wechat.cloud.messages"},  # protobuf
    "cryptography": {"signatures.rsa2", "signatures.opening"},
    "random": {"world.identities"},
    "uuid": set[str](),
    "secrets": {"commands.sign"},  # a client's nonce, made where a client would make it
}
LIBRARIES = {"orjson", "click", "rich", "multidict"}

# Who may ask what time it is: the clock; the server for its age, HTTP for its Date; `sign` and `wait`, as clients do.
CLOCKS = {"world.clock", "server", "planes.written", "commands.sign", "commands.wait"}
TIMES = (
    *("time.time", "time.time_ns", "time.monotonic", "datetime.now", "datetime.utcnow", "datetime.today"),
    "date.today",
)


class Import(NamedTuple):
    """Module `source` imports `target` (both below `emulator`, or a library) on a line; `lazily` inside a function."""

    source: str
    target: str
    line: int
    lazily: bool


def iterate_modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        yield name, ast.parse(path.read_text(encoding="utf-8"))


TREES = dict(iterate_modules())


def list_imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written out"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
        if not str(node.module).startswith("emulator"):
            return names
        # `from emulator.world import clock` names a module, `from emulator.world.clock import Clock` does not.
        return [name if name.removeprefix("emulator.") in TREES else str(node.module) for name in names]
    return []


def iterate_imports(source: str, tree: ast.AST, lazily: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        for name in list_imported(node):
            yield Import(source, name, getattr(node, "lineno", 0), lazily)
        typed = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        yield from iterate_imports(
            source, node, lazily or typed or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )


ALL = [each for name, tree in TREES.items() for each in iterate_imports(name, tree)]


def get_room(module: str) -> str:
    return module.partition(".")[0]


def is_plug_in(module: str) -> bool:
    """Whether it is one fault or one operation."""
    parts = module.split(".")
    return (parts[0] == "faults" and len(parts) == 2) or (len(parts) == 4 and parts[2] == "operations")


def explain_violation(each: Import) -> str | None:
    """Which rule of the house an import breaks. The package itself holds the version, which everybody may know."""
    library = each.target.partition(".")[0]
    if library != "emulator":
        if library not in sys.stdlib_module_names and library not in OWNERS.keys() | LIBRARIES:
            return "nobody keeps this library"
        return None if each.source in OWNERS.get(library, {each.source}) else "not the keeper"
    return (
        None
        if each.target == "emulator"
        else explain_illegal_import(each.source, each.target.removeprefix("emulator."))
    )


def explain_illegal_import(source: str, target: str) -> str | None:
    up, down = get_room(source), get_room(target)
    if up != down:
        return "climbs" if FLOOR[down] >= FLOOR[up] and (up, down) not in EXCEPTIONS else None
    if up == "providers" and source.split(".")[1:2] != target.split(".")[1:2]:
        return "visits another provider"
    if is_plug_in(source) and (is_plug_in(target) or target.endswith((".wire", ".gate"))):
        return "visits a neighbour"
    return None


def test_every_room_has_a_floor() -> None:
    assert {get_room(name) for name in TREES if name} == set(FLOOR)


def test_no_import_breaks_a_rule() -> None:
    assert not [(violation, each) for each in ALL if (violation := explain_violation(each))]


@pytest.mark.parametrize(
    ("module", "statement", "told"),
    [
        ("world.clock", "from emulator import pipeline", "climbs"),
        ("world.clock", "from emulator.provider import Call", "climbs"),
        ("vocabulary", "from emulator import documents", "climbs"),
        ("vocabulary", "from emulator import assets", "climbs"),
        ("schemas", "import emulator.faults", "climbs"),
        ("providers.a.wire", "from emulator.planes.http import HttpServer", "climbs"),
        ("providers.a.wire", "def f():\n from emulator import pipeline", "climbs"),
        ("providers.a.wire", "from emulator import schemas", "climbs"),
        ("rulebook", "from emulator import settings", "climbs"),
        ("providers.a.wire", "from emulator.providers.b import errors", "visits another provider"),
        ("providers.a.operations.x", "from emulator.providers.a.operations.y import y", "visits a neighbour"),
        ("providers.a.operations.x", "from emulator.providers.a.wire import pairs", "visits a neighbour"),
        ("faults.slow", "from emulator.faults.reset import play", "visits a neighbour"),
        ("providers.a.wire", "import aiohttp.web", "not the keeper"),
        ("pipeline", "from random import random", "not the keeper"),
        ("world.identities", "import uuid", "not the keeper"),
        ("cli", "import numpy", "nobody keeps this library"),
        ("providers.a.operations.x", "from emulator.providers.a.errors import ROWS", None),
        ("providers.a.gate", "from emulator.providers.a import wire", None),
        ("faults.slow", "from emulator.faults import Fault", None),
        ("planes.http", "from aiohttp import web", None),
        ("cli", "from emulator.commands.sign import command", None),
        ("providers.a.wire", "import json, orjson", None),
    ],
)
def test_a_planted_violation_is_found(module: str, statement: str, told: str | None) -> None:
    assert {explain_violation(each) for each in iterate_imports(module, ast.parse(statement))} == {told}


def test_operations_know_nothing_of_the_wire() -> None:
    for name, tree in TREES.items():
        if is_plug_in(name) and name.startswith("providers."):
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert not names & {"WireRequest", "WireResponse"}, name


def test_private_names_stay_at_home() -> None:
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("emulator"):
                assert not [
                    alias.name for alias in node.names if alias.name.startswith("_") and alias.name != "__version__"
                ], name


def test_every_owner_imports_its_library() -> None:
    used = {(each.target.partition(".")[0], each.source) for each in ALL}
    assert {(library, owner) for library, owners in OWNERS.items() for owner in owners} <= used


def test_only_two_rooms_know_the_web_server() -> None:
    assert {each.source for each in ALL if each.target.startswith("aiohttp.web")} == {
        *("planes.http", "planes.connection"),
    }


def test_what_start_up_need_not_pay_for_is_imported_on_first_use() -> None:
    early = {(each.source, each.target.partition(".")[0]) for each in ALL if not each.lazily}
    late = {"faker", "PIL", "jsonschema", "rich", "uvloop", "cryptography"}
    assert not [each for each in early if each[1] in late]
    assert ("world.outbound", "aiohttp") not in early
    assert not [each for each in ALL if each.target == "emulator.world.connector" and not each.lazily]


def asks_the_time(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node).endswith(TIMES)


def test_only_the_clock_knows_the_time() -> None:
    asking = {name for name, tree in TREES.items() if any(map(asks_the_time, ast.walk(tree)))}
    asking |= {each.source for each in ALL if each.target in TIMES}
    assert asking <= CLOCKS


def test_the_server_asks_the_time_once() -> None:
    nodes = list(ast.walk(TREES["server"]))
    assert [ast.unparse(each) for each in nodes if isinstance(each, ast.keyword) and each.arg == "started"] == [
        "started=time.time()"
    ]
    assert sum(map(asks_the_time, nodes)) == 1


# -- nobody knows a provider by name

PROVIDERS = find_providers()
CREDENTIALS = {"wechat", "alipay"}  # an account's credentials go by these names as well
KNOWING = (
    *("world.accounts", "world.credentials", "commands.env", "profiles", "settings", "keyring"),
    *("testing.account", "testing.leaks", "explainers.schemes.rsa2"),
)
NAMED = [("profiles", "PROFILES")]  # limits of a profile are those of a provider


def iterate_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings and names of a module without its docstrings."""
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in remarks:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr


def list_excepted_lines(module: str, tree: ast.AST) -> set[int]:
    """The lines of the tables in NAMED."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and (module, ast.unparse(node.target)) in NAMED
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nobody_knows_a_provider_by_name(provider: str) -> None:
    own = (f"providers.{provider}", f"planes.control.{provider}", *(KNOWING if provider in CREDENTIALS else ()))
    knowing = [
        (name, line, text)
        for name, tree in TREES.items()
        if not name.startswith(own)
        for line, text in iterate_texts(tree)
        if provider in text and line not in list_excepted_lines(name, tree)
    ]
    assert not knowing


SUITE = Path(__file__).parent / "contract"


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.py")), ids=lambda path: path.name)
def test_the_contract_suite_knows_no_provider(path: Path) -> None:
    """What it must know lies beside the tests of each."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [
        each
        for each in iterate_imports("", tree)
        if each.target.startswith(("emulator.providers.", "tests.providers."))
    ]
    known = {name for own in PROVIDERS.values() for name in (*own.operations, *own.codes) if len(name) > 4}
    assert not [
        (line, text)
        for line, text in iterate_texts(tree)
        if text in known or any(provider in text for provider in PROVIDERS)
    ]
