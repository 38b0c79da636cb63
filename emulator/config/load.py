"""Settings from flags over environment over file over profile; an unknown key is an error."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator import documents
from emulator.assets import FIXTURES, list_folders
from emulator.config.environment import read_variables, suggest_variables
from emulator.config.keys import check_keys, read_key_files
from emulator.config.latency import build_latencies, find_distribution, keep_remaining
from emulator.config.model import Callbacks, Images, Server, Settings
from emulator.config.profiles import build_profile
from emulator.config.provided import ProvidedSettings, Quirk
from emulator.config.schema import load_settings_schema
from emulator.config.state import check_state, locate_state
from emulator.config.tls import check_tls, locate_tls_files
from emulator.merge_patch import apply_patch
from emulator.net.networks import normalize_host
from emulator.problems import format_choices, shorten
from emulator.types import Problem, Problems

_MAX_PROBLEMS = 20  # problems reported at once
_HINT = re.compile(r" \(did you mean [^()]*\?\)")


def load_settings(
    config: Path | None, flags: Mapping[str, Any], environment: Mapping[str, str], provided: ProvidedSettings
) -> Settings:
    """Return the settings that hold at start.

    Raises Problems with all mistakes of the first source that has any: the file, a variable, or the flags.
    """
    from_file = _read_file(config, provided) if config else {}
    from_environment = _read_environment(environment, provided)
    _check_source(flags, provided, "flag")
    below = merge_layers(from_file, from_environment)
    given = merge_layers(below, flags)
    if hosts := flags.get("control", {}).get("hosts"):  # added to hosts that are set elsewhere
        given = merge_layers(given, {"control": {"hosts": [*below.get("control", {}).get("hosts", ()), *hosts]}})
    read_key_files(given, Path(), provided)
    return build_settings(given, provided)


def apply_settings_patch(given: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of one source after a JSON merge patch; a latency of another distribution is replaced."""
    return _merge(given, patch, lambda old, new: find_distribution(new) not in (None, find_distribution(old)))


def expand_profile(given: Mapping[str, Any], provided: ProvidedSettings) -> dict[str, Any]:
    """Return every setting in its written form: what was set explicitly, over the profile."""
    profile = build_profile(given.get("profile", "fast"), provided)
    return {**merge_layers(profile, given), "seed": given.get("seed")}


