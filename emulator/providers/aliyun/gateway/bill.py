"""Bill: what a call to imageaudit or Green costs, by its request and answer.

A unit is one picture checked in one scene (billing of both). Each frame of a moving or long picture is a unit, as far
as the answer lists frames.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from emulator.state.entry_parameters import parse_parameters
from emulator.state.journal import Entry

_DEPTH = 8  # levels of an answer in which frames are looked for
_SCENE = re.compile(r"Scene\.\d{1,4}")


def count_units(entry: Entry, pictures: int) -> tuple[int, int]:
    """Return how many scenes a call with so many pictures asked for, and how many units it costs."""
    scenes = len(_parse_scenes(entry)) if pictures else 0
    return scenes, pictures * max(scenes, 1) + _count_further_frames(entry)


def _parse_scenes(entry: Entry) -> set[str]:
    """Return the scenes asked for, each once: from `Scene.1=porn`, or from `scenes` in JSON."""
    named = {value for name, value in parse_parameters(entry) if _SCENE.fullmatch(name)}
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
