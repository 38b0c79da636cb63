"""Ways: how a text is signed, the slips that change a way, and in which order they are tried. Bounded throughout."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations, islice, product
from typing import Any, NamedTuple

from emulator.vocabulary import WireRequest

Way = Mapping[str, Any]
Texts = Mapping[str, str]

_SINGLE, _PAIRS = 200, 780  # slips tried alone, and pairs of them
_OMITTED = 25  # parameters or headers of which any two are left out at once
_LONGEST = 20_000  # characters of a text above which slips are tried one at a time only
_SIGNED, _SIGNED_TWICE = 2_000_000, 4_000_000  # characters signed again for slips tried alone, and in pairs
_PAIR = 100  # characters that a parameter counts for beside its own


class Slip(NamedTuple):
    """What a client may do otherwise, and how that changes the way of signing. `omits`: it leaves one thing out;
    `alone`: it is not tried together with another.
    """

    cause: str
    changes: Mapping[str, Any]
    omits: bool = False
    alone: bool = False


def seal_by_hmac(secret: str, text: str, way: Way) -> bytes:
    """Return the HMAC of a text, by the `digest` of the way and the secret with the way's `suffix`."""
    key = f"{secret}{way['suffix']}".encode("utf-8", "surrogateescape")
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), way["digest"])


def take_other_method(request: WireRequest) -> Slip:
    """Return the slip of a client that signs one HTTP method and sends the other."""
    other = "GET" if request.method == "POST" else "POST"
    return Slip(f"signed as {other}, sent as {request.method}", {"method": other})


def changed(way: Way, slips: Iterable[Slip]) -> dict[str, Any]:
    """Return a way with slips: what is left out and what is replaced adds up, all else takes the place of what was."""
    new = dict(way)
    for name, value in chain.from_iterable(slip.changes.items() for slip in slips):
        new[name] = {**new[name], **value} if isinstance(value, dict) else _joined(new[name], value)
    return new


def tries(slips: Iterable[Slip], size: int) -> Iterator[tuple[Slip, ...]]:
    """Yield each slip alone, then pairs that do not contradict each other; `size` is that of what is signed."""
    known = list(islice(slips, min(_SINGLE, max(1, _SIGNED // (size + 1)))))
    yield from ((slip,) for slip in known)
    if size <= _LONGEST:
        omitting = [slip for slip in known if slip.omits][:_OMITTED]
        others = [slip for slip in known if not slip.omits and not slip.alone]
        pairs = chain(combinations(omitting, 2), combinations(others, 2), product(others, omitting))
        yield from islice((pair for pair in pairs if _agree(*pair)), min(_PAIRS, _SIGNED_TWICE // (size + 1)))


def weight(texts: Texts, parameters: int) -> int:
    """Return what it costs to make texts again."""
    return sum(map(len, texts.values())) + _PAIR * parameters


def _joined(old: Any, value: Any) -> Any:
    return old | value if isinstance(value, frozenset) else value


def _agree(one: Slip, other: Slip) -> bool:
    """Return whether two slips can be made at once."""
    for name in one.changes.keys() & other.changes.keys():
        mine, theirs = one.changes[name], other.changes[name]
        if isinstance(mine, frozenset):
            continue
        if not isinstance(mine, dict) or mine.keys() & theirs.keys():
            return False
    return True
