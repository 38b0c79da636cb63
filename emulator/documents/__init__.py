"""Documents: the emulator's YAML and JSON files (rules, settings), read strictly and with the line of every part.

A text such as `no` is a text in both formats. A value that no answer of the emulator could repeat is refused.
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

from emulator.documents import yaml_reader
from emulator.documents.json_lines import JsonLineFinder
from emulator.documents.yaml_reader import MAX_DEPTH, BadYaml
from emulator.types import Problem, Problems

_MAX_BYTES = 64 * 1024 * 1024
_MAX_PROBLEMS = 20  # problems reported at once
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON can write and UTF-8 cannot
_PATH_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")
# A text without a match holds no half character and no number that is too large (a tag may hide such a number). RE2
# searches megabytes in milliseconds; Python's own patterns take a second.
_SUSPECT_PATTERN = re2.compile(rb"!!|\\u[dD][89a-fA-F]|(?:^|[\s\[,:])-?(?:[0-9]{19}|[0-9.]+[eE]\+?[0-9]{3})")


class Document(NamedTuple):
    """The content of a file.

    data: The plain data.
    line_finder: Returns the line of the part that a list of keys and indices leads to.
    file: The path of the file; empty for a text that is not from a file.
    """

    data: Any
    line_finder: Callable[[list[int | str]], int]
    file: str

    def find_line(self, path: str) -> int:
        """Return the line where the part at a JSON path such as `$[3].match.url` begins."""
        return self.line_finder([int(n) if n else name or quoted or "" for name, n, quoted in _PATH_STEP.findall(path)])

    def locate_problems(self, problems: list[Problem]) -> list[Problem]:
        """Return the same problems, each with this file and its line."""
        return [Problem(p.path, p.expected, p.got, self.file, self.find_line(p.path)) for p in problems]


def read(path: Path) -> Document:
    """Return the content of a YAML or JSON file. Raises Problems with file and line."""
    file = str(path)
    try:
        status = path.stat()
        if not (S_ISREG(status.st_mode) or S_ISDIR(status.st_mode)):  # reading a pipe or device may never end
            raise Problems([Problem("$", "a readable file", "a pipe or a device", file, 1)])
        if status.st_size > _MAX_BYTES:
            raise Problems([Problem("$", f"a file of at most {_MAX_BYTES} bytes", f"{status.st_size}", file, 1)])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problems([Problem("$", "a readable file", str(error.strerror), file, 1)]) from None
    except UnicodeDecodeError as error:
        raise Problems([Problem("$", "UTF-8 text", f"byte {error.start} that is not", file, 1)]) from None
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """Return the content of a text that was read from `file`. Raises Problems with file and line."""
    if file.endswith(".json"):
        data = _load_json(text, file)
        document = Document(data, JsonLineFinder(text).find_line, file)
    else:
        try:
            data, lines = yaml_reader.parse(text)
        except BadYaml as bad:
            raise Problems([Problem("$", "valid YAML", str(bad), file, bad.line)]) from None
        document = Document(data, lambda steps: yaml_reader.find_line(lines, steps), file)
    if problems := _find_problems(text, data):
        raise Problems(document.locate_problems(problems))
    return document


def parse_json(text: str) -> Any:
    """Return the data of strict JSON: no key twice, no NaN. Raises Problems."""
    data = _load_json(text, "")
    if problems := _find_problems(text, data):
        raise Problems(problems)
    return data


def parse_yaml(text: str) -> Document:
    """Return the content of equally strict YAML that is not from a file. Raises Problems with the line."""
    return parse(text.removeprefix("\ufeff"), "")


def _load_json(text: str, file: str) -> Any:
    def build_mapping(items: list[tuple[str, Any]]) -> dict[str, Any]:
        mapping = dict(items)
        if len(mapping) != len(items):
            counts = Counter(key for key, _value in items)
            raise ValueError(f"the key {next(key for key in counts if counts[key] > 1)!r} twice")
        return mapping

    def reject_constant(name: str) -> float:
        raise ValueError(name)

    try:
        return json.loads(text, object_pairs_hook=build_mapping, parse_constant=reject_constant)
    except json.JSONDecodeError as error:
        got = f"{error.msg} at line {error.lineno} column {error.colno}"
        raise Problems([Problem("$", "valid JSON", got, file, error.lineno if file else 0)]) from None
    except (ValueError, RecursionError) as error:
        raise Problems(
            [Problem("$", "valid JSON", str(error).partition("\n")[0][:120], file, 1 if file else 0)]
        ) from None


def _find_problems(text: str, data: Any) -> list[Problem]:
    if not _is_suspect(text) and not is_too_deep(data):
        return []
    return list(islice(_iterate_unencodable(data), _MAX_PROBLEMS))


def _is_suspect(text: str) -> bool:
    """Return whether a text may hold a value that no answer of the emulator could repeat."""
    try:
        return _SUSPECT_PATTERN.search(text.encode()) is not None
    except UnicodeEncodeError:  # half a character
        return True


def is_too_deep(data: Any) -> bool:
    """Return whether data has more than MAX_DEPTH levels of nesting. Looks level by level, which is quick."""
    level = [data]
    for _depth in range(MAX_DEPTH):
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


def _iterate_unencodable(value: object, path: str = "$", depth: int = 1) -> Iterator[Problem]:
    """Yield a problem for each value that the parsers accept but no answer of the emulator could repeat."""
    if isinstance(value, dict | list) and depth > MAX_DEPTH:
        yield Problem(f"{path[:40]}...", f"at most {MAX_DEPTH} levels of nesting", "more")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _iterate_unencodable(key, path)
            yield from _iterate_unencodable(inner, f"{path}.{ascii(key)[1:-1]}", depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _iterate_unencodable(inner, f"{path}[{index}]", depth + 1)
    elif isinstance(value, str) and _SURROGATE.search(value):
        yield Problem(path, "valid Unicode", ascii(value)[:80])
    elif isinstance(value, float) and math.isinf(value):
        yield Problem(path, "a finite number", str(value))
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        yield Problem(path, "a whole number of at most 64 bits", f"one of {value.bit_length()} bits")
