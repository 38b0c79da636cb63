"""Every limit of a request schema holds on the wire: at n - 1, n and n + 1, for each listed value and no other."""

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, find_schema, get_sample, send
from moderation_emulator.contract.running_server import RunningServer

Path = tuple[str | int, ...]

_GONE = object()


class Limit(NamedTuple):
    """A keyword of a schema that limits values.

    keyword: Its name.
    bound: Its value.
    path: Where the values stand that it limits.
    code: The code with which a breach is refused.
    opposite: The limit at the other end, whose breach is another case.
    """

    keyword: str
    bound: Any
    path: Path
    code: str
    opposite: Any = None


class Case(NamedTuple):
    """A call with one value at or beyond a limit.

    provider: Whose call it is.
    operation: What is called.
    path: The parameter that has the value.
    value: The value.
    code: The code of the refusal; None when the call must be answered.
    """

    provider: str
    operation: str
    path: Path
    value: Any
    code: str | None


def iterate_limits(node: Any, default: str, path: Path = ()) -> Iterator[Limit]:
    codes = node.get("x-errors", {})
    for keyword in ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "enum"):
        if keyword in node:
            opposite = node.get({"min": "max", "max": "min"}.get(keyword[:3], "") + keyword[3:])
            yield Limit(keyword, node[keyword], path, codes.get(keyword, default), opposite)
    for name in node.get("required", ()):
        yield Limit("required", None, (*path, name), codes.get(f"required.{name}", default))
    for name, inner in node.get("properties", {}).items():
        yield from iterate_limits(inner, default, (*path, name))
    if isinstance(node.get("items"), dict):
        yield from iterate_limits(node["items"], default, (*path, 0))
    for inner in node.get("allOf", ()):
        yield from iterate_limits(inner, default, path)


def get_at(params: Any, path: Path) -> Any:
    for step in path:
        params = params[step]
    return params


def iterate_values(limit: Limit, sample: Any) -> Iterator[tuple[Any, bool]]:
    """Yield values around a limit, and whether they keep it."""
    bound = limit.bound
    match limit.keyword:
        case "required":
            yield _GONE, False
        case "enum":
            yield from ((value, True) for value in bound)
            spelt = [value for value in bound if isinstance(value, str)]  # a number is taken as text, too
            wrong = ["", "no such value", *(value.swapcase() for value in spelt), *(f"{value} " for value in spelt)]
            wrong += [] if spelt else [max(bound) + 1, min(bound) - 1]
            yield from ((value, False) for value in wrong if value not in bound)
        case "minimum" | "maximum":
            below = limit.keyword == "minimum"
            yield from ((bound + step, (step >= 0) if below else (step <= 0)) for step in (-1, 0, 1))
        case _:
            below = limit.keyword.startswith("min")
            for size in (bound - 1, bound, bound + 1):
                if limit.opposite is not None and (size > limit.opposite if below else size < limit.opposite):
                    continue
                filler = "a" if isinstance(sample, str) else [sample[-1]]
                value = sample + filler * (size - len(sample)) if size > len(sample) else sample[:size]
                yield value, size >= bound if below else size <= bound


def iterate_cases() -> Iterator[Any]:
    for provider, operation in OPERATIONS:
        schema = json.loads(find_schema(provider, operation, "request").read_text(encoding="utf-8"))
        valid = get_sample(provider, operation).params(["one"])
        for limit in iterate_limits(schema, schema["x-errors"]["default"]):
            if limit.keyword == "required" and len(get_at(valid, limit.path[:-1])) == 1 and len(limit.path) > 1:
                continue  # without its only key the item is not there at all, and another rule is broken
            for number, (value, kept) in enumerate(iterate_values(limit, get_at(valid, limit.path))):
                name = f"{provider}-{operation}-{'.'.join(map(str, limit.path))}-{limit.keyword}-{number}"
                case = Case(provider, operation, limit.path, value, None if kept else limit.code)
                yield pytest.param(case, id=name)


@pytest.mark.parametrize("case", list(iterate_cases()))
def test_each_limit_holds_on_the_wire(live: RunningServer, case: Case) -> None:
    params = copy.deepcopy(get_sample(case.provider, case.operation).params(["one"]))
    if not case.path:
        params = case.value
    elif case.value is _GONE:
        del get_at(params, case.path[:-1])[case.path[-1]]
    else:
        get_at(params, case.path[:-1])[case.path[-1]] = make_distinct(case.value)
    answer = send(live, case.provider, case.operation, params)
    entry = live.list_entries()[0]
    if case.code is None:
        assert (entry.code, entry.outcome) == (None, "pass")
        return
    row = PROVIDERS[case.provider].errors.find_row(case.code, case.operation)
    task = next((str(step + 1) for step in case.path if isinstance(step, int)), "N")
    code, message = CONTRACTS[case.provider].refusal(answer)
    assert (answer.status_code, code) == (row.status, row.code.replace(".N.", f".{task}."))
    assert message.startswith(row.message.replace(".N.", f".{task}."))
    assert message == row.message.replace(".N.", f".{task}.") or row.worded_here
    assert (entry.outcome, entry.decided_by[0]) == ("refused", "schema")


def make_distinct(value: Any) -> Any:
    """Items of a list that was filled up may have to differ in whatever identifies them."""
    if not isinstance(value, list):
        return value
    return [
        {key: f"{inner}-{n}" if key.lower() in ("dataid", "data_id") else inner for key, inner in item.items()}
        if isinstance(item, dict)
        else item
        for n, item in enumerate(value)
    ]
