"""rules: what decides, in the order in which it is asked."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from emulator.documents import Document, is_too_deep
from emulator.documents.yaml_reader import MAX_DEPTH
from emulator.documents.yaml_writer import write_yaml
from emulator.http.control import YAML, Conflict, ControlRequest, Listing, NotFound, Reply, Route
from emulator.resources.budgets import MIB
from emulator.resources.garbage import pause_garbage_collection
from emulator.resources.turns import take_turns
from emulator.rules.conditions import Condition
from emulator.rules.parse import parse_rules
from emulator.rules.rule import Rule
from emulator.types import Problem, Problems

MAX_RULES = 200_000  # rules pushed at a time

_QUICK_BYTES = 16 * 1024  # bytes of rules that are built in a moment, if they have no patterns
_MAX_BYTES = 64 * MIB  # bytes that the rules of one body may take, patterns most of all
_MAX_YAML_BYTES = 16 * MIB  # bytes of rules as YAML
# What listed rules have beside their form.
_READ_ONLY = frozenset({"id", "source", "account", "hits", "remaining", "warnings"})
_SOURCES = ("control", "files")


async def list_rules(request: ControlRequest) -> Reply:
    """Those that are asked, in their order; as YAML a rule file, to be kept or pushed again.

    A `source` is `control`, `files`, or a file by the end of its name. In YAML a remark tells of which account alone a
    rule is.
    """
    form = request.parse_choice("format", ("json", "yaml"))
    rule_engine, account = request.app.state.rule_engine, request.find_account()
    if account is None:
        rules = [*rule_engine.control, *rule_engine.files.rules]
    else:
        rules = [*rule_engine.control.iterate_for(account.id), *rule_engine.files.rules]
    source = request.query.get("source")
    if source is not None:
        rules = [rule async for rule in take_turns(rules) if _is_from(rule, source)]
        if not rules and source not in _SOURCES:
            raise Problems([Problem("?source", "control, files, or a file that rules are read from", source[:80])])
    if form == "json":
        return Reply(Listing((rule.to_dict() for rule in rules), len(rules)))
    return Reply(await asyncio.to_thread(_render_yaml, rules, account is None), media_type=f"{YAML}; charset=utf-8")


def _is_from(rule: Rule, source: str) -> bool:
    if source == "files":
        return rule.source != "control"
    file = rule.source.rpartition(":")[0]
    return bool(source) and (source in (rule.source, file) or file.endswith((f"/{source}", f"\\{source}")))


def _render_yaml(rules: Iterable[Rule], names_accounts: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    for rule in rules:
        if names_accounts and rule.account is not None:  # a rule file has no place for it but a remark
            parts.append(f"# for account {rule.account} alone:\n".encode())
        parts.append(write_yaml([rule.form]).encode())
        size += len(parts[-1])
        if size > _MAX_YAML_BYTES:
            raise Conflict(
                f"as YAML these are more than {_MAX_YAML_BYTES // MIB} MB; ?account= or ?source= names fewer"
            )
    return b"".join(parts) or b"[]\n"


def show_rule(request: ControlRequest) -> Reply:
    return Reply(_require_rule(request).to_dict())


async def push_rules(request: ControlRequest) -> Reply:
    """One rule or a list of them, all or nothing; as JSON or YAML, which may be a rule file."""
    document, at = await request.parse_document(), "$"
    data = document.data
    if request.is_yaml and isinstance(data, dict) and data.keys() == {"rules"}:
        data, at = data["rules"] or [], "$.rules"
    alone = not isinstance(data, list)
    try:
        rules = await _build_rules(
            request, [data] if alone else data, request.app.state.rule_engine.control.iterate_free_ids()
        )
    except Problems as problems:
        raise _locate_problems(problems, document, at, alone) from None
    await _install(request, rules)
    if not alone:
        return Reply(Listing((rule.to_dict() for rule in rules), bare=True), 201)
    return Reply(rules[0].to_dict(), 201)


async def put_rule(request: ControlRequest) -> Reply:
    """Create or replace the rule of this id; as JSON or YAML."""
    name, account = request.path_values["id"], request.find_account()
    existing = _find_rule(request, name)
    if existing is not None and existing.source != "control":
        raise Conflict(f"rule {name} belongs to {existing.source}; change it there")
    if existing is not None and account is not None and existing.account not in (None, account.id):
        raise Conflict(f"rule {name} belongs to account {existing.account}; give yours another name")
    document = await request.parse_document()
    try:
        rules = await _build_rules(request, [document.data], [name])
    except Problems as problems:
        raise _locate_problems(problems, document, "$", alone=True) from None
    request.app.state.rule_engine.control.claim_id(name)
    rules[0].since = next(request.app.state.entry_ids)
    await _install(request, rules, existing)
    return Reply(rules[0].to_dict(), 200 if existing else 201)


async def delete_rule(request: ControlRequest) -> Reply:
    rule = _require_rule(request)
    if rule.source != "control":
        raise Conflict(f"rule {rule.id} belongs to {rule.source}; change it there")
    await _remove(request, rule)
    return Reply({"deleted": 1})


async def delete_rules(request: ControlRequest) -> Reply:
    """Remove control rules: all, or those of one account."""
    control, account = request.app.state.rule_engine.control, request.find_account()
    owners = [account.id] if account else [None, *(each.id for each in request.app.state.accounts)]
    count = 0
    for owner in owners:
        count += len(control.find_book(owner).rules)
        await control.change(owner, lambda _rules: ())
    request.list_affected_accounts("removed the rules of")
    return Reply({"deleted": count})


def _locate_problems(problems: Problems, document: Document, at: str, alone: bool) -> Problems:
    """The same problems where they stand in the body: the list of rules is `at` there, or there is one rule `alone`."""
    cut = len("$[0]" if alone else "$")
    moved = [Problem(at + problem.path[cut:], problem.expected, problem.got) for problem in problems.found]
    return Problems(document.locate_problems(moved))


def _drop_read_only(form: Any) -> Any:
    """A rule as it is written, without what only we tell of it."""
    if not isinstance(form, dict) or not _READ_ONLY & form.keys():
        return form
    return {key: value for key, value in form.items() if key not in _READ_ONLY}


async def _build_rules(request: ControlRequest, forms: list[Any], ids: Iterable[str]) -> list[Rule]:
    """The rules of some forms. Patterns take milliseconds each to compile, so those are built in a thread."""
    account, rule_names = request.find_account(), request.app.rule_names
    owner = account.id if account else ""

    def build() -> list[Rule]:
        if is_too_deep(forms):  # one rule alone may have a level more than in a list, as files have them
            raise Problems([Problem("$", f"at most {MAX_DEPTH} levels of nesting in a list of rules", "more")])
        rules = parse_rules(
            list(map(_drop_read_only, forms)), rule_names, ids, lambda _index: "control", room=_MAX_BYTES
        )
        for rule in rules if owner else ():
            rule.account = owner
            rule.conditions = (*rule.conditions, Condition("account", "equals", (owner,)))
        return rules

    def build_many() -> list[Rule]:
        with pause_garbage_collection():
            return build()

    quick = len(request.body) < _QUICK_BYTES and b"regex" not in request.body and b"glob" not in request.body
    return build() if quick else await asyncio.to_thread(build_many)


async def _install(request: ControlRequest, rules: Sequence[Rule], replaced: Rule | None = None) -> None:
    """Put rules before those of their kind; raises Conflict where there is no room for them."""
    control = request.app.state.rule_engine.control
    size = sum(rule.size for rule in rules)
    if len(control) + len(rules) > MAX_RULES:
        raise Conflict(
            f"there are {len(control)} rules, and room for {MAX_RULES}; DELETE rules removes those pushed here"
        )
    if not control.budget.take(size):
        limit = f"{control.budget.most // MIB} MB"
        raise Conflict(f"the rules pushed here would take more than {limit}; DELETE rules removes them")
    try:
        if replaced is not None:
            await _remove(request, replaced)
        await control.change(rules[0].account if rules else None, lambda present: [*rules, *present])
    finally:
        control.budget.give(size)  # counted with the book from now on


async def _remove(request: ControlRequest, rule: Rule) -> None:
    control = request.app.state.rule_engine.control
    await control.change(rule.account, lambda present: [other for other in present if other is not rule])


def _find_rule(request: ControlRequest, name: str) -> Rule | None:
    """The rule of this id, pushed or of a file."""
    rule_engine = request.app.state.rule_engine
    return rule_engine.control.find(name) or rule_engine.files.by_id.get(name)


def _require_rule(request: ControlRequest) -> Rule:
    rule = _find_rule(request, request.path_values["id"])
    if rule is None or not request.is_visible(rule.account):
        raise NotFound(f"no rule {request.path_values['id'][:80]!r}")
    return rule


ROUTES = (
    Route("GET", "rules", list_rules, ("source", "format"), answers={200: f"Rules {YAML}", 409: "Error"}),
    Route("POST", "rules", push_rules, (), "rules#pushed", {201: "Stored", 409: "Error"}, yaml=True),
    Route("DELETE", "rules", delete_rules, answers={200: "Deleted"}),
    Route("GET", "rules/{id}", show_rule, answers={200: "Rule"}),
    Route("PUT", "rules/{id}", put_rule, (), "rules#rule", {200: "Rule", 201: "Rule", 409: "Error"}, yaml=True),
    Route("DELETE", "rules/{id}", delete_rule, answers={200: "Deleted", 409: "Error"}),
)
