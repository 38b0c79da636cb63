"""Which mutants there are, and which of them a seed draws; mutmut makes them, and ours drop a statement."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import libcst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

# What `make mutants` is about, by area.
AREAS = {
    "rules": ("rules/*.py",),
    "gates": (
        *("providers/**/gate.py", "providers/aliyun/gateway/checks.py", "providers/alipay/gateway/keys.py", "quota.py"),
    ),
    "signatures": ("signatures/*.py",),
    "pipeline": ("pipeline.py", "replacement.py", "entries.py", "schemas.py"),
    "callbacks": ("state/callbacks/*.py", "resources/turns.py"),
    "settings": ("config/*.py",),
    "reports": ("reports/*.py",),
}


class Mutant(NamedTuple):
    """One small change on a line, in a statement from `first` to `last`; `code` is what the whole file then says."""

    path: str
    line: int
    first: int
    last: int
    code: str


class Place(NamedTuple):
    """A line where mutants begin, known by what stands there, so that a change elsewhere draws no others."""

    path: str
    text: str
    repeated: int


def draw_mutants(texts: Mapping[str, str], seed: int, equivalent: Callable[[Mutant], bool]) -> Iterator[Mutant]:
    """All places in an order that the seed decides, each with one mutant; of its kinds of node each is as likely."""
    found = {}
    for path, text in texts.items():
        found.update(_find_places(path, text))
    for place in sorted(found, key=lambda place: _compute_order(seed, place)):
        kinds = found[place]
        for kind in sorted(kinds, key=lambda kind: _compute_order(seed, place, kind)):
            numbered = sorted(enumerate(kinds[kind]), key=lambda one: _compute_order(seed, place, kind, one[0]))
            mutant = next((mutant for _, make in numbered if not equivalent(mutant := make())), None)
            if mutant is not None:
                yield mutant
                break


def _compute_order(seed: int, *what: object) -> bytes:
    return hashlib.sha256(repr((seed, *what)).encode()).digest()


def _find_places(path: str, text: str) -> dict[Place, dict[str, list[Callable[[], Mutant]]]]:
    """What makes the mutants of one file, by place and kind of node."""
    tree = MetadataWrapper(libcst.parse_module(text))
    visitor = MutationVisitor([*mutation_operators, *_DROPS], IgnoredCode(set(), set(), set()))
    tree.visit(visitor)
    positions, parents = tree.resolve(PositionProvider), tree.resolve(ParentNodeProvider)
    lines = [line.strip() for line in text.splitlines()]
    places: dict[Place, dict[str, list[Callable[[], Mutant]]]] = defaultdict(lambda: defaultdict(list))
    for mutation in visitor.mutations:
        node = statement = mutation.original_node
        while not isinstance(statement, libcst.BaseSmallStatement | libcst.BaseCompoundStatement):
            statement = parents[statement]
        line, last = positions[node].start.line, positions[node].end.line
        make = partial(_make_mutant, tree.module, mutation, path, (line, positions[statement].start.line, last))
        place = Place(path, lines[line - 1], lines[:line].count(lines[line - 1]))
        places[place][type(node).__name__].append(make)
    return places


def _make_mutant(module: libcst.Module, mutation: Mutation, path: str, lines: tuple[int, int, int]) -> Mutant:
    changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
    return Mutant(path, *lines, libcst.ensure_type(changed, libcst.Module).code)


def _drop(statement: libcst.Expr | libcst.Del) -> Iterator[libcst.Pass]:
    """A call whose answer nobody takes, or a `del`: what is done for its effect alone."""
    if isinstance(statement, libcst.Del) or isinstance(statement.value, libcst.Call | libcst.Await):
        yield libcst.Pass()


_DROPS = ((libcst.Expr, _drop), (libcst.Del, _drop))
