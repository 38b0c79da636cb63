"""Variables: settings as the environment holds them, `MODERATION_EMULATOR_SERVER__PORT=9000` for server.port."""

import logging
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from emulator import documents
from emulator.schemas import schema

PREFIX = "MODERATION_EMULATOR_"

_MOST = 3  # variables that may have been meant
_BY_KUBERNETES = re.compile(r"_SERVICE_|_(?:TCP|UDP|SCTP)_")
_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://")
_NAME = re.compile(r"[a-z][a-z_]*").fullmatch

log = logging.getLogger("emulator")


class Variable(NamedTuple):
    """One of ours: what it sets, nested as a file writes it."""

    name: str
    form: dict[str, Any]


def read(environment: Mapping[str, str]) -> Iterator[Variable]:
    """Yield the variables that set something, by name; raises Problems for a value that cannot be read.

    Values are YAML; a list of words or numbers may be written `a,b` as well. What Kubernetes tells of a service of our
    own name is passed over, with one warning.
    """
    named = [name for name in sorted(environment) if name.startswith(PREFIX)]
    foreign = [name for name in named if _is_of_kubernetes(name, environment[name])]
    if foreign:
        more = f" and {len(foreign) - 1} more" if foreign[1:] else ""
        log.warning(
            "passed over %s%s: Kubernetes makes them for a service of this name (enableServiceLinks: false stops it)",
            *(foreign[0], more),
        )
    for name in named:
        if name not in foreign:
            *outer, last = steps = name.removeprefix(PREFIX).lower().split("__")
            form: dict[str, Any] = {last: _value(steps, environment[name], name)}
            for key in reversed(outer):
                form = {key: form}
            yield Variable(name, form)


def meant(name: str) -> list[str]:
    """Return the variables that one may be a misspelling of; nothing for one that sets something.

    Those that end as it does come first, as `..._PORT` for `..._SERVER__PORT`, then those that differ in underscores.
    """
    given = name.removeprefix(PREFIX).upper()
    if _rules(given.lower().split("__")) is not None:
        return []
    known = ["__".join(steps).upper() for steps in _settings(schema("emulator/config").document)]
    near = [each for each in known if each.rpartition("__")[2] == given]
    near = near or [each for each in known if each.replace("_", "") == given.replace("_", "")]
    return [f"{PREFIX}{each}" for each in (near or get_close_matches(given, known, 1))[:_MOST]]


def _is_of_kubernetes(name: str, value: str) -> bool:
    if "__" in name:  # no name of theirs has that
        return False
    return _BY_KUBERNETES.search(name) is not None or _ADDRESS.match(value) is not None


def _settings(rules: Mapping[str, Any]) -> Iterator[list[str]]:
    """The steps to every setting, and to every group of them, that a variable can be named after."""
    for key, inner in rules.get("properties", {}).items():
        if _NAME(key):
            yield [key]
            yield from ([key, *steps] for steps in _settings(inner))


def _rules(steps: list[str]) -> Mapping[str, Any] | None:
    """The schema of what lies at the end of some steps inward; None when there is no such setting."""
    rules: Any = schema("emulator/config").document
    for step in steps:
        free = rules.get("additionalProperties")
        rules = rules.get("properties", {}).get(step, free if isinstance(free, Mapping) else None)
        if rules is None:
            return None
    return dict(rules)


def _value(steps: list[str], text: str, source: str) -> Any:
    items = (_rules(steps) or {}).get("items", {})
    kind = "string" if "enum" in items else items.get("type")
    if kind is None or text.lstrip().startswith(("[", "- ")):
        return documents.parse(text, source).data
    parts = [part.strip() for part in text.split(",")]
    return [part if kind == "string" else documents.parse(part, source).data for part in parts if part]
