"""Reads latencies: fixed, uniform or lognormal, chosen by `distribution` or else by the parameters that are given.

Single operations may have a latency of their own, under `operations`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.config.model import Latency
from emulator.problems import shorten
from emulator.types import Problem, Problems

_PARAMETERS = {"fixed": ("seconds",), "uniform": ("min", "max"), "lognormal": ("median", "sigma")}
_REQUIRED = {"fixed": "seconds", "lognormal": "median"}


def find_distribution(form: Mapping[str, Any]) -> str | None:
    """Return the distribution that a latency names or whose parameters it has; None when it has neither."""
    given = {key for key, value in form.items() if value is not None}
    named = (name for name, parameters in _PARAMETERS.items() if given & {*parameters})
    return str(form["distribution"]) if "distribution" in given else next(named, None)


def keep_remaining(
    below: Mapping[str, Any], above: Mapping[str, Any], replaces: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
) -> dict[str, Any]:
    """Return the settings of the latency `below` that survive merging `above` over it.

    The latency of all operations is dropped where `replaces(below, above)` is true. Each operation under `operations`
    is decided for itself in the same way.
    """
    kept = {} if replaces(below, above) else {key: value for key, value in below.items() if key != "operations"}
    overrides = above.get("operations") or {}
    operations = {
        name: keep_remaining(each, overrides.get(name) or {}, replaces)
        for name, each in below.get("operations", {}).items()
    }
    return {**kept, "operations": operations} if operations else kept


def build_latencies(form: Mapping[str, Any]) -> tuple[Latency, dict[str, Latency]]:
    """Return the latency of all operations, and those of single operations by name. Raises Problems."""
    operations = form.get("operations", {})
    default = build_latency({key: value for key, value in form.items() if key != "operations"}, "$.latency")
    return default, {name: build_latency(each, f"$.latency.operations['{name}']") for name, each in operations.items()}


def build_latency(form: Mapping[str, Any], path: str) -> Latency:
    """Return the latency that `form` describes. Raises Problems with paths that begin with `path`."""
    kind = find_distribution(form) or "uniform"
    unexpected = [key for key in form if key not in (*_PARAMETERS[kind], "distribution")]
    if unexpected:
        expected = f"nothing but {', '.join(_PARAMETERS[kind])} where the latency is {kind}"
        raise Problems([Problem(f"{path}.{key}", expected, key) for key in unexpected])
    if kind in _REQUIRED and _REQUIRED[kind] not in form:
        raise Problems([Problem(path, f"a key {_REQUIRED[kind]}, as the latency is {kind}", shorten(form))])
    if kind == "fixed":
        return Latency(form["seconds"], form["seconds"])
    if kind == "lognormal":
        return Latency(median=form["median"], sigma=form.get("sigma", 0.5))
    least = form.get("min", 0)
    most = form.get("max", least)
    if least > most:
        raise Problems([Problem(path, "min not above max", shorten(form))])
    return Latency(least, most)
