"""rules: the rules that decide calls, in the order in which they are asked."""

import asyncio
from collections.abc import Iterable
from typing import Any

from emulator.app import Conflict
from emulator.app.rules import parse_pushed_rules, push_rules, put_rule, remove_rule, remove_rules
from emulator.control import YAML, Listing, NotFound, Reply, Route
from emulator.documents import Document, is_too_deep
from emulator.documents.yaml_reader import MAX_DEPTH
from emulator.documents.yaml_writer import write_yaml
from emulator.http.control import AppRequest
from emulator.resources.budgets import MIB
from emulator.resources.garbage import pause_garbage_collection
from emulator.resources.turns import take_turns
from emulator.rules.rule import Rule
from emulator.types import Problem, Problems

_QUICK_BYTES = 16 * 1024  # bytes of rules that are built at once, if they have no patterns
_MAX_YAML_BYTES = 16 * MIB  # bytes of an answer as YAML
# Keys of a listed rule that are not part of its written form.
_READ_ONLY = frozenset({"id", "source", "account", "hits", "remaining", "warnings"})
_SOURCES = ("control", "files")


async def list_rules(request: AppRequest) -> Reply:
    """List the rules in the order in which they are asked, as JSON or as a YAML rule file.

    The YAML can be kept as a file or pushed again. A comment in it names the account of a rule that is for one account
    alone. `source` is `control`, `files`, or the end of the name of a file.
    """
    form = request.parse_choice("format", ("json", "yaml"))
    rule_engine, account = request.state.rule_engine, request.find_account()
    rules = [*rule_engine.iterate_rules(account.id if account else None)]
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
        return not rule.is_pushed
    file = rule.source.rpartition(":")[0]
    return bool(source) and (source in (rule.source, file) or file.endswith((f"/{source}", f"\\{source}")))


def _render_yaml(rules: Iterable[Rule], names_accounts: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    for rule in rules:
        if names_accounts and rule.account is not None:  # a rule file has no key for the account
            parts.append(f"# for account {rule.account} alone:\n".encode())
        parts.append(write_yaml([rule.form]).encode())
        size += len(parts[-1])
        if size > _MAX_YAML_BYTES:
            text = f"as YAML these are more than {_MAX_YAML_BYTES // MIB} MB; ?account= or ?source= names fewer"
            raise Conflict(text)
    return b"".join(parts) or b"[]\n"


def show_rule(request: AppRequest) -> Reply:
    """Return one rule with its source and hits."""
    return Reply(_require_rule(request).to_dict())


async def create_rules(request: AppRequest) -> Reply:
    """Create one rule or a list of rules from JSON or YAML, all of them or none.

    The YAML may be a rule file.
    """
    document, at = await request.parse_document(), "$"
    data = document.data
    if request.is_yaml and isinstance(data, dict) and data.keys() == {"rules"}:
        data, at = data["rules"] or [], "$.rules"
    alone = not isinstance(data, list)
    try:
        rules = await _build_rules(
            request, [data] if alone else data, request.state.rule_engine.control.iterate_free_ids()
        )
    except Problems as problems:
        raise _locate_problems(problems, document, at, alone) from None
    await push_rules(request.app, rules)
    if not alone:
        return Reply(Listing((rule.to_dict() for rule in rules), bare=True), 201)
    return Reply(rules[0].to_dict(), 201)


async def replace_rule(request: AppRequest) -> Reply:
    """Create or replace the rule of this id from JSON or YAML."""
    name, account = request.path_values["id"], request.find_account()
    existing = request.state.rule_engine.find_rule(name)
    if existing is not None and not existing.is_pushed:
        raise Conflict(f"rule {name} belongs to {existing.source}; change it there")
    if existing is not None and account is not None and existing.account not in (None, account.id):
        raise Conflict(f"rule {name} belongs to account {existing.account}; give yours another name")
    document = await request.parse_document()
    try:
        rules = await _build_rules(request, [document.data], [name])
    except Problems as problems:
        raise _locate_problems(problems, document, "$", alone=True) from None
    await put_rule(request.app, rules[0], existing)
    return Reply(rules[0].to_dict(), 200 if existing else 201)


async def delete_rule(request: AppRequest) -> Reply:
    """Remove one control rule."""
    rule = _require_rule(request)
    if not rule.is_pushed:
        raise Conflict(f"rule {rule.id} belongs to {rule.source}; change it there")
    await remove_rule(request.app, rule)
    return Reply({"deleted": 1})


async def delete_rules(request: AppRequest) -> Reply:
    """Remove all control rules, or the control rules of `?account=` alone."""
    count = await remove_rules(request.app, request.find_account())
    request.list_affected_accounts("removed the rules of")
    return Reply({"deleted": count})


def _locate_problems(problems: Problems, document: Document, at: str, alone: bool) -> Problems:
    """Return the problems with their paths in the body, where the rules begin at the path `at`.

    `alone` says that one rule stands there instead of a list.
    """
    cut = len("$[0]" if alone else "$")
    moved = [Problem(at + problem.path[cut:], problem.expected, problem.got) for problem in problems.found]
    return Problems(document.locate_problems(moved))


def _drop_read_only(form: Any) -> Any:
    """Return a rule in its written form, without the keys that only answers have."""
    if not isinstance(form, dict) or not _READ_ONLY & form.keys():
        return form
    return {key: value for key, value in form.items() if key not in _READ_ONLY}


async def _build_rules(request: AppRequest, forms: list[Any], ids: Iterable[str]) -> list[Rule]:
    """Return the rules of some written forms. Raises Problems.

    A pattern takes milliseconds to compile, so rules with patterns, and many rules, are built in a thread.
    """
    account = request.find_account()

    def build() -> list[Rule]:
        if is_too_deep(forms):  # alone in the body a rule could be one level deeper than in the list of a file
            raise Problems([Problem("$", f"at most {MAX_DEPTH} levels of nesting in a list of rules", "more")])
        return parse_pushed_rules(request.app, list(map(_drop_read_only, forms)), ids, account)

    def build_many() -> list[Rule]:
        with pause_garbage_collection():
            return build()

    quick = len(request.body) < _QUICK_BYTES and b"regex" not in request.body and b"glob" not in request.body
    return build() if quick else await asyncio.to_thread(build_many)


def _require_rule(request: AppRequest) -> Rule:
    rule = request.state.rule_engine.find_rule(request.path_values["id"])
    if rule is None or not request.is_visible(rule.account):
        raise NotFound("no rule", request.path_values["id"])
    return rule


ROUTES = (
    Route(
        "GET",
        "rules",
        list_rules,
        ("source", "format"),
        answers={200: f"Rules {YAML}", 409: "Error"},
        operation_id="rules_listed",
    ),
    Route(
        "POST",
        "rules",
        create_rules,
        (),
        "rules#pushed",
        {201: "Stored", 409: "Error"},
        yaml=True,
        operation_id="rules_push",
    ),
    Route("DELETE", "rules", delete_rules, answers={200: "Deleted"}, operation_id="rules_clear"),
    Route("GET", "rules/{id}", show_rule, answers={200: "Rule"}, operation_id="rules_one"),
    Route(
        "PUT",
        "rules/{id}",
        replace_rule,
        (),
        "rules#rule",
        {200: "Rule", 201: "Rule", 409: "Error"},
        yaml=True,
        operation_id="rules_put",
    ),
    Route("DELETE", "rules/{id}", delete_rule, answers={200: "Deleted", 409: "Error"}, operation_id="rules_delete"),
)
