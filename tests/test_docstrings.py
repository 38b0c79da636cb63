"""Docstrings are read once: a function's begins with a verb, a record says each of its fields on a line of its own."""

import ast
import re
from collections.abc import Iterator
from types import UnionType

import pytest

from tests.law import TREES

FIELDS = 3  # of a record whose docstring may tell them in a sentence
WORDS = 25  # of a sentence

# What a docstring begins with that tells of a thing instead of what is done.
NO_VERB = re.compile(
    r"(?:"
    r"a|about|all|also|an|and|another|any|anything|as|at|because|before|behind|both|but|by|each"
    r"|either|else|every|everything|few|first|for|from|his|how|if|in|is|it|its|last|less|like|many"
    r"|more|most|much|nobody|none|nothing|of|on|one|only|or|other|others|our|same|several|some"
    r"|somebody|such|that|the|their|them|then|there|these|they|this|those|to|two|under|until|up|what"
    r"|whatever|when|where|whether|which|who|whoever|whom|whose|why|with|within|without"
    r")\b",
    re.IGNORECASE,
).match
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


def begins_with_no_verb(docstring: str) -> bool:
    return bool(NO_VERB(docstring)) or not docstring[0].isupper()


def iterate_docstrings(kind: type[ast.AST] | UnionType) -> Iterator[tuple[str, ast.AST, str]]:
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, kind) and isinstance(node, Documented) and (docstring := ast.get_docstring(node)):
                yield f"{module}.{node.name}:{node.lineno}", node, docstring


def list_fields(record: ast.ClassDef) -> list[str]:
    """Return the public fields of a record: of a named tuple, or of a dataclass."""
    is_record = any("NamedTuple" in ast.unparse(base) for base in record.bases) or any(
        "dataclass" in ast.unparse(each) for each in record.decorator_list
    )
    fields = [
        each.target.id for each in record.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    ]
    return [name for name in fields if not name.startswith("_")] if is_record else []


def iterate_sentences(docstring: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n|\n(?=\w+: )|\n(?= {4})|\n(?=\|)", docstring):
        yield from re.split(r"(?<=[.:;?!])\s+", " ".join(paragraph.split()))


def test_a_function_says_what_it_does() -> None:
    functions = iterate_docstrings(Function)
    assert not [(where, text.split("\n")[0]) for where, _node, text in functions if begins_with_no_verb(text)]


def test_a_record_says_each_field_on_a_line_of_its_own() -> None:
    assert not [
        (where, missing)
        for where, node, text in iterate_docstrings(ast.ClassDef)
        if isinstance(node, ast.ClassDef)
        and len(fields := list_fields(node)) > FIELDS
        and (missing := [name for name in fields if not re.search(rf"^{name}: \S", text, re.MULTILINE)])
    ]


def test_a_sentence_is_short() -> None:
    assert not [
        (where, sentence)
        for kind in (Function, ast.ClassDef)
        for where, _node, text in iterate_docstrings(kind)
        for sentence in iterate_sentences(text)
        if len(sentence.split()) > WORDS
    ]


@pytest.mark.parametrize("text", ["The rest.", "What is left.", "`url` as it is called.", "One more."])
def test_what_is_no_verb(text: str) -> None:
    assert begins_with_no_verb(text)


@pytest.mark.parametrize("text", ["Return the rest.", "Asks once more.", "Onboard an account.", "Anchor a rule."])
def test_what_may_be_a_verb(text: str) -> None:
    assert not begins_with_no_verb(text)
