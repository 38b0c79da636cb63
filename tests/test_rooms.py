"""The law: the source is held to the law, and the law to planted violations."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.assets import SCHEMAS
from emulator.discovery import find_providers
from tests.law import ALL, CLOCKS, FLOOR, OWNERS, TIMES, TREES, explain_violation, get_room, is_plug_in, iterate_imports


def test_every_room_has_a_floor() -> None:
    assert {get_room(name) for name in TREES if name} == set(FLOOR)


def test_no_import_breaks_a_rule() -> None:
    assert not [(violation, each) for each in ALL if (violation := explain_violation(each))]


@pytest.mark.parametrize(
    ("module", "statement", "told"),
    [
        ("state.clock", "from emulator import pipeline", "climbs"),
        ("state.clock", "from emulator.provider import Call", "climbs"),
        ("types", "from emulator import documents", "climbs"),
        ("types", "from emulator import assets", "climbs"),
        ("faults", "import emulator.schemas", "climbs"),
        ("providers.a.wire", "from emulator.http.server import HttpServer", "climbs"),
        ("providers.a.wire", "def f():\n from emulator import pipeline", "climbs"),
        ("providers.a.wire", "from emulator import schemas", "reserved for others"),
        ("rules.parse", "from emulator.state import clock", "climbs"),
        ("providers.a.wire", "from emulator.providers.b import errors", "visits another provider"),
        (
            "providers.aliyun.green.wire",
            "from emulator.providers.aliyun.imageaudit import wire",
            "visits another service",
        ),
        (
            "providers.aliyun.gateway.checks",
            "from emulator.providers.aliyun.green import gate",
            "visits another service",
        ),
        ("providers.aliyun.green.wire", "from emulator.providers.aliyun.gateway import checks", None),
        ("providers.a.operations.x", "from emulator.providers.a.operations.y import y", "visits a neighbour"),
        ("providers.a.operations.x", "from emulator.providers.a.wire import pairs", "visits a neighbour"),
        ("faults.slow", "from emulator.faults.reset import play", "visits a neighbour"),
        ("providers.a.wire", "import aiohttp.web", "another module owns it"),
        ("pipeline", "from random import random", "another module owns it"),
        ("fake.ids", "import uuid", "another module owns it"),
        ("cli", "import numpy", "no module owns this library"),
        ("providers.a.operations.x", "from emulator.providers.a.errors import ROWS", None),
        ("providers.a.gate", "from emulator.providers.a import wire", None),
        ("faults.slow", "from emulator.faults import Fault", None),
        ("http.server", "from aiohttp import web", None),
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
        *("http.server", "http.connection"),
    }


def test_what_start_up_need_not_pay_for_is_imported_on_first_use() -> None:
    early = {(each.source, each.target.partition(".")[0]) for each in ALL if not each.lazily}
    late = {"faker", "PIL", "jsonschema", "rich", "uvloop", "cryptography"}
    assert not [each for each in early if each[1] in late]
    assert ("net.egress", "aiohttp") not in early
    assert not [each for each in ALL if each.target == "emulator.net.connector" and not each.lazily]


def asks_the_time(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node).endswith(TIMES)


def test_only_the_clock_knows_the_time() -> None:
    asking = {name for name, tree in TREES.items() if any(map(asks_the_time, ast.walk(tree)))}
    asking |= {each.source for each in ALL if each.target in TIMES}
    assert asking <= CLOCKS


def test_the_server_asks_the_time_once() -> None:
    nodes = list(ast.walk(TREES["building"]))
    assert [ast.unparse(each) for each in nodes if isinstance(each, ast.keyword) and each.arg == "started"] == [
        "started=time.time()"
    ]
    assert sum(map(asks_the_time, nodes)) == 1


# -- nobody knows a provider

PROVIDERS = find_providers()
VENDORS = {"alibaba", "weixin", *PROVIDERS, *(provider.credentials.name for provider in PROVIDERS.values())}


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


def iterate_properties(schema: object) -> Iterator[str]:
    """Yield the names of the fields that a schema describes, at any depth."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for each in inner:
        yield from iterate_properties(each)


def list_wire_names() -> set[str]:
    """Return the fields of calls and answers whose names no other code would have: those with a capital inside."""
    found = {
        name
        for provider in PROVIDERS
        for path in (SCHEMAS / provider).glob("*.re*.json")
        for name in iterate_properties(json.loads(path.read_text(encoding="utf-8")))
    }
    return {name for name in found if re.search("[a-z][A-Z]", name)}


OPERATIONS = {name for provider in PROVIDERS.values() for name in provider.operations}
WIRE = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(list_wire_names()))})(?![A-Za-z])")


def find_foreign_names(tree: ast.AST) -> list[tuple[int, str]]:
    """Return the texts of a module that name a vendor, an operation, or a field of a call."""
    return [
        (line, text)
        for line, text in iterate_texts(tree)
        if any(vendor in text.lower() for vendor in VENDORS)
        or any(operation in text for operation in OPERATIONS)
        or WIRE.search(text)
    ]


def test_nobody_knows_a_provider() -> None:
    outside = {name: tree for name, tree in TREES.items() if not name.startswith("providers.")}
    assert {name: found for name, tree in outside.items() if (found := find_foreign_names(tree))} == {}
    assert not [
        each for each in ALL if get_room(each.source) != "providers" and each.target.startswith("emulator.providers.")
    ]


@pytest.mark.parametrize(
    "planted",
    [
        'SECTION = "wechat"',
        "account.alipay",
        'hosts = ["x.aliyuncs.com", "api.weixin.qq.com"]',
        'operation == "image/asyncscan"',
        'find("ScanImage")',
        "re.compile(r'\"taskId\"')",
        "body['filteredContent']",
    ],
)
def test_a_planted_name_is_found(planted: str) -> None:
    assert find_foreign_names(ast.parse(planted))


@pytest.mark.parametrize(
    "fair", ['"""The scenes of aliyun."""', "task_id = data_id", 'header("Content-Type")', "ids.make_request_id()"]
)
def test_a_fair_name_is_not_found(fair: str) -> None:
    assert not find_foreign_names(ast.parse(fair))


SUITE = Path(__file__).parents[1] / "moderation_emulator" / "contract"


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.py")), ids=lambda path: path.name)
def test_the_contract_suite_knows_no_provider(path: Path) -> None:
    """What it must know lies beside the tests of each."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [
        each
        for each in iterate_imports("", tree)
        if each.target.startswith(("emulator.providers.", "tests.providers."))
    ]
    known = {name for own in PROVIDERS.values() for name in (*own.operations, *own.errors.codes) if len(name) > 4}
    assert not [
        (line, text)
        for line, text in iterate_texts(tree)
        if text in known or any(provider in text for provider in PROVIDERS)
    ]
