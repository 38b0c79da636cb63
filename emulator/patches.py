"""Settings changed while the server runs: what a patch may say, and what then holds."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from emulator import keyring, settings
from emulator.problems import shown
from emulator.provider import Quirk
from emulator.schemas import schema
from emulator.vocabulary import Problem, Problems
from emulator.world.settings import Settings

OF_ACCOUNTS = frozenset({"profile", "magic_words", "latency", "limits", "waits"})
AT_START = frozenset({"server", "fixtures", "accounts", "journal", "control", keyring.SECTION, "seed"})

_MOST = 20  # problems told at once
_LARGEST, _LARGEST_OWN = 1024 * 1024, 64 * 1024  # bytes of the settings of the server, and of one account


def told(chosen: Settings, quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    """Every setting as it is written, each quirk with its choices and their source; accounts are told elsewhere, and
    secrets nowhere.
    """
    form = settings.form(chosen.given)
    del form["accounts"], form[keyring.SECTION]
    if not form["latency"].keys() & {"seconds", "median"}:
        form["latency"] |= {"min": chosen.latency.min, "max": chosen.latency.max}
    form["fixtures"] = [str(folder) for folder in chosen.fixtures]
    form["control"] = {"hosts": form["control"]["hosts"]}  # the token is a secret
    form["quirks"] = {
        name: {"value": chosen.quirks[name], "choices": list(quirk.choices), "source": quirk.source}
        for name, quirk in quirks.items()
    }
    return form


def patched(chosen: Settings, patch: Any, quirks: Mapping[str, Quirk]) -> Settings:
    """The settings of the server after a JSON merge patch, in which null returns a key to its profile's value; raises
    Problems for everything wrong with it.
    """
    changeable = _rules().keys() - AT_START
    _check(patch, quirks, changeable, "what is read at start stays until the server ends")
    return settings.of(_bounded(settings.over(chosen.given, patch), _LARGEST), quirks)


def of_account(own: Mapping[str, Any], patch: Any, quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    """What one account has of its own after a patch, in which null returns a key to the server's value; raises
    Problems.
    """
    _check(patch, quirks, _rules().keys() & OF_ACCOUNTS, "all else belongs to the whole server")
    return _bounded(settings.over(own, patch), _LARGEST_OWN)


def _bounded(form: dict[str, Any], most: int) -> dict[str, Any]:
    """The same settings, unless they have grown out of measure by many patches."""
    size = len(orjson.dumps(form, default=str))
    if size > most:
        raise Problems([Problem("$", f"settings that take at most {most} bytes in all", f"{size} bytes")])
    return form


def _rules() -> Mapping[str, Any]:
    rules: Mapping[str, Any] = schema("emulator/config").document["properties"]
    return rules


def _check(patch: Any, quirks: Mapping[str, Quirk], changeable: Collection[str], reason: str) -> None:
    """Raise Problems unless the patch is an object with nothing but known keys and fitting values."""
    if not isinstance(patch, Mapping):
        raise Problems([Problem("$", "an object", shown(patch))])
    rules = {**_rules(), "quirks": {"properties": {name: {} for name in quirks}}}
    fixed = [key for key in patch if key in rules and key not in changeable]
    expected = f"one of {', '.join(sorted(changeable))}: {reason}"
    problems = [Problem(f"$.{key}", expected, key) for key in fixed]
    left = {key: value for key, value in patch.items() if key not in fixed}
    problems += settings.problems(_standing(left, {"properties": rules}), quirks)
    if problems:
        raise Problems(problems[:_MOST])


def _standing(patch: Any, rules: Mapping[str, Any]) -> Any:
    """The patch without the nulls of keys that `rules` know: what is left must fit the schema."""
    if not isinstance(patch, Mapping):
        return patch
    known: Mapping[str, Any] | None = rules.get("properties")
    return {
        key: _standing(value, known[key] if known and key in known else {})
        for key, value in patch.items()
        if value is not None or (known is not None and key not in known)
    }
