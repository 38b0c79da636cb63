"""Bill: the units that the provider would have charged for, without prices.

A unit is one picture checked in one scene (imageaudit and Green, billing). Each frame of a moving or long picture is a
unit, as far as the answer lists frames. Providers without scenes count pictures. Refused calls, errors, pictures that
ended in an error, and calls that ask for a result cost nothing.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from typing import Any

import orjson

from emulator.reports.masking import parse_parameters
from emulator.resources.turns import take_turns
from emulator.state.journal import Entry

_DEPTH = 8  # levels of an answer in which frames are looked for

_LineKey = tuple[str | None, str, str]


async def calculate_bill(entries: Iterable[Entry], polling_operations: Container[str]) -> list[dict[str, Any]]:
    """Return [{account, provider, operation, calls, pictures, scenes, units, texts}], sorted by its first three keys.

    `polling_operations` ask for the result of an earlier call. Their items were charged for at the submission.
    """
    lines: dict[_LineKey, Counter[str]] = {}
    async for entry in take_turns(entries):
        if entry.operation and entry.code is None and entry.operation not in polling_operations:
            line = lines.setdefault((entry.account, entry.provider, entry.operation), Counter())
            line.update(_count_entry(entry))
    return [
        {"account": account, "provider": provider, "operation": operation, **dict(counted)}
        for (account, provider, operation), counted in sorted(lines.items(), key=lambda item: tuple(map(str, item[0])))
    ]


def _count_entry(entry: Entry) -> dict[str, int]:
    kinds = Counter(kind for kind, *_rest, suggestion in entry.items if suggestion or _is_overridden(entry))
    scenes = len(_parse_scenes(entry)) if kinds["picture"] else 0
    units = kinds["picture"] * max(scenes, 1) + _count_further_frames(entry)
    return {"calls": 1, "pictures": kinds["picture"], "scenes": scenes, "units": units, "texts": kinds["text"]}


def _is_overridden(entry: Entry) -> bool:
    """Return whether a rule replaced the operation's answer, so that nothing is known of its items."""
    return entry.outcome in ("respond", "fault")


def _parse_scenes(entry: Entry) -> set[str]:
    """Return the scenes asked for, each once: from `Scene.1=porn`, or from `scenes` in JSON."""
    named = {value for name, value in parse_parameters(entry) if re.fullmatch(r"Scene\.\d{1,4}", name)}
    asked = _parse_json(entry.body)
    scenes = asked.get("scenes") if isinstance(asked, dict) else None
    return named | {each for each in scenes if isinstance(each, str)} if isinstance(scenes, list) else named


def _count_further_frames(entry: Entry) -> int:
    """Return how many frames were checked besides the first one of each picture and scene."""
    if b'rames"' not in entry.response_body:
        return 0
    return sum(len(frames) - 1 for frames in _iterate_frames(_parse_json(entry.response_body), _DEPTH) if frames)


def _iterate_frames(node: Any, depth: int) -> Iterator[list[Any]]:
    inner = list(node.items()) if isinstance(node, dict) else [("", each) for each in node] if depth else []
    for name, value in inner:
        if name in ("Frames", "frames") and isinstance(value, list):
            yield value
        elif isinstance(value, (dict, list)) and depth:
            yield from _iterate_frames(value, depth - 1)


def _parse_json(text: bytes) -> Any:
    """Return the data of a JSON body; an empty mapping when the body is cut or is not JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
