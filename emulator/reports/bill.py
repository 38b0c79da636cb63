"""Bill: the units that the provider would have charged for, without prices.

What a unit is, the provider says; where it does not, each picture is one. Refused calls, errors, pictures that ended in
an error, and calls that ask for a result cost nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.provider import Provider
from emulator.resources.turns import take_turns
from emulator.state.journal import Entry

_LineKey = tuple[str | None, str, str]


async def calculate_bill(entries: Iterable[Entry], providers: Mapping[str, Provider]) -> list[dict[str, Any]]:
    """Return [{account, provider, operation, calls, pictures, scenes, units, texts}], sorted by the first three."""
    lines: dict[_LineKey, Counter[str]] = {}
    async for entry in take_turns(entries):
        provider = providers[entry.provider]
        if entry.operation and entry.code is None and not _is_query(entry.operation, provider):
            line = lines.setdefault((entry.account, entry.provider, entry.operation), Counter())
            line.update(_count_entry(entry, provider))
    return [
        {"account": account, "provider": provider, "operation": operation, **dict(counted)}
        for (account, provider, operation), counted in sorted(lines.items(), key=lambda item: tuple(map(str, item[0])))
    ]


def _is_query(name: str, provider: Provider) -> bool:
    """Return whether an operation asks for the result of an earlier call, whose items were charged for at the
    submission.
    """
    operation = provider.operations.get(name)
    return operation is not None and operation.polls


def _count_entry(entry: Entry, provider: Provider) -> dict[str, int]:
    kinds = Counter(kind for kind, *_rest, suggestion in entry.items if suggestion or _is_overridden(entry))
    pictures = kinds["picture"]
    scenes, units = provider.count_units(entry, pictures) if provider.count_units else (0, pictures)
    return {"calls": 1, "pictures": pictures, "scenes": scenes, "units": units, "texts": kinds["text"]}


def _is_overridden(entry: Entry) -> bool:
    """Return whether a rule replaced the operation's answer, so that nothing is known of its items."""
    return entry.outcome in ("respond", "fault")
