"""Rules of the control API: a book for each account and one for all, asked as if they were one."""

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import count, islice
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.resources.budgets import Budget
from emulator.rules.conditions import Condition, parse_match
from emulator.rules.outcome import Error
from emulator.rules.precedence import rank
from emulator.rules.rule import Rule
from emulator.rules.rulebooks import ControlRules, Rulebook

_numbers = count(1)


def make_rule(match: dict[str, Any] | None = None, account: str | None = None, size: int = 100, **rest: Any) -> Rule:
    conditions = parse_match(match or {})
    if account is not None:
        conditions = (*conditions, Condition("account", "equals", (account,)))
    return Rule(f"r-{next(_numbers)}", "control", {}, conditions, Error("E"), account=account, size=size, **rest)


def make_control_rules(budget: Budget | None = None) -> ControlRules:
    return ControlRules(budget or Budget(1_000_000))


def add(rule: Rule, present: Sequence[Rule]) -> list[Rule]:
    return [rule, *present]


RULES = st.lists(
    st.tuples(st.sampled_from([None, "acc-1", "acc-2"]), st.sampled_from([0, 0, 1, -1]), st.sampled_from(["a", "b"])),
    max_size=12,
)


@given(RULES)
def test_asked_as_one_book_would_be(given: list[tuple[str | None, int, str]]) -> None:
    rules = [make_rule({"text": {"contains": word}}, account, priority=priority) for account, priority, word in given]
    books = make_control_rules()
    for each in rules:
        asyncio.run(books.change(each.account, partial(add, each)))
    newest_first = rules[::-1]
    whole = Rulebook(sorted(newest_first, key=rank))
    for account in ("acc-1", "acc-2", "acc-3"):
        facts = {"account": account, "text": "a"}
        assert list(books.find_per_item(account, facts)) == list(whole.per_item.find_matching(facts))
        assert list(books.iterate_for(account)) == [each for each in whole.rules if each.account in (None, account)]
    assert len(books) == len(rules)
    assert sorted(each.id for each in books) == sorted(each.id for each in rules)


async def test_changes_at_the_same_time_lose_nothing() -> None:
    """Above some hundred rules a book is made in a thread, and others go on meanwhile."""
    books, many = make_control_rules(), [make_rule({"text": str(number)}) for number in range(400)]
    await books.change(None, lambda _none: many)
    added = [make_rule({"text": f"new {number}"}) for number in range(20)]
    await asyncio.gather(*(books.change(None, partial(add, each)) for each in added))
    assert len(books) == 420
    assert {each.id for each in added} <= {each.id for each in books}


async def test_a_change_of_one_account_does_not_wait_for_another() -> None:
    books = make_control_rules()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hold_lock() -> None:
        async with books._locks.setdefault("acc-1", asyncio.Lock()):
            begun.set()
            await ended.wait()

    holding = asyncio.create_task(hold_lock())
    await begun.wait()
    await books.change("acc-2", lambda _none: [make_rule(account="acc-2")])
    assert len(books) == 1
    ended.set()
    await holding


async def test_an_account_that_is_gone_meanwhile_stays_without_rules() -> None:
    budget = Budget(1_000_000)
    books = make_control_rules(budget)
    many = [make_rule({"text": str(number)}, "acc-1") for number in range(400)]
    making = asyncio.create_task(books.change("acc-1", lambda _none: many))
    await asyncio.sleep(0)
    books.drop("acc-1")
    await making
    assert (len(books), budget.used) == (0, 0)


async def test_what_books_hold_is_counted() -> None:
    budget = Budget(1_000_000)
    books = make_control_rules(budget)
    await books.change(None, lambda _none: [make_rule(size=10), make_rule(size=20)])
    await books.change("acc-1", lambda _none: [make_rule(size=5)])
    assert budget.used == 35
    await books.change(None, lambda present: present[:1])
    books.drop("acc-1")
    assert budget.used in (10, 20)
    await books.change(None, lambda _present: [])
    assert budget.used == 0


def test_free_ids_are_none_that_was_claimed() -> None:
    books = make_control_rules()
    assert [*islice(books.iterate_free_ids(), 2)] == ["rule-1", "rule-2"]
    books.claim_id("rule-1")
    books.claim_id("mine")
    books.claim_id("rule-100")
    assert next(books.iterate_free_ids()) == "rule-101"


async def test_how_many_are_tried_one_by_one() -> None:
    books = make_control_rules()
    await books.change(
        None, lambda _none: [make_rule({"text": {"regex": "(?i)x"}}), make_rule({"text": "y"}), make_rule({})]
    )
    assert books.unindexed == 2
    await books.change(None, lambda _present: [])
    assert books.unindexed == 0
