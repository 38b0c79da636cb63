"""Changes of settings while the server runs: what a patch may contain, and which settings follow."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from emulator.config.load import apply_settings_patch, build_settings, expand_profile, find_problems
from emulator.config.model import Settings
from emulator.config.provided import ProvidedSettings
from emulator.config.schema import load_settings_schema
from emulator.problems import shorten
from emulator.types import Problem, Problems

ACCOUNT_KEYS = frozenset({"profile", "magic_words", "latency", "limits", "waits"})
START_KEYS = frozenset({"server", "fixtures", "accounts", "journal", "control", "seed", "state", "state_sync"})

_MAX_PROBLEMS = 20  # problems reported at once
_MAX_BYTES, _MAX_ACCOUNT_BYTES = 1024 * 1024, 64 * 1024  # bytes of the settings of the server, and of one account


def settings_to_dict(current: Settings, provided: ProvidedSettings) -> dict[str, Any]:
    """Return every setting in its written form, each quirk with its choices and their source.

    Secrets are left out, and accounts, which have an endpoint of their own.
    """
    form = expand_profile(current.given, provided)
    for secret in ("accounts", *provided.sections):
        del form[secret]
    if not form["latency"].keys() & {"seconds", "median"}:
        form["latency"] |= {"min": current.latency.min, "max": current.latency.max}
    form["fixtures"] = [str(folder) for folder in current.fixtures]
    form["control"] = {"hosts": form["control"]["hosts"]}  # the token is a secret
    form["quirks"] = {
        name: {"value": current.quirks[name], "choices": list(quirk.choices), "source": quirk.source}
        for name, quirk in provided.quirks.items()
    }
    return form


def patch_settings(current: Settings, patch: Any, provided: ProvidedSettings) -> Settings:
    """Return the settings of the server after a JSON merge patch, in which null returns a key to its profile's value.

    Raises Problems with everything wrong with the patch.
    """
    changeable = _list_properties(provided).keys() - START_KEYS - provided.sections.keys()
    _check_patch(patch, provided, changeable, "what is read at start stays until the server ends")
    return build_settings(_check_size(apply_settings_patch(current.given, patch), _MAX_BYTES), provided)


def patch_account_settings(own: Mapping[str, Any], patch: Any, provided: ProvidedSettings) -> dict[str, Any]:
    """Return what one account sets for itself after a JSON merge patch, in which null returns a key to the server's
    value.

    Raises Problems.
    """
    _check_patch(
        patch, provided, _list_properties(provided).keys() & ACCOUNT_KEYS, "all else belongs to the whole server"
    )
    return _check_size(apply_settings_patch(own, patch), _MAX_ACCOUNT_BYTES)


def _check_size(form: dict[str, Any], maximum: int) -> dict[str, Any]:
    """Return `form` unless it takes more than `maximum` bytes: many patches could make it grow without end."""
    size = len(orjson.dumps(form, default=str))
    if size > maximum:
        raise Problems([Problem("$", f"settings that take at most {maximum} bytes in all", f"{size} bytes")])
    return form


def _list_properties(provided: ProvidedSettings) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = load_settings_schema(provided).document["properties"]
    return properties


def _check_patch(patch: Any, provided: ProvidedSettings, changeable: Collection[str], reason: str) -> None:
    """Raise Problems unless the patch is an object with changeable keys and valid values."""
    if not isinstance(patch, Mapping):
        raise Problems([Problem("$", "an object", shorten(patch))])
    properties = {**_list_properties(provided), "quirks": {"properties": {name: {} for name in provided.quirks}}}
    fixed = [key for key in patch if key in properties and key not in changeable]
    expected = f"one of {', '.join(sorted(changeable))}: {reason}"
    problems = [Problem(f"$.{key}", expected, key) for key in fixed]
    rest = {key: value for key, value in patch.items() if key not in fixed}
    problems += find_problems(_drop_known_nulls(rest, {"properties": properties}), provided)
    if problems:
        raise Problems(problems[:_MAX_PROBLEMS])


def _drop_known_nulls(patch: Any, schema: Mapping[str, Any]) -> Any:
    """Return the patch without the nulls of keys that the schema knows. The rest must fit the schema."""
    if not isinstance(patch, Mapping):
        return patch
    properties: Mapping[str, Any] | None = schema.get("properties")
    return {
        key: _drop_known_nulls(value, properties[key] if properties and key in properties else {})
        for key, value in patch.items()
        if value is not None or (properties is not None and key not in properties)
    }
