"""YAML and JSON files of ours, read strictly and with the line of everything.

A text such as `no` is text in both, and what no answer of ours could repeat is refused here.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple

import re2

from emulator.documents import yaml12
from emulator.documents.json_lines import JsonLines
from emulator.documents.yaml12 import DEEPEST, BadYaml
from emulator.vocabulary import Problem, Problems

_LIMIT = 64 * 1024 * 1024
_MOST = 20  # problems told at once
_HALF = re.compile("[\ud800-\udfff]")  # half a character, which JSON can write and UTF-8 cannot
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
# A text with none of these holds no half character and no number that is too large (a tag may hide one). RE2 looks
# through megabytes in milliseconds, Python's own patterns in a second.
_SUSPECT = re2.compile(rb"!!|\\u[dD][89a-fA-F]|(?:^|[\s\[,:])-?(?:[0-9]{19}|[0-9.]+[eE]\+?[0-9]{3})")


class Document(NamedTuple):
    """The content of a file; `line(path)` is where a JSON path such as `$[3].match.url` begins."""

    data: Any
    lines: Callable[[list[int | str]], int]
    file: str

    def line(self, path: str) -> int:
        return self.lines([int(n) if n else name or quoted or "" for name, n, quoted in _STEP.findall(path)])

    def located(self, problems: list[Problem]) -> list[Problem]:
        """The same problems, each with this file and its line."""
        return [Problem(p.path, p.expected, p.got, self.file, self.line(p.path)) for p in problems]


def read(path: Path) -> Document:
    """The content of a YAML or JSON file; raises Problems with file and line."""
    file = str(path)
    try:
        status = path.stat()
        if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):  # reading such a thing may never end
            raise Problems([Problem("$", "a readable file", "a pipe or a device", file, 1)])
        if status.st_size > _LIMIT:
            raise Problems([Problem("$", f"a file of at most {_LIMIT} bytes", f"{status.st_size}", file, 1)])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problems([Problem("$", "a readable file", str(error.strerror), file, 1)]) from None
    except UnicodeDecodeError as error:
        raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not", file, 1)]) from None
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """The same for text already read."""
    if file.endswith(".json"):
        data = _json(text, file)
        document = Document(data, JsonLines(text).line, file)
    else:
        try:
            data, lines = yaml12.load(text)
        except BadYaml as bad:
            raise Problems([Problem("$", "valid YAML", str(bad), file, bad.line)]) from None
        document = Document(data, lambda steps: yaml12.line(lines, steps), file)
    if problems := _problems(text, data):
        raise Problems(document.located(problems))
    return document


def parse_json(text: str) -> Any:
    """Strict JSON: no key twice, no NaN; raises Problems."""
    data = _json(text, "")
    if problems := _problems(text, data):
        raise Problems(problems)
    return data


def parse_yaml(text: str) -> Document:
    """YAML, as strict, that is no file; raises Problems with the line."""
    return parse(text.removeprefix("\ufeff"), "")


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


def _problems(text: str, data: Any) -> list[Problem]:
    if not _is_suspect(text) and not is_deep(data):
        return []
    return list(islice(_unfit(data), _MOST))


def _is_suspect(text: str) -> bool:
    """Whether something may stand in a text that no answer of ours could repeat."""
    try:
        return _SUSPECT.search(text.encode()) is not None
    except UnicodeEncodeError:  # half a character
        return True


def is_deep(data: Any) -> bool:
    """Whether there are more levels of nesting than may be; level by level, which is quick."""
    level = [data]
    for _depth in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _unfit(value: object, path: str = "$", depth: int = 1) -> Iterator[Problem]:
    """What the parsers take but no answer of ours could repeat."""
    if isinstance(value, dict | list) and depth > DEEPEST:
        yield Problem(f"{path[:40]}...", f"at most {DEEPEST} levels of nesting", "more")
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
