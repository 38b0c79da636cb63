"""Settings from environment variables: `MODERATION_EMULATOR_SERVER__PORT=9000` sets server.port."""

import logging
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from emulator import documents
from emulator.config.provided import ProvidedSettings
from emulator.config.schema import load_settings_schema

PREFIX = "MODERATION_EMULATOR_"

_MAX_SUGGESTIONS = 3  # variables that may have been meant
_KUBERNETES_NAME = re.compile(r"_SERVICE_|_(?:TCP|UDP|SCTP)_")
_KUBERNETES_ADDRESS = re.compile(r"(?:tcp|udp|sctp)://")
_is_name = re.compile(r"[a-z][a-z_]*").fullmatch

log = logging.getLogger("emulator")


class Variable(NamedTuple):
    """A variable of the emulator: its `name`, and in `form` what it sets, nested as in a settings file."""

    name: str
    form: dict[str, Any]


def read_variables(environment: Mapping[str, str], provided: ProvidedSettings) -> Iterator[Variable]:
    """Yield the variables that set something, sorted by name. Raises Problems for a value that cannot be read.

    Values are YAML. A list of words or numbers may also be written `a,b`. Kubernetes makes variables for a service that
    has the name of the emulator: these are skipped with one warning.
    """
    names = [name for name in sorted(environment) if name.startswith(PREFIX)]
    foreign = [name for name in names if _is_from_kubernetes(name, environment[name])]
    if foreign:
        more = f" and {len(foreign) - 1} more" if foreign[1:] else ""
        log.warning(
            "passed over %s%s: Kubernetes makes them for a service of this name (enableServiceLinks: false stops it)",
            *(foreign[0], more),
        )
    for name in names:
        if name not in foreign:
            *outer, last = steps = name.removeprefix(PREFIX).lower().split("__")
            form: dict[str, Any] = {last: _parse_value(steps, environment[name], name, provided)}
            for key in reversed(outer):
                form = {key: form}
            yield Variable(name, form)


def suggest_variables(name: str, provided: ProvidedSettings) -> list[str]:
    """Return the variables that `name` may be a misspelling of; none if `name` itself sets something.

    Variables with the same last part are the first choice, as `..._SERVER__PORT` for `..._PORT`. If there are none,
    those that differ only in underscores are returned, else the most similar one.
    """
    given = name.removeprefix(PREFIX).upper()
    if _find_schema(given.lower().split("__"), provided) is not None:
        return []
    known = ["__".join(steps).upper() for steps in _iterate_settings(load_settings_schema(provided).document)]
    near = [each for each in known if each.rpartition("__")[2] == given]
    near = near or [each for each in known if each.replace("_", "") == given.replace("_", "")]
    return [f"{PREFIX}{each}" for each in (near or get_close_matches(given, known, 1, 0.7))[:_MAX_SUGGESTIONS]]


def _is_from_kubernetes(name: str, value: str) -> bool:
    if "__" in name:  # no name made by Kubernetes has that
        return False
    return _KUBERNETES_NAME.search(name) is not None or _KUBERNETES_ADDRESS.match(value) is not None


def _iterate_settings(schema: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the steps to every setting, and to every group of settings, that a variable can be named after."""
    for key, inner in schema.get("properties", {}).items():
        if _is_name(key):
            yield [key]
            yield from ([key, *steps] for steps in _iterate_settings(inner))


def _find_schema(steps: list[str], provided: ProvidedSettings) -> Mapping[str, Any] | None:
    """Return the schema of the setting to which the steps lead; None when there is no such setting."""
    schema: Any = load_settings_schema(provided).document
    for step in steps:
        additional = schema.get("additionalProperties")
        schema = schema.get("properties", {}).get(step, additional if isinstance(additional, Mapping) else None)
        if schema is None:
            return None
    return dict(schema)


def _parse_value(steps: list[str], text: str, source: str, provided: ProvidedSettings) -> Any:
    items = (_find_schema(steps, provided) or {}).get("items", {})
    kind = "string" if "enum" in items else items.get("type")
    if kind is None or text.lstrip().startswith(("[", "- ")):
        return documents.parse(text, source).data
    parts = [part.strip() for part in text.split(",")]
    return [part if kind == "string" else documents.parse(part, source).data for part in parts if part]
