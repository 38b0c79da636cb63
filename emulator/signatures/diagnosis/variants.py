"""Variants: how a text is signed, the mistakes that change a variant, and the order in which mistakes are tried.

The work is bounded throughout.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations, islice, product
from typing import Any, NamedTuple

from emulator.types import WireRequest

Variant = Mapping[str, Any]
Texts = Mapping[str, str]

_SINGLE, _PAIRS = 200, 780  # mistakes tried alone, and pairs of them
_OMITTED = 25  # parameters or headers of which any two are left out at once
_LONGEST = 20_000  # characters of a text above which mistakes are tried alone only
_SIGNED, _SIGNED_TWICE = 2_000_000, 4_000_000  # characters signed again for mistakes tried alone, and in pairs
_PAIR = 100  # characters that a parameter counts for, besides its own


class Mistake(NamedTuple):
    """What a client may do otherwise than the scheme.

    cause: What the client does, in words for users.
    changes: How the variant changes, by its keys.
    omits: Whether the client leaves one thing out.
    alone: Whether the mistake is never tried together with another.
    """

    cause: str
    changes: Mapping[str, Any]
    omits: bool = False
    alone: bool = False


def compute_hmac(secret: str, text: str, variant: Variant) -> bytes:
    """Return the HMAC of a text, by the `digest` of the variant and the secret with the variant's `suffix`."""
    key = f"{secret}{variant['suffix']}".encode("utf-8", "surrogateescape")
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), variant["digest"])


def make_method_mistake(request: WireRequest) -> Mistake:
    """Return the mistake of a client that signs one HTTP method and sends the other."""
    other = "GET" if request.method == "POST" else "POST"
    return Mistake(f"signed as {other}, sent as {request.method}", {"method": other})


def apply_mistakes(variant: Variant, mistakes: Iterable[Mistake]) -> dict[str, Any]:
    """Return a variant with mistakes applied.

    Sets and mappings (what is left out or replaced) are added to those of the variant; other values replace its values.
    """
    new = dict(variant)
    for name, value in chain.from_iterable(mistake.changes.items() for mistake in mistakes):
        new[name] = {**new[name], **value} if isinstance(value, dict) else _merge_change(new[name], value)
    return new


def iterate_combinations(mistakes: Iterable[Mistake], size: int) -> Iterator[tuple[Mistake, ...]]:
    """Yield each mistake alone, then pairs that do not contradict each other; `size` is as `estimate_cost` returns."""
    singles = list(islice(mistakes, min(_SINGLE, max(1, _SIGNED // (size + 1)))))
    yield from ((mistake,) for mistake in singles)
    if size <= _LONGEST:
        omitting = [mistake for mistake in singles if mistake.omits][:_OMITTED]
        others = [mistake for mistake in singles if not mistake.omits and not mistake.alone]
        pairs = chain(combinations(omitting, 2), combinations(others, 2), product(others, omitting))
        yield from islice((pair for pair in pairs if _is_compatible(*pair)), min(_PAIRS, _SIGNED_TWICE // (size + 1)))


def estimate_cost(texts: Texts, parameters: int) -> int:
    """Return what it costs to make texts again, in characters."""
    return sum(map(len, texts.values())) + _PAIR * parameters


def _merge_change(old: Any, value: Any) -> Any:
    return old | value if isinstance(value, frozenset) else value


def _is_compatible(one: Mistake, other: Mistake) -> bool:
    """Return whether two mistakes can be made at once."""
    for name in one.changes.keys() & other.changes.keys():
        mine, theirs = one.changes[name], other.changes[name]
        if isinstance(mine, frozenset):
            continue
        if not isinstance(mine, dict) or mine.keys() & theirs.keys():
            return False
    return True