def merge_layers(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of one source merged over those of another.

    A latency is one value: it replaces the whole latency below, for all operations or for the operation it is set for.
    """
    return _merge(below, above, lambda _old, new: bool(new.keys() - {"operations"}))


def _merge(below: Mapping[str, Any], above: Mapping[str, Any], replaces: Callable[[Any, Any], bool]) -> dict[str, Any]:
    if below.get("latency") and above.get("latency"):
        below = {**below, "latency": keep_remaining(below["latency"], above["latency"], replaces)}
    return dict(apply_patch(below, above))


def build_account_settings(server_settings: Settings, own: Mapping[str, Any], provided: ProvidedSettings) -> Settings:
    """Return the settings of an account: what it has of its `own`, over the settings of the server.

    A profile of its own brings the limits, the latency and the waits of that profile, and changes nothing else.
    """
    below = server_settings.given
    if "profile" in own:
        profile = build_profile(own["profile"], provided)
        from_profile = {key: profile[key] for key in ("limits", "latency", "waits")}
        below = {**below, "callbacks": expand_profile(below, provided)["callbacks"], **from_profile}
    return build_settings(merge_layers(below, own), provided)


def build_settings(given: Mapping[str, Any], provided: ProvidedSettings) -> Settings:
    """Return the settings that follow from what was set explicitly. Raises Problems for mistakes that no schema can
    express.
    """
    return _build_from_form(expand_profile(given, provided), given, provided)


def _read_file(config: Path, provided: ProvidedSettings) -> dict[str, Any]:
    document = documents.read(config)
    if found := find_problems(document.data, provided):
        raise Problems(document.locate_problems(found))
    data: dict[str, Any] = document.data or {}
    if "fixtures" in data:
        data["fixtures"] = [str(config.parent / folder) for folder in data["fixtures"]]
    locate_tls_files(data, config.parent)
    locate_state(data, config.parent)
    read_key_files(data, config.parent, provided)
    return data


def _read_environment(environment: Mapping[str, str], provided: ProvidedSettings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in read_variables(environment, provided):
        try:
            _check_source(variable.form, provided, variable.name)
        except Problems as wrong:
            if near := suggest_variables(variable.name, provided):
                raise Problems([_add_hint(problem, near) for problem in wrong.found]) from None
            raise
        found = apply_patch(found, variable.form)
    return found


def _add_hint(problem: Problem, near: Sequence[str]) -> Problem:
    """Return the problem with a hint at variables that may have been meant, in place of its hint at a key."""
    expected = _HINT.sub("", problem.expected)
    return replace(problem, expected=f"{expected} (did you mean {' or '.join(near)}?)")


def _check_source(given: Mapping[str, Any], provided: ProvidedSettings, source: str) -> None:
    if found := find_problems(dict(given), provided):
        raise Problems([Problem(p.path, p.expected, p.got, source) for p in found])


def find_problems(given: Any, provided: ProvidedSettings) -> list[Problem]:
    """Return what is wrong with settings in their written form, at most 20 problems.

    Whether the settings fit together is not checked here.
    """
    found = load_settings_schema(provided).find_problems(given)
    named = given.get("quirks") if isinstance(given, Mapping) else None
    if isinstance(named, Mapping):
        for name, value in named.items():
            found += _find_quirk_problems(name, value, provided.quirks)
    return found[:_MAX_PROBLEMS]


def _find_quirk_problems(name: str, value: Any, quirks: Mapping[str, Quirk]) -> Iterator[Problem]:
    path = f"$.quirks['{name}']"
    if name not in quirks:
        yield Problem(path, format_choices(name, quirks), name)
    elif not any(value == each and type(value) is type(each) for each in quirks[name].choices):
        yield Problem(path, f"one of {', '.join(map(shorten, quirks[name].choices))}", shorten(value))


def _check_host_names(form: Mapping[str, Any]) -> None:
    """Raise Problems unless every allowed host is a name or an address that a host can have."""
    for section in ("images", "callbacks"):
        for index, name in enumerate(form[section]["allow"]):
            try:
                normalize_host(name)
            except UnicodeError:
                expected = "a host name, an address, or *.suffix"
                raise Problems([Problem(f"$.{section}.allow[{index}]", expected, shorten(name))]) from None


def _build_from_form(form: Mapping[str, Any], given: Mapping[str, Any], provided: ProvidedSettings) -> Settings:
    _check_host_names(form)
    check_keys(form, provided)
    check_tls(given)
    check_state(given)
    images, callbacks = form["images"], form["callbacks"]
    latency, latencies = build_latencies(form["latency"])
    return Settings(
        profile=form["profile"],
        server=Server(**{**form["server"], "tls_hosts": tuple(form["server"]["tls_hosts"])}),
        images=Images(images["fetch"], tuple(images["allow"]), images["private"]),
        callbacks=Callbacks(
            *(callbacks["timeout"], tuple(callbacks["gaps"]), callbacks["pushes"], tuple(callbacks["allow"])),
            given=given.get("callbacks", {}),
            profile=form["profile"],
        ),
        limits=form["limits"],
        waits=form["waits"],
        latency=latency,
        latencies=latencies,
        thresholds=form["thresholds"],
        quirks={name: form["quirks"].get(name, quirk.default) for name, quirk in provided.quirks.items()},
        magic_words=form["magic_words"],
        journal_size=form["journal"]["size"],
        control_hosts=tuple(form["control"]["hosts"]),
        control_token=form["control"].get("token") or None,
        fixtures=(*map(Path, form["fixtures"]), *list_folders(FIXTURES)),
        accounts=tuple(form["accounts"]),
        biz_types=form["biz_types"],
        seed=form["seed"],
        given=given,
        sections={name: form[name] for name in provided.sections},
        state=form["state"],
        state_sync=form["state_sync"],
    )
