"""Rules that are pushed, replaced and removed while the server runs."""

from collections.abc import Iterable, Sequence
from typing import Any

from emulator.app import App, Conflict
from emulator.resources.budgets import MIB
from emulator.rules.conditions import Condition
from emulator.rules.parse import parse_rules
from emulator.rules.rule import CONTROL, Rule
from emulator.state.accounts import Account
from emulator.state.store.row import SHARED, Row

MAX_RULES = 200_000  # rules pushed at a time
_MAX_BYTES = 64 * MIB  # bytes that the rules of one request may take, patterns most of all


def parse_pushed_rules(app: App, forms: list[Any], ids: Iterable[str], account: Account | None) -> list[Rule]:
    """Return the rules of some written forms. With an account, they apply to calls of this account alone.

    Raises Problems with paths such as `$[3].match.url`. Patterns take milliseconds each to compile.
    """
    rules = parse_rules(forms, app.rule_names, ids, lambda _index: CONTROL, max_bytes=_MAX_BYTES)
    if account is not None:
        for rule in rules:
            rule.account = account.id
            rule.conditions = (*rule.conditions, Condition("account", "equals", (account.id,)))
    return rules


def parse_kept_rule(app: App, form: Any, name: str, owner: str | None) -> Rule:
    """Return the rule of a written form that was pushed before, under its id. Raises Problems."""
    (rule,) = parse_pushed_rules(app, [form], [name], app.state.accounts.find(owner) if owner else None)
    return rule


async def push_rules(app: App, rules: Sequence[Rule], replaced: Rule | None = None) -> None:
    """Put rules of one account, or rules for all accounts, before the other rules of the same book.

    The rule `replaced` is removed first. Raises Conflict when there is no room for the rules.
    """
    control = app.state.rule_engine.control
    size = sum(rule.size for rule in rules)
    if len(control) + len(rules) > MAX_RULES:
        text = f"there are {len(control)} rules, and room for {MAX_RULES}; DELETE rules removes those pushed here"
        raise Conflict(text)
    if not control.budget.take(size):
        limit = f"{control.budget.most // MIB} MB"
        raise Conflict(f"the rules pushed here would take more than {limit}; DELETE rules removes them")
    control.pushes += 1
    rows = [_build_row(rule, control.pushes, at) for at, rule in enumerate(rules)]
    owner = rules[0].account if rules else None
    if replaced is not None and replaced.account != owner:
        rows.append(_forget(replaced))
    try:
        await control.change(
            owner,
            lambda present: [*rules, *(rule for rule in present if rule is not replaced)],
            lambda: app.state.store.keep(rows),
        )
        if replaced is not None and replaced.account != owner:
            await control.change(replaced.account, lambda present: [rule for rule in present if rule is not replaced])
    finally:
        control.budget.give(size)  # counted with the book from now on


async def put_rule(app: App, rule: Rule, replaced: Rule | None) -> None:
    """Put a rule whose id was chosen by the caller; raises Conflict as `push_rules` does."""
    app.state.rule_engine.control.claim_id(rule.id)
    rule.first_entry_id = next(app.state.entry_ids)
    await push_rules(app, [rule], replaced)


async def remove_rule(app: App, rule: Rule) -> None:
    """Remove one pushed rule."""
    control = app.state.rule_engine.control
    await control.change(
        rule.account,
        lambda present: [other for other in present if other is not rule],
        lambda: app.state.store.keep([_forget(rule)]),
    )


async def remove_rules(app: App, account: Account | None) -> int:
    """Remove the pushed rules of one account, or all, and return how many there were."""
    owners = [account.id] if account else [None, *(each.id for each in app.state.accounts)]
    return sum([await clear_rules(app, owner) for owner in owners])


async def clear_rules(app: App, owner: str | None) -> int:
    """Remove the pushed rules of one account, or with None those for all accounts, and return how many there were."""
    control, gone = app.state.rule_engine.control, list[Rule]()
    if not control.find_book(owner).rules:
        return 0

    def take_all(present: Sequence[Rule]) -> tuple[Rule, ...]:
        gone.extend(present)
        return ()

    await control.change(owner, take_all, lambda: app.state.store.keep([_forget(rule) for rule in gone]))
    return len(gone)


def _build_row(rule: Rule, push: int, at: int) -> Row:
    """Return the row that keeps a rule: its written form, the number of its push, and its place in that."""
    return Row("rule", rule.account or SHARED, rule.id, (rule.form, push, at))


def _forget(rule: Rule) -> Row:
    return Row("rule", rule.account or SHARED, rule.id, None)
