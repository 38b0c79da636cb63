"""rules: what decides, in the order in which it is asked."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from emulator.documents import Document, is_deep
from emulator.documents.yaml12 import DEEPEST
from emulator.documents.yaml_text import written
from emulator.planes.control import YAML, Conflict, Listed, NotFound, Reply, Route, Turn
from emulator.rulebook import built
from emulator.vocabulary import Problem, Problems
from emulator.world.budgets import MIB
from emulator.world.pace import paced
from emulator.world.verdicts.conditions import Condition
from emulator.world.verdicts.rule import Rule
from emulator.world.verdicts.rulebooks import many_objects

MOST = 200_000  # rules pushed at a time

_QUICK = 16 * 1024  # bytes of rules that are built in a moment, if they have no patterns
_LARGEST = 64 * MIB  # bytes that the rules of one body may take, patterns most of all
_LONGEST = 16 * MIB  # bytes of rules as YAML
# What listed rules have beside their form.
_TOLD = frozenset({"id", "source", "account", "hits", "remaining", "warnings"})
_SOURCES = ("control", "files")


async def listed(turn: Turn) -> Reply:
    """Those that are asked, in their order; as YAML a rule file, to be kept or pushed again.

    A `source` is `control`, `files`, or a file by the end of its name. In YAML a remark tells of which account alone a
    rule is.
    """
    form = turn.chosen("format", ("json", "yaml"))
    judge, account = turn.house.world.judge, turn.account()
    if account is None:
        rules = [*judge.control, *judge.files.rules]
    else:
        rules = [*judge.control.of(account.id), *judge.files.rules]
    source = turn.query.get("source")
    if source is not None:
        rules = [rule async for rule in paced(rules) if _is_of(rule, source)]
        if not rules and source not in _SOURCES:
            raise Problems([Problem("?source", "control, files, or a file that rules are read from", source[:80])])
    if form == "json":
        return Reply(Listed((rule.listed() for rule in rules), len(rules)))
    return Reply(await asyncio.to_thread(_as_yaml, rules, account is None), kind=f"{YAML}; charset=utf-8")


def _is_of(rule: Rule, source: str) -> bool:
    if source == "files":
        return rule.source != "control"
    file = rule.source.rpartition(":")[0]
    return bool(source) and (source in (rule.source, file) or file.endswith((f"/{source}", f"\\{source}")))


def _as_yaml(rules: Iterable[Rule], of_all: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    for rule in rules:
        if of_all and rule.account is not None:  # a rule file has no place for it but a remark
            parts.append(f"# for account {rule.account} alone:\n".encode())
        parts.append(written([rule.form]).encode())
        size += len(parts[-1])
        if size > _LONGEST:
            raise Conflict(f"as YAML these are more than {_LONGEST // MIB} MB; ?account= or ?source= names fewer")
    return b"".join(parts) or b"[]\n"


def one(turn: Turn) -> Reply:
    return Reply(_named(turn).listed())


async def push(turn: Turn) -> Reply:
    """One rule or a list of them, all or nothing; as JSON or YAML, which may be a rule file."""
    document, at = await turn.document(), "$"
    data = document.data
    if turn.is_yaml and isinstance(data, dict) and data.keys() == {"rules"}:
        data, at = data["rules"] or [], "$.rules"
    alone = not isinstance(data, list)
    try:
        rules = await _built(turn, [data] if alone else data, turn.house.world.judge.control.free_ids())
    except Problems as problems:
        raise _placed(problems, document, at, alone) from None
    await _install(turn, rules)
    if not alone:
        return Reply(Listed((rule.listed() for rule in rules), bare=True), 201)
    return Reply(rules[0].listed(), 201)


async def put(turn: Turn) -> Reply:
    """Create or replace the rule of this id; as JSON or YAML."""
    name, account = turn.names["id"], turn.account()
    present = _present(turn, name)
    if present is not None and present.source != "control":
        raise Conflict(f"rule {name} belongs to {present.source}; change it there")
    if present is not None and account is not None and present.account not in (None, account.id):
        raise Conflict(f"rule {name} belongs to account {present.account}; give yours another name")
    document = await turn.document()
    try:
        rules = await _built(turn, [document.data], [name])
    except Problems as problems:
        raise _placed(problems, document, "$", alone=True) from None
    turn.house.world.judge.control.claim(name)
    rules[0].since = next(turn.house.world.numbers)
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


def _placed(problems: Problems, document: Document, at: str, alone: bool) -> Problems:
    """The same problems where they stand in the body: the list of rules is `at` there, or there is one rule `alone`."""
    cut = len("$[0]" if alone else "$")
    told = [Problem(at + problem.path[cut:], problem.expected, problem.got) for problem in problems.found]
    return Problems(document.located(told))


def _own(form: Any) -> Any:
    """A rule as it is written, without what only we tell of it."""
    if not isinstance(form, dict) or not _TOLD & form.keys():
        return form
    return {key: value for key, value in form.items() if key not in _TOLD}


async def _built(turn: Turn, forms: list[Any], ids: Iterable[str]) -> list[Rule]:
    """The rules of some forms. Patterns take milliseconds each to compile, so those are built in a thread."""
    account, known = turn.account(), turn.house.known
    owner = account.id if account else ""

    def build() -> list[Rule]:
        if is_deep(forms):  # one rule alone may have a level more than in a list, as files have them
            raise Problems([Problem("$", f"at most {DEEPEST} levels of nesting in a list of rules", "more")])
        rules = built(list(map(_own, forms)), known, ids, lambda _index: "control", room=_LARGEST)
        for rule in rules if owner else ():
            rule.account = owner
            rule.conditions = (*rule.conditions, Condition("account", "equals", (owner,)))
        return rules

    def build_many() -> list[Rule]:
        with many_objects():
            return build()

    quick = len(turn.body) < _QUICK and b"regex" not in turn.body and b"glob" not in turn.body
    return build() if quick else await asyncio.to_thread(build_many)


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
    if rule is None or not turn.concerns(rule.account):
        raise NotFound(f"no rule {turn.names['id'][:80]!r}")
    return rule


ROUTES = (
    Route("GET", "rules", listed, ("source", "format"), answers={200: f"Rules {YAML}", 409: "Error"}),
    Route("POST", "rules", push, (), "rules#pushed", {201: "Stored", 409: "Error"}, yaml=True),
    Route("DELETE", "rules", clear, answers={200: "Deleted"}),
    Route("GET", "rules/{id}", one, answers={200: "Rule"}),
    Route("PUT", "rules/{id}", put, (), "rules#rule", {200: "Rule", 201: "Rule", 409: "Error"}, yaml=True),
    Route("DELETE", "rules/{id}", delete, answers={200: "Deleted", 409: "Error"}),
)
