"""Settings from flags over environment over file over profile; an unknown key is an error."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulator import documents, keyring, variables
from emulator.assets import FIXTURES
from emulator.latency import distribution, latencies, under
from emulator.problems import choice, shown
from emulator.profiles import COMMON, PROFILES
from emulator.provider import Quirk
from emulator.schemas import schema
from emulator.vocabulary import Problem, Problems
from emulator.world.networks import canonical
from emulator.world.settings import Callbacks, Images, Server, Settings
from emulator.world.verdicts.outcome import merged

_MOST = 20  # problems told at once
_HINT = re.compile(r" \(did you mean [^()]*\?\)")


def load(
    config: Path | None, flags: Mapping[str, Any], environment: Mapping[str, str], quirks: Iterable[Quirk]
) -> Settings:
    """The settings of a start; raises Problems for everything wrong in file, environment or flags."""
    known = {quirk.name: quirk for quirk in quirks}
    from_file = _file(config, known) if config else {}
    from_environment = _environment(environment, known)
    _checked(flags, known, "flag")
    below = laid(from_file, from_environment)
    given = laid(below, flags)
    if hosts := flags.get("control", {}).get("hosts"):  # added to those that are listed elsewhere
        given = laid(given, {"control": {"hosts": [*below.get("control", {}).get("hosts", ()), *hosts]}})
    keyring.read(given, Path())
    return of(given, known)


def over(given: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """What was set in one place after a JSON merge patch; a latency of another distribution replaces the former."""
    return _merged(given, patch, lambda old, new: distribution(new) not in (None, distribution(old)))


def form(given: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting as it is written: what was set alone, over the profile."""
    profile = PROFILES[given.get("profile", "fast")]
    return {**laid(merged(COMMON, profile), given), "seed": given.get("seed")}


def laid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What was set in one place over what was set in another; a latency is one thing and replaces the other whole."""
    return _merged(below, above, lambda _old, new: bool(new.keys() - {"operations"}))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any], replaces: Callable[[Any, Any], bool]) -> dict[str, Any]:
    if below.get("latency") and above.get("latency"):
        below = {**below, "latency": under(below["latency"], above["latency"], replaces)}
    return dict(merged(below, above))


def of_account(chosen: Settings, own: Mapping[str, Any], quirks: Mapping[str, Quirk]) -> Settings:
    """The settings of an account that has some of its `own` over those `chosen` for the server; a profile of its own
    brings the limits, the latency and the waits of that profile, and changes nothing else.
    """
    below = chosen.given
    if "profile" in own:
        profile = merged(COMMON, PROFILES[own["profile"]])
        brought = {key: profile[key] for key in ("limits", "latency", "waits")}
        below = {**below, "callbacks": form(below)["callbacks"], **brought}
    return of(laid(below, own), quirks)


def of(given: Mapping[str, Any], quirks: Mapping[str, Quirk]) -> Settings:
    """The settings that follow from what was set alone; raises Problems for what no schema can say."""
    return _settings(form(given), given, quirks)


def _file(config: Path, quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    document = documents.read(config)
    if found := problems(document.data, quirks):
        raise Problems(document.located(found))
    data: dict[str, Any] = document.data or {}
    if "fixtures" in data:
        data["fixtures"] = [str(config.parent / folder) for folder in data["fixtures"]]
    keyring.read(data, config.parent)
    return data


def _environment(environment: Mapping[str, str], quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in variables.read(environment):
        try:
            _checked(variable.form, quirks, variable.name)
        except Problems as wrong:
            if near := variables.meant(variable.name):
                raise Problems([_hinted(problem, near) for problem in wrong.found]) from None
            raise
        found = merged(found, variable.form)
    return found


def _hinted(problem: Problem, near: Sequence[str]) -> Problem:
    """The same with the variables that may have been meant, in the place of a key that may have been."""
    expected = _HINT.sub("", problem.expected)
    return replace(problem, expected=f"{expected} (did you mean {' or '.join(near)}?)")


def _checked(given: Mapping[str, Any], quirks: Mapping[str, Quirk], source: str) -> None:
    if found := problems(dict(given), quirks):
        raise Problems([Problem(p.path, p.expected, p.got, source) for p in found])


def problems(given: Any, quirks: Mapping[str, Quirk]) -> list[Problem]:
    """What is wrong with settings as they are written, at most 20; what they mean together is not looked at."""
    found = schema("emulator/config").problems(given)
    named = given.get("quirks") if isinstance(given, Mapping) else None
    if isinstance(named, Mapping):
        found += [problem for name, value in named.items() for problem in _quirk(name, value, quirks)]
    return found[:_MOST]


def _quirk(name: str, value: Any, quirks: Mapping[str, Quirk]) -> Iterator[Problem]:
    path = f"$.quirks['{name}']"
    if name not in quirks:
        yield Problem(path, choice(name, quirks), name)
    elif not any(value == each and type(value) is type(each) for each in quirks[name].choices):
        yield Problem(path, f"one of {', '.join(map(shown, quirks[name].choices))}", shown(value))


def _check_names(form: Mapping[str, Any]) -> None:
    """The hosts that may be called must be names that a host can have."""
    for room in ("images", "callbacks"):
        for index, name in enumerate(form[room]["allow"]):
            try:
                canonical(name)
            except UnicodeError:
                expected = "a host name, an address, or *.suffix"
                raise Problems([Problem(f"$.{room}.allow[{index}]", expected, shown(name))]) from None


def _settings(form: Mapping[str, Any], given: Mapping[str, Any], quirks: Mapping[str, Quirk]) -> Settings:
    _check_names(form)
    keyring.check(form)
    images, callbacks = form["images"], form["callbacks"]
    of_all, single = latencies(form["latency"])
    return Settings(
        profile=form["profile"],
        server=Server(**form["server"]),
        images=Images(images["fetch"], tuple(images["allow"]), images["private"]),
        callbacks=Callbacks(
            *(callbacks["timeout"], tuple(callbacks["gaps"]), callbacks["pushes"], tuple(callbacks["allow"])),
            given=given.get("callbacks", {}),
            profile=form["profile"],
        ),
        limits=form["limits"],
        waits=form["waits"],
        latency=of_all,
        latencies=single,
        thresholds=form["thresholds"],
        quirks={name: form["quirks"].get(name, quirk.default) for name, quirk in quirks.items()},
        magic_words=form["magic_words"],
        journal_size=form["journal"]["size"],
        control_hosts=tuple(form["control"]["hosts"]),
        control_token=form["control"].get("token") or None,
        fixtures=(*map(Path, form["fixtures"]), FIXTURES),
        accounts=tuple(form["accounts"]),
        biz_types=form["biz_types"],
        seed=form["seed"],
        given=given,
        gateway_private_key=form["alipay"]["gateway_private_key"],
    )
