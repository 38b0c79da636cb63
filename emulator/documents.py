"""YAML and JSON files of ours, read strictly and with the line of everything.

YAML is read as version 1.2 means it: only true and false are booleans, a date is text, a key may stand once, and there
are no aliases. So `text: no` is the text "no".
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from emulator.vocabulary import Problem, Problems

_LIMIT = 64 * 1024 * 1024
_MOST = 20  # problems told at once
_DEEPEST = 64  # levels of nesting; libyaml and the encoders of our answers give up not far above
_HALF = re.compile("[\ud800-\udfff]")  # half a character, which JSON can write and UTF-8 cannot
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


class Document(NamedTuple):
    """The content of a file; `line(path)` is where a JSON path such as `$[3].match.url` begins."""

    data: Any
    node: yaml.Node | None
    file: str

    def line(self, path: str) -> int:
        node = self.node
        line = 1
        for step in _STEP.finditer(path):
            name, index, quoted = step.groups()
            if node is not None:
                line = node.start_mark.line + 1
            node = _child(node, int(index) if index else name if name is not None else quoted)
            if node is None:
                return line
        return node.start_mark.line + 1 if node is not None else line

    def located(self, problems: list[Problem]) -> list[Problem]:
        """The same problems, each with this file and its line."""
        return [Problem(p.path, p.expected, p.got, self.file, self.line(p.path)) for p in problems]


def _child(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step] if step < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    return None


class _Resolver(yaml.resolver.BaseResolver):
    """The scalars of YAML 1.2's core schema."""


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Resolver.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)

_Parser: Any = CParser
_SCALARS = ("null", "bool", "int", "float", "str")
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in (*_SCALARS, "seq", "map"))
_CONSTRUCTORS = yaml.constructor.SafeConstructor.yaml_constructors.items()


class _Loader(_Parser, yaml.constructor.SafeConstructor, _Resolver):  # type: ignore[misc]
    yaml_constructors = {tag: how for tag, how in _CONSTRUCTORS if tag is None or tag in _TAGS}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        yaml.constructor.SafeConstructor.__init__(self)
        _Resolver.__init__(self)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node in self.constructed_objects:
            raise yaml.constructor.ConstructorError(None, None, "an alias; write it out", node.start_mark)
        return super().construct_object(node, deep=deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _value in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(
                    None, None, "a key that is no text; put it in quotes", key.start_mark
                )
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            numbers = Counter(key.value for key, _value in node.value)
            twice = next(key for key, _value in node.value if numbers[key.value] > 1)
            raise yaml.constructor.ConstructorError(None, None, "a key that stands here twice", twice.start_mark)
        return mapping


def read(path: Path) -> Document:
    """The content of a YAML or JSON file; raises Problems with file and line."""
    file = str(path)
    try:
        if path.stat().st_size > _LIMIT:
            raise Problems([Problem("$", f"a file of at most {_LIMIT} bytes", f"{path.stat().st_size}", file, 1)])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problems([Problem("$", "a readable file", str(error.strerror), file, 1)]) from None
    except UnicodeDecodeError as error:
        raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not", file, 1)]) from None
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """The same for text already read."""
    if file.endswith(".json"):
        document = Document(_json(text, file), _composed_json(text), file)
    else:
        document = Document(*_yaml(text, file), file)
    if problems := list(islice(_unfit(document.data), _MOST)):
        raise Problems(document.located(problems))
    return document


def parse_json(text: str) -> Any:
    """Strict JSON: no key twice, no NaN; raises Problems."""
    data = _json(text, "")
    if problems := list(islice(_unfit(data), _MOST)):
        raise Problems(problems)
    return data


def _yaml(text: str, file: str) -> tuple[Any, yaml.Node | None]:
    try:
        _refuse_depth(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        return None if node is None else loader.construct_document(node), node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise Problems([Problem("$", "valid YAML", error.problem or "something else", file, line)]) from None
    except (yaml.YAMLError, ValueError, KeyError) as error:  # such as `!!bool maybe`
        raise Problems([Problem("$", "valid YAML", str(error).partition("\n")[0][:120], file, 1)]) from None


def _json(text: str, file: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(items)
        if len(mapping) != len(items):
            numbers = Counter(key for key, _value in items)
            raise ValueError(f"the key {next(key for key in numbers if numbers[key] > 1)!r} twice")
        return mapping

    def constant(name: str) -> float:
        raise ValueError(name)

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        got = f"{error.msg} at line {error.lineno} column {error.colno}"
        raise Problems([Problem("$", "valid JSON", got, file, error.lineno if file else 0)]) from None
    except (ValueError, RecursionError) as error:
        raise Problems(
            [Problem("$", "valid JSON", str(error).partition("\n")[0][:120], file, 1 if file else 0)]
        ) from None


def _refuse_depth(text: str) -> None:
    """Nodes are composed by recursion in C, which a deep text would end with the whole process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Parser):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            problem = f"more than {_DEEPEST} levels of nesting"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)  # type: ignore[arg-type]


def _composed_json(text: str) -> yaml.Node | None:
    """For finding lines, JSON is YAML; of the rare file that is not, the lines stay unknown."""
    text = text.replace("\\u", "__")  # JSON escapes an emoji in two halves, which YAML takes for none
    try:
        _refuse_depth(text)
        return _Loader(text).get_single_node()  # type: ignore[no-any-return]
    except (yaml.YAMLError, UnicodeEncodeError):
        return None


def _unfit(value: object, path: str = "$", depth: int = 1) -> Iterator[Problem]:
    """What the parsers take but no answer of ours could repeat."""
    if isinstance(value, dict | list) and depth > _DEEPEST:
        yield Problem(f"{path[:40]}...", f"at most {_DEEPEST} levels of nesting", "more")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _unfit(key, path)
            yield from _unfit(inner, f"{path}.{ascii(key)[1:-1]}", depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _unfit(inner, f"{path}[{index}]", depth + 1)
    elif isinstance(value, str) and _HALF.search(value):
        yield Problem(path, "valid Unicode", ascii(value)[:80])
    elif isinstance(value, float) and math.isinf(value):
        yield Problem(path, "a finite number", str(value))
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield Problem(path, "a whole number of at most 64 bits", f"one of {value.bit_length()} bits")


def files(paths: list[Path]) -> Iterator[Path]:
    """The rule files of folders (subfolders too) in the order of their names, and files themselves."""
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix in (".yaml", ".yml", ".json") and p.is_file())
            yield from sorted(inside, key=lambda p: p.relative_to(path).parts)
        else:
            yield path
