"""Settings from flags over environment over file over profile; an unknown key is an error."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from emulator import documents
from emulator.assets import FIXTURES
from emulator.provider import Quirk
from emulator.schemas import schema, shown
from emulator.vocabulary import Problem, Problems
from emulator.world.settings import Callbacks, Images, Server, Settings
from emulator.world.verdicts.outcome import merged

PREFIX = "MODERATION_EMULATOR_"

_COMMON: dict[str, Any] = {
    "server": {"host": "127.0.0.1", "port": 8080, "loop": "auto"},
    "fixtures": [],
    "accounts": [],
    "magic_words": True,
    "images": {"fetch": False, "allow": [], "private": False},
    "callbacks": {"pushes": 16, "allow": []},
    "thresholds": {"block": 80, "review": 50},
    "journal": {"size": 10_000},
    "control": {"hosts": []},
    "seed": None,
    "quirks": {},
}
# Freshness and what a document states as a minimum hold in both profiles; only quotas, latency and the pace of
# callbacks differ. That pace is our own: Green tells of 16 pushes, but not how far apart, nor how long one waits.
PROFILES: Mapping[str, dict[str, Any]] = {
    "fast": {
        "profile": "fast",
        "latency": {"min": 0, "max": 0},
        "limits": {"aliyun_imageaudit": {"per_second": False}},
        "callbacks": {"timeout": 2, "gaps": [0.01]},
    },
    "documented": {
        "profile": "documented",
        "latency": {"min": 0.05, "max": 0.3},
        "limits": {"aliyun_imageaudit": {"per_second": 2}},
        "callbacks": {"timeout": 10, "gaps": [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600]},
    },
}


def load(
    config: Path | None, flags: Mapping[str, Any], environment: Mapping[str, str], quirks: Iterable[Quirk]
) -> Settings:
    """The settings of a start; raises Problems for everything wrong in file, environment or flags."""
    from_file = _file(config) if config else {}
    from_environment = _environment(environment)
    _checked(flags, "flag")
    given = merged(merged(from_file, from_environment), flags)
    profile = PROFILES[given.get("profile", "fast")]
    form = merged(merged(_COMMON, profile), given)
    form["seed"] = given.get("seed")
    return _settings(form, {quirk.name: quirk for quirk in quirks})


def _file(config: Path) -> dict[str, Any]:
    document = documents.read(config)
    problems = schema("emulator/config").problems(document.data)
    if problems:
        raise Problems(document.located(problems))
    data: dict[str, Any] = document.data or {}
    if "fixtures" in data:
        data["fixtures"] = [str(config.parent / folder) for folder in data["fixtures"]]
    return data


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """`MODERATION_EMULATOR_SERVER__PORT=9000` is server.port; values are read as YAML."""
    found: dict[str, Any] = {}
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX):
            continue
        *outer, last = variable.removeprefix(PREFIX).lower().split("__")
        value = documents.parse(text, variable).data
        nested: dict[str, Any] = {last: value}
        for key in reversed(outer):
            nested = {key: nested}
        _checked(nested, variable)
        found = merged(found, nested)
    return found


def _checked(given: Mapping[str, Any], source: str) -> None:
    problems = schema("emulator/config").problems(dict(given))
    if problems:
        raise Problems([Problem(p.path, p.expected, p.got, source) for p in problems])


def _settings(form: Mapping[str, Any], quirks: Mapping[str, Quirk]) -> Settings:
    chosen = {name: quirk.default for name, quirk in quirks.items()}
    for name, value in form["quirks"].items():
        if name not in quirks:
            near = get_close_matches(name, quirks, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise Problems([Problem(f"$.quirks.{name}", f"one of {', '.join(quirks)}{hint}", name)])
        choices = quirks[name].choices
        if not any(value == choice and type(value) is type(choice) for choice in choices):
            raise Problems([Problem(f"$.quirks.{name}", f"one of {', '.join(map(str, choices))}", shown(value))])
        chosen[name] = value
    latency = form["latency"]["min"], form["latency"]["max"]
    if latency[0] > latency[1]:
        raise Problems([Problem("$.latency", "min not above max", shown(form["latency"]))])
    images, callbacks = form["images"], form["callbacks"]
    return Settings(
        profile=form["profile"],
        server=Server(**form["server"]),
        images=Images(images["fetch"], tuple(images["allow"]), images["private"]),
        callbacks=Callbacks(
            callbacks["timeout"], tuple(callbacks["gaps"]), callbacks["pushes"], tuple(callbacks["allow"])
        ),
        limits=form["limits"],
        latency=latency,
        thresholds=form["thresholds"],
        quirks=chosen,
        magic_words=form["magic_words"],
        journal_size=form["journal"]["size"],
        control_hosts=tuple(form["control"]["hosts"]),
        fixtures=(*map(Path, form["fixtures"]), FIXTURES),
        accounts=tuple(form["accounts"]),
        seed=form["seed"],
    )
