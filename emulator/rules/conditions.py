"""What the `match` of a rule demands of an item or a call."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

from emulator.rules.words import FEW, Words, encode

Fact = str | int | bytes
Facts = Mapping[str, Fact]

ITEM_KEYS = frozenset({"url", "text", "sha256", "filename", "data_id", "marker", "format", "width", "height"})
CALL_KEYS = frozenset({"provider", "operation", "account", "via", "path"})

_NUMBERS = frozenset({"width", "height", "status"})
_NUMBER_OPERATORS = frozenset({"equals", "min", "max"})
_TEXT_OPERATORS = frozenset({"equals", "contains", "prefix", "glob", "regex"})


class BadMatch(ValueError):
    """A `match` that cannot work. `path` is the place inside it, such as `url.regex`."""

    def __init__(self, path: str, expected: str, got: object) -> None:
        super().__init__(f"{path}: expected {expected}, got {got!r}")
        self.path = path
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True)
class Condition:
    """A demand on one fact. A pattern that RE2 refuses raises `re2.error`.

    key: The key of the fact.
    operator: How the fact is compared; it must hold for any of the values.
    values: What the fact is compared with.
    patterns: The compiled values of `glob` and `regex`.
    words: The values of `contains`, where there are so many that they are searched for together.
    """

    key: str
    operator: str
    values: tuple[Fact, ...]
    patterns: tuple[Any, ...] = field(init=False, repr=False, compare=False)
    words: Words | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = _PATTERNS.get(self.operator)
        object.__setattr__(self, "patterns", tuple(map(pattern, self.values)) if pattern else ())
        together = self.operator == "contains" and len(self.values) > FEW and all(self.values)
        object.__setattr__(self, "words", Words(map(_to_text, self.values)) if together else None)

    @property
    def size(self) -> int:
        """Return the bytes that the condition takes in memory, as an estimate.

        The automaton of a pattern grows later, as it is used, up to the limit in `_OPTIONS`.
        """
        programs = sum([int(each.programsize) for each in self.patterns])
        return _OWN + sum([len(str(value)) for value in self.values]) * (30 if self.words else 2) + 32 * programs

    def holds(self, facts: Facts) -> bool:
        """Return whether the fact is known and fits one of the values."""
        fact = facts.get(self.key)
        return fact is not None and _TESTS[self.operator](self, fact)

    def list_literals(self, most: int | None = None) -> list[list[Any]]:
        """Return, for each value, runs of characters that stand in every fact that fits it; an empty list is allowed.

        Reads only the first `most` values, if that is given.
        """
        return [[run for run in _LITERALS[self.operator](value) if run != ""] for value in self.values[:most]]


def parse_match(match: Mapping[str, object]) -> tuple[Condition, ...]:
    """Read a `match` that fits its JSON schema. Raise `BadMatch` for mistakes that no schema can express."""
    return tuple(condition for key, demand in match.items() for condition in _parse_key(key, demand))


def _parse_key(key: str, demand: object) -> Iterator[Condition]:
    if not isinstance(demand, Mapping):
        yield _build_condition(key, "contains" if key == "marker" else "equals", demand)
        return
    for operator, value in demand.items():
        path = f"{key}.{operator}"
        if key == "marker":
            raise BadMatch(path, "a plain value or a list of them", operator)
        operators = _NUMBER_OPERATORS if key in _NUMBERS else _TEXT_OPERATORS
        if operator not in operators:
            raise BadMatch(path, f"one of {', '.join(sorted(operators))}", operator)
        try:
            yield _build_condition(key, operator, value)
        except re2.error as error:
            reason = error.args[0].decode("utf-8", "replace")
            raise BadMatch(path, f"a pattern that RE2 accepts ({reason})", value) from None


def _build_condition(key: str, operator: str, value: object) -> Condition:
    values = value if isinstance(value, list) else [value]
    return Condition(key, operator, tuple(_convert_operand(key, operator, each) for each in values))


def _convert_operand(key: str, operator: str, value: Any) -> Any:
    """Return a written value in the type and spelling of the fact that it is compared with."""
    if key in _NUMBERS:
        return value
    text = str(value)
    if operator != "equals" and len(text) > LONGEST:
        raise BadMatch(f"{key}.{operator}", f"at most {LONGEST} characters", f"{len(text)} of them")
    if key == "marker":
        return encode(text)
    if key == "sha256" and operator != "regex":
        return text.lower()
    return "jpeg" if key == "format" and text == "jpg" else text


def _to_text(fact: Fact) -> str:
    """Return a fact as text; a byte of a picture becomes one character."""
    return fact.decode("latin-1") if isinstance(fact, bytes) else str(fact)


def _compile_regex(pattern: str) -> Any:
    return re2.compile(encode(pattern), _OPTIONS)


def _compile_glob(pattern: str) -> Any:
    body = re2.escape(encode(pattern)).replace(rb"\*", b".*").replace(rb"\?", b".")
    return re2.compile(rb"\A(?s:" + body + rb")\z", _OPTIONS)


def _matches_pattern(condition: Condition, fact: str) -> bool:
    # With bytes, RE2's wrapper need not convert every offset back to characters.
    encoded = encode(fact)
    return any(pattern.search(encoded) for pattern in condition.patterns)


def _split_regex(pattern: str) -> list[str]:
    """Return the runs of plain characters outside groups and sets.

    Returns no runs if an alternative, a flag or a quotation makes them uncertain.
    """
    runs = [""]
    depth = 0
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup
        if kind == "unsure" or (kind == "either" and depth == 0):
            return []
        if kind == "plain" and depth == 0:
            runs[-1] += token["plain"]
            continue
        if kind == "repeat":
            runs[-1] = runs[-1][:-1]
        runs.append("")
        depth += (kind == "open") - (kind == "close")
    return runs


_TOKEN = re.compile(
    r"""
      (?P<unsure> \\Q | \(\?(?!:|P?<) )
    | (?P<open> \( )
    | (?P<close> \) )
    | (?P<either> \| )
    | (?P<repeat> [*+?] | \{\d+(?:,\d*)?\} )
    | (?P<set> \[\^?\]?(?: \[:\^?\w+:\] | \\. | [^\]\\] )*\] | [.^$]
             | \\[pP](?:\{[^}]*\}|.) | \\x(?:\{[^}]*\}|..) | \\[0-7]{1,3} | \\[A-Za-z0-9] )
    | \\?(?P<plain> . )
    """,
    re.VERBOSE | re.DOTALL,
)

LONGEST = 10_000  # characters of a word or pattern: only one documented text is longer
_OWN = 200  # bytes of a condition without its values

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_capture = True
_OPTIONS.max_mem = 256 * 1024  # bytes of one pattern: a larger one takes milliseconds to compile, for each rule

_PATTERNS: Mapping[str, Callable[[Any], Any]] = {"glob": _compile_glob, "regex": _compile_regex}

_TESTS: Mapping[str, Callable[[Condition, Any], bool]] = {
    "equals": lambda condition, fact: fact in condition.values,
    "contains": lambda condition, fact: (
        condition.words.is_any_in(_to_text(fact))
        if condition.words is not None
        else any(value in fact for value in condition.values)
    ),
    "prefix": lambda condition, fact: fact.startswith(condition.values),
    "glob": _matches_pattern,
    "regex": _matches_pattern,
    "min": lambda condition, fact: any(fact >= value for value in condition.values),
    "max": lambda condition, fact: any(fact <= value for value in condition.values),
}

_LITERALS: Mapping[str, Callable[[Any], list[Any]]] = {
    "equals": lambda value: [value],
    "contains": lambda value: [value],
    "prefix": lambda value: [value],
    "glob": re.compile("[*?]+").split,
    "regex": _split_regex,
    "min": lambda _: [],
    "max": lambda _: [],
}
