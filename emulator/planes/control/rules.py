"""rules: what decides, in the order in which it is asked."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from emulator.planes.control import Conflict, NotFound, Reply, Route, Turn
from emulator.rulebook import built
from emulator.vocabulary import Problem, Problems
from emulator.world.verdicts.conditions import Condition
from emulator.world.verdicts.judge import Rulebook
from emulator.world.verdicts.rule import Rule

MOST = 200_000  # rules pushed at a time

_numbers = count(1)


def listed(turn: Turn) -> Reply:
    account = turn.account()
    rules = [rule for rule in _all(turn) if account is None or rule.account in (None, account.id)]
    return Reply({"items": [rule.listed() for rule in rules], "total": len(rules)})


def one(turn: Turn) -> Reply:
    return Reply(_named(turn).listed())


def push(turn: Turn) -> Reply:
    """One rule or a list of them, all or nothing."""
    data = turn.json()
    forms = data if isinstance(data, list) else [data]
    try:
        rules = _built(turn, forms, _free_ids(turn))
    except Problems as problems:
        if isinstance(data, list):
            raise
        raise Problems([Problem(f"${p.path[4:]}", p.expected, p.got) for p in problems.found]) from None
    present = turn.house.world.judge.control.rules
    if len(rules) + len(present) > MOST:
        raise Conflict(f"there are {len(present)} rules, and room for {MOST}; DELETE rules removes those pushed here")
    _install(turn, [*rules, *present])
    stored = [rule.listed() for rule in rules]
    return Reply(stored if isinstance(data, list) else stored[0], 201)


def put(turn: Turn) -> Reply:
    """Create or replace the rule of this id."""
    name, account = turn.names["id"], turn.account()
    present = {rule.id: rule for rule in _all(turn)}
    if name in present and present[name].source != "control":
        raise Conflict(f"rule {name} belongs to {present[name].source}; change it there")
    if name in present and account is not None and present[name].account not in (None, account.id):
        raise Conflict(f"rule {name} belongs to account {present[name].account}; give yours another name")
    try:
        rule = _built(turn, [turn.json()], [name])[0]
    except Problems as problems:
        raise Problems([Problem(f"${p.path[4:]}", p.expected, p.got) for p in problems.found]) from None
    others = [other for other in turn.house.world.judge.control.rules if other.id != name]
    _install(turn, [rule, *others])
    return Reply(rule.listed(), 200 if name in present else 201)


def delete(turn: Turn) -> Reply:
    rule = _named(turn)
    if rule.source != "control":
        raise Conflict(f"rule {rule.id} belongs to {rule.source}; change it there")
    _install(turn, [other for other in turn.house.world.judge.control.rules if other is not rule])
    return Reply({"deleted": 1})


def clear(turn: Turn) -> Reply:
    """Remove control rules: all, or those of one account."""
    account = turn.account()
    rules = turn.house.world.judge.control.rules
    kept = [rule for rule in rules if account is not None and rule.account != account.id]
    _install(turn, kept)
    turn.touched("removed the rules of")
    return Reply({"deleted": len(rules) - len(kept)})


def _free_ids(turn: Turn) -> Iterator[str]:
    taken = {rule.id for rule in _all(turn)}
    return (name for number in _numbers if (name := f"rule-{number}") not in taken)


def _built(turn: Turn, forms: list[Any], ids: Iterable[str]) -> list[Rule]:
    rules = built(forms, turn.house.known, ids, lambda _index: "control")
    account = turn.account()
    for rule in rules:
        if account is not None:
            rule.account = account.id
            rule.conditions = (*rule.conditions, Condition("account", "equals", (account.id,)))
    return rules


def _install(turn: Turn, rules: list[Rule]) -> None:
    """In precedence: priority, rules of one account, the newest; a list pushed at once keeps its order."""
    turn.house.world.judge.control = Rulebook(sorted(rules, key=lambda rule: (-rule.priority, rule.account is None)))


def _all(turn: Turn) -> list[Rule]:
    judge = turn.house.world.judge
    return [*judge.control.rules, *judge.files.rules]


def _named(turn: Turn) -> Rule:
    for rule in _all(turn):
        if rule.id == turn.names["id"]:
            return rule
    raise NotFound(f"no rule {turn.names['id'][:80]!r}")


ROUTES = (
    Route("GET", "rules", listed, ("account",), answers={200: "Rules"}),
    Route("POST", "rules", push, ("account",), "rules#pushed", {201: "Stored", 409: "Error"}),
    Route("DELETE", "rules", clear, ("account",), answers={200: "Deleted"}),
    Route("GET", "rules/{id}", one, answers={200: "Rule"}),
    Route("PUT", "rules/{id}", put, ("account",), "rules#rule", {200: "Rule", 201: "Rule", 409: "Error"}),
    Route("DELETE", "rules/{id}", delete, answers={200: "Deleted", 409: "Error"}),
)
