"""rules: what decides, in the order in which it is asked."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from emulator.planes.control import Conflict, Listed, NotFound, Reply, Route, Turn
from emulator.rulebook import built
from emulator.vocabulary import Problem, Problems
from emulator.world.budgets import MIB
from emulator.world.verdicts.conditions import Condition
from emulator.world.verdicts.rule import Rule

MOST = 200_000  # rules pushed at a time

_QUICK = 16 * 1024  # bytes of rules that are built in a moment, if they have no patterns
_LARGEST = 64 * MIB  # bytes that the rules of one body may take, patterns most of all


def listed(turn: Turn) -> Reply:
    judge, account = turn.house.world.judge, turn.account()
    if account is None:
        rules = [*judge.control, *judge.files.rules]
    else:
        rules = [*judge.control.of(account.id), *(r for r in judge.files.rules if r.account in (None, account.id))]
    return Reply(Listed((rule.listed() for rule in rules), len(rules)))


def one(turn: Turn) -> Reply:
    return Reply(_named(turn).listed())


async def push(turn: Turn) -> Reply:
    """One rule or a list of them, all or nothing."""
    data = await turn.json()
    forms = data if isinstance(data, list) else [data]
    try:
        rules = await _built(turn, forms, turn.house.world.judge.control.free_ids())
    except Problems as problems:
        if isinstance(data, list):
            raise
        raise Problems([Problem(f"${p.path[4:]}", p.expected, p.got) for p in problems.found]) from None
    await _install(turn, rules)
    stored = [rule.listed() for rule in rules]
    return Reply(stored if isinstance(data, list) else stored[0], 201)


async def put(turn: Turn) -> Reply:
    """Create or replace the rule of this id."""
    name, account = turn.names["id"], turn.account()
    present = _present(turn, name)
    if present is not None and present.source != "control":
        raise Conflict(f"rule {name} belongs to {present.source}; change it there")
    if present is not None and account is not None and present.account not in (None, account.id):
        raise Conflict(f"rule {name} belongs to account {present.account}; give yours another name")
    try:
        rules = await _built(turn, [await turn.json()], [name])
    except Problems as problems:
        raise Problems([Problem(f"${p.path[4:]}", p.expected, p.got) for p in problems.found]) from None
    turn.house.world.judge.control.claim(name)
    await _install(turn, rules, present)
    return Reply(rules[0].listed(), 200 if present else 201)


async def delete(turn: Turn) -> Reply:
    rule = _named(turn)
    if rule.source != "control":
        raise Conflict(f"rule {rule.id} belongs to {rule.source}; change it there")
    await _remove(turn, rule)
    return Reply({"deleted": 1})


async def clear(turn: Turn) -> Reply:
    """Remove control rules: all, or those of one account."""
    control, account = turn.house.world.judge.control, turn.account()
    owners = [account.id] if account else [None, *(each.id for each in turn.house.world.accounts)]
    gone = 0
    for owner in owners:
        gone += len(control.book(owner).rules)
        await control.change(owner, lambda _rules: ())
    turn.touched("removed the rules of")
    return Reply({"deleted": gone})


async def _built(turn: Turn, forms: list[Any], ids: Iterable[str]) -> list[Rule]:
    """The rules of some forms. Patterns take milliseconds each to compile, so those are built in a thread."""
    account, known = turn.account(), turn.house.known
    owner = account.id if account else ""

    def build() -> list[Rule]:
        rules = built(forms, known, ids, lambda _index: "control", room=_LARGEST)
        for rule in rules if owner else ():
            rule.account = owner
            rule.conditions = (*rule.conditions, Condition("account", "equals", (owner,)))
        return rules

    quick = len(turn.body) < _QUICK and b"regex" not in turn.body and b"glob" not in turn.body
    return build() if quick else await asyncio.to_thread(build)


async def _install(turn: Turn, rules: Sequence[Rule], replaced: Rule | None = None) -> None:
    """Put rules before those of their kind; raises Conflict where there is no room for them."""
    control = turn.house.world.judge.control
    size = sum(rule.size for rule in rules)
    if len(control) + len(rules) > MOST:
        raise Conflict(f"there are {len(control)} rules, and room for {MOST}; DELETE rules removes those pushed here")
    if not control.budget.take(size):
        most = f"{control.budget.most // MIB} MB"
        raise Conflict(f"the rules pushed here would take more than {most}; DELETE rules removes them")
    try:
        if replaced is not None:
            await _remove(turn, replaced)
        await control.change(rules[0].account if rules else None, lambda present: [*rules, *present])
    finally:
        control.budget.give(size)  # counted with the book from now on


async def _remove(turn: Turn, rule: Rule) -> None:
    control = turn.house.world.judge.control
    await control.change(rule.account, lambda present: [other for other in present if other is not rule])


def _present(turn: Turn, name: str) -> Rule | None:
    """The rule of this id, pushed or of a file."""
    judge = turn.house.world.judge
    return judge.control.named(name) or judge.files.by_id.get(name)


def _named(turn: Turn) -> Rule:
    rule = _present(turn, turn.names["id"])
    if rule is None:
        raise NotFound(f"no rule {turn.names['id'][:80]!r}")
    return rule


ROUTES = (
    Route("GET", "rules", listed, ("account",), answers={200: "Rules"}),
    Route("POST", "rules", push, ("account",), "rules#pushed", {201: "Stored", 409: "Error"}),
    Route("DELETE", "rules", clear, ("account",), answers={200: "Deleted"}),
    Route("GET", "rules/{id}", one, answers={200: "Rule"}),
    Route("PUT", "rules/{id}", put, ("account",), "rules#rule", {200: "Rule", 201: "Rule", 409: "Error"}),
    Route("DELETE", "rules/{id}", delete, answers={200: "Deleted", 409: "Error"}),
)
