"""Settings from flags over environment over file over profile; an unknown key is an error."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from emulator import documents
from emulator.assets import FIXTURES
from emulator.provider import Quirk
from emulator.schemas import schema, shown
from emulator.signatures import rsa2
from emulator.vocabulary import Problem, Problems
from emulator.world.networks import canonical
from emulator.world.settings import Callbacks, Images, Server, Settings
from emulator.world.verdicts.outcome import merged

PREFIX = "MODERATION_EMULATOR_"

_KEYS = {"gateway_private_key": rsa2.public_of, "app_public_key": rsa2.as_pem}

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
    "waits": {"alipay_result": 0.5, "alipay_analyze": 60, "alipay_retention": 31_536_000},
    "alipay": {"gateway_private_key": None},
    "biz_types": {},
    "seed": None,
    "quirks": {},
}
# Freshness and what a document states as a minimum hold in both profiles; only quotas, latency and the pace of
# callbacks differ. That pace is our own: Green tells of 16 pushes, but not how far apart, nor how long one waits.
PROFILES: Mapping[str, dict[str, Any]] = {
    "fast": {
        "profile": "fast",
        "latency": {"min": 0, "max": 0},
        "limits": {
            "aliyun_green": {"image_per_second": False, "text_per_second": False, "feedback_per_second": False},
            "aliyun_imageaudit": {"per_second": False},
            "alipay": {"per_second": False},
        },
        "callbacks": {"timeout": 2, "gaps": [0.01]},
    },
    "documented": {
        "profile": "documented",
        "latency": {"min": 0.05, "max": 0.3},
        "limits": {
            "aliyun_green": {"image_per_second": 50, "text_per_second": 100, "feedback_per_second": 20},
            "aliyun_imageaudit": {"per_second": 2},
            "alipay": {"per_second": False},
        },
        "callbacks": {"timeout": 10, "gaps": [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600]},
    },
}


def load(
    config: Path | None, flags: Mapping[str, Any], environment: Mapping[str, str], quirks: Iterable[Quirk]
) -> Settings:
    """The settings of a start; raises Problems for everything wrong in file, environment or flags."""
    known = {quirk.name: quirk for quirk in quirks}
    from_file = _file(config, known) if config else {}
    from_environment = _environment(environment, known)
    _checked(flags, known, "flag")
    given = merged(merged(from_file, from_environment), flags)
    profile = PROFILES[given.get("profile", "fast")]
    form = merged(merged(_COMMON, profile), given)
    form["seed"] = given.get("seed")
    if key := form["alipay"]["gateway_private_key"]:
        form["alipay"] = {"gateway_private_key": _read(Path(key), key)}
    return _settings(form, known)


def _file(config: Path, quirks: Mapping[str, Quirk]) -> dict[str, Any]:
    document = documents.read(config)
    problems = _problems(document.data, quirks)
    if problems:
        raise Problems(document.located(problems))
    data: dict[str, Any] = document.data or {}
    if "fixtures" in data:
        data["fixtures"] = [str(config.parent / folder) for folder in data["fixtures"]]
    for section in (data, *data.get("accounts", ())):
        keys = section.get("alipay", {})
        keys.update({name: _read(config.parent / keys[name], keys[name]) for name in _KEYS if keys.get(name)})
    return data


def _read(file: Path, text: str) -> str:
    """The content of a file, where a text names one."""
    try:
        return file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return text


def _environment(environment: Mapping[str, str], quirks: Mapping[str, Quirk]) -> dict[str, Any]:
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
        _checked(nested, quirks, variable)
        found = merged(found, nested)
    return found


def _checked(given: Mapping[str, Any], quirks: Mapping[str, Quirk], source: str) -> None:
    problems = _problems(dict(given), quirks)
    if problems:
        raise Problems([Problem(p.path, p.expected, p.got, source) for p in problems])


def _problems(given: Any, quirks: Mapping[str, Quirk]) -> list[Problem]:
    found = schema("emulator/config").problems(given)
    return found or [p for name, value in (given or {}).get("quirks", {}).items() for p in _quirk(name, value, quirks)]


def _quirk(name: str, value: Any, quirks: Mapping[str, Quirk]) -> Iterator[Problem]:
    path = f"$.quirks['{name}']"
    if name not in quirks:
        near = get_close_matches(name, quirks, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        yield Problem(path, f"one of {', '.join(quirks)}{hint}", name)
    elif not any(value == choice and type(value) is type(choice) for choice in quirks[name].choices):
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


def _settings(form: Mapping[str, Any], quirks: Mapping[str, Quirk]) -> Settings:
    _check_names(form)
    _check_keys(form)
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
        waits=form["waits"],
        latency=latency,
        thresholds=form["thresholds"],
        quirks={name: form["quirks"].get(name, quirk.default) for name, quirk in quirks.items()},
        magic_words=form["magic_words"],
        journal_size=form["journal"]["size"],
        control_hosts=tuple(form["control"]["hosts"]),
        fixtures=(*map(Path, form["fixtures"]), FIXTURES),
        accounts=tuple(form["accounts"]),
        biz_types=form["biz_types"],
        seed=form["seed"],
        gateway_private_key=form["alipay"]["gateway_private_key"],
    )


def _check_keys(form: Mapping[str, Any]) -> None:
    """Keys of RSA must be ones."""
    sections = [("$.alipay", form["alipay"])]
    sections += [(f"$.accounts[{n}].alipay", each.get("alipay", {})) for n, each in enumerate(form["accounts"])]
    for path, section in sections:
        for name, understood in _KEYS.items():
            try:
                if section.get(name):
                    understood(section[name])
            except ValueError as error:
                expected = "an RSA key as PEM or base64, or the path of a file with one"
                raise Problems([Problem(f"{path}.{name}", expected, str(error))]) from None
