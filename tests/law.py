"""The law: which room may import which, and what only one room may do. Data, and how to hold code to it.

`tests/test_rooms.py` holds the source to it, and `docs/architecture.md` is made from it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import emulator

PACKAGE = Path(emulator.__file__).parent


class Floor(NamedTuple):
    """Rooms that do not know each other.

    name: What they have in common, in English.
    chinese: The same in Chinese.
    rooms: Folders and modules directly below `emulator/`.
    """

    name: str
    chinese: str
    rooms: tuple[str, ...]


# From the ground up. A room may import from any floor below its own, and from no other.
FLOORS = (
    Floor(
        "words that every room may use",
        "每个模块都可以用的词",
        (
            "coercion",
            "command_name",
            "encoding",
            "error_types",
            "masking",
            "merge_patch",
            "plugins",
            "types",
        ),
    ),
    Floor(
        "where files lie that are no code, and code that runs elsewhere",
        "非代码文件的位置，以及在别处运行的代码",
        ("assets", "preload"),
    ),
    Floor(
        "tools that know nothing of moderation",
        "与内容审核无关的工具",
        (
            "clients",
            "compilation",
            "documents",
            "faults",
            "log",
            "media",
            "net",
            "probe",
            "problems",
            "process",
            "resources",
            "signatures",
        ),
    ),
    Floor(
        "schemas, and what tests and applications get",
        "模式，以及测试和应用所得到的",
        ("reroute", "schemas", "testing"),
    ),
    Floor("settings", "设置", ("config",)),
    Floor("made-up data", "编造的数据", ("fake",)),
    Floor("what is decided", "如何判定", ("rules",)),
    Floor("what is remembered", "记住什么", ("state",)),
    Floor(
        "the shape of errors and of an operation",
        "错误与接口的形状",
        ("admission", "control", "errors", "lint", "operation"),
    ),
    Floor("the shape of a provider", "服务商的形状", ("provider",)),
    Floor(
        "what providers share, and what is made of them",
        "服务商共用的，以及由它们得出的",
        ("discovery", "error_list", "neighbours", "pictures", "quota", "replacement", "stages", "waits"),
    ),
    Floor("providers", "服务商", ("providers",)),
    Floor(
        "what the journal keeps, and what it can be asked",
        "日志保存什么，又能问它什么",
        ("entries", "refusals", "reports"),
    ),
    Floor("what is kept of a call", "一次调用留下什么", ("recording",)),
    Floor("the path of a request", "请求之路", ("pipeline",)),
    Floor("the running application", "运行中的应用", ("app",)),
    Floor("where HTTP enters", "HTTP 的入口", ("http",)),
    Floor("what builds the application", "组装应用", ("building", "server")),
    Floor("what runs a command beside the emulator", "在模拟器旁边运行命令", ("execution",)),
    Floor("the verbs of the command", "命令的各个动词", ("commands",)),
    Floor("the command", "命令", ("cli",)),
    Floor("`python -m emulator`", "`python -m emulator`", ("__main__",)),
)
FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor.rooms}

# Rooms that are not for everybody above them, and for whom they are: a provider never asks a schema.
RESERVED = {"schemas": {"config", "control", "rules", "pipeline", "reports", "http", "building", "server"}}

# The modules that own a library; no other may import it. These are for every room.
OWNERS = {
    "aiohttp": {"http.server", "http.connection", "http.response", "net.egress", "net.connector"},
    "yarl": {"net.egress", "http.connection"},
    "yaml": {"documents.yaml_reader"},
    "jsonschema": {"problems", "schemas"},
    "jsonschema_rs": {"schemas"},
    "re2": {"documents", "rules.conditions", "rules.magic_words"},
    "ahocorasick": {"rules.words"},
    "PIL": {"media.card"},
    "faker": {"fake.pools"},
    "uvloop": {"process"},
    "backports": {"state.journal"},
    "compression": {"state.journal"},
    "pytest": set[str](),  # the plug-in is no room here: it lies in moderation_emulator
    "google": {"providers.wechat.cloud.messages"},  # protobuf
    "cryptography": {"signatures.rsa2", "signatures.recovery", "net.certificate", "net.trust"},
    "certifi": {"net.trust"},  # where it is installed
    "random": {"fake.ids"},
    "uuid": set[str](),
    "secrets": {"commands.sign"},  # a client's nonce, made where a client would make it
}
LIBRARIES = {"orjson", "click", "rich", "multidict"}

# Who may ask what time it is: the clock; the server for its age, HTTP for its Date; `sign` and `wait`, as clients do.
CLOCKS = {"state.clock", "building", "http.response", "commands.sign", "commands.wait"}
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
        # `from emulator.state import clock` names a module, `from emulator.state.clock import Clock` does not.
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
    return (parts[0] == "faults" and len(parts) == 2) or parts[-2:-1] == ["operations"]


def find_service(module: str) -> str | None:
    """Return the provider that a module belongs to; None for a module that the services of a vendor share."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(2, len(parts) + 1))
    return next((prefix for prefix in prefixes if f"{prefix}.operations" in TREES), None)


def explain_violation(each: Import) -> str | None:
    """Return which rule an import breaks. The package itself holds the version, which everybody may know."""
    library = each.target.partition(".")[0]
    if library != "emulator":
        if library not in sys.stdlib_module_names and library not in OWNERS.keys() | LIBRARIES:
            return "no module owns this library"
        return None if each.source in OWNERS.get(library, {each.source}) else "another module owns it"
    if each.target == "emulator":
        return None
    return explain_illegal_import(each.source, each.target.removeprefix("emulator."))


def explain_illegal_import(source: str, target: str) -> str | None:
    up, down = get_room(source), get_room(target)
    if up != down:
        if FLOOR[down] >= FLOOR[up]:
            return "climbs"
        return None if up in RESERVED.get(down, {up}) else "reserved for others"
    if up == "providers" and source.split(".")[1:2] != target.split(".")[1:2]:
        return "visits another provider"
    if up == "providers" and find_service(target) not in (None, find_service(source)):
        return "visits another service"
    if is_plug_in(source) and (is_plug_in(target) or target.endswith((".wire", ".gate"))):
        return "visits a neighbour"
    return None
