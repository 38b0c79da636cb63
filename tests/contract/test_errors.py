"""Every error row of every provider can be had in every operation: by a rule and by a magic word, as documented."""

from typing import Any

import pytest

from emulator.atlas import atlas
from emulator.server import providers
from emulator.vocabulary import ErrorRow
from tests.contract.provoke import CALLERS, Told
from tests.live import Live

PROVIDERS = providers()
CASES = [
    pytest.param(provider.name, operation, row, id=f"{provider.name}-{operation}-{row.code}")
    for provider in PROVIDERS.values()
    for row in provider.rows
    for operation in row.operations or provider.operations
]
HOW = {(item["provider"], item["code"]): item["how"] for item in atlas(PROVIDERS.values())}
SPOKEN = [case for case in CASES if case.values[1] not in CALLERS[str(case.values[0])].silent]
SEVERAL = [case for case in SPOKEN if CALLERS[str(case.values[0])].elements is not None]


def drawn(row: ErrorRow, task: int) -> Told:
    """A row as it travels, told of this task."""
    return row.code.replace(".N.", f".{task}."), row.message.replace(".N.", f".{task}.")


def send(live: Live, provider: str, operation: str, *words: str) -> Any:
    caller = CALLERS[provider]
    return caller.send(live, operation, caller.params(operation, words))


def test_every_provider_has_a_caller() -> None:
    assert CALLERS.keys() == PROVIDERS.keys()


@pytest.mark.parametrize(
    ("provider", "operation"), [(p.name, name) for p in PROVIDERS.values() for name in p.operations]
)
def test_a_plain_call_is_answered(live: Live, provider: str, operation: str) -> None:
    answer = send(live, provider, operation, "one")
    (entry,) = live.entries()
    assert (entry.provider, entry.operation, entry.status, entry.code) == (
        provider,
        operation,
        answer.status_code,
        None,
    )
    assert entry.outcome == "pass"
    assert entry.warnings == ()


@pytest.mark.parametrize(("provider", "operation", "row"), CASES)
def test_by_the_rule_of_the_atlas(live: Live, provider: str, operation: str, row: ErrorRow) -> None:
    rule = live.control("POST", "rules", HOW[provider, row.code]["rule"])
    assert rule.status_code == 201
    answer = send(live, provider, operation, "one")
    assert answer.status_code == row.status
    assert CALLERS[provider].refusal(answer) == drawn(row, 1)
    entry = live.entries()[0]
    assert (entry.code, entry.outcome, entry.decided_by[:2]) == (row.code, "error", ("rule", rule.json()["id"]))


def itemised(provider: str, row: ErrorRow) -> bool:
    """Whether an error of a task shows in its item, even where there is no other task."""
    return PROVIDERS[provider].itemised and row.scope == "task"


@pytest.mark.parametrize(("provider", "operation", "row"), SPOKEN)
def test_by_the_magic_word_of_the_atlas(live: Live, provider: str, operation: str, row: ErrorRow) -> None:
    caller = CALLERS[provider]
    answer = send(live, provider, operation, HOW[provider, row.code]["magic"])
    if itemised(provider, row):
        assert caller.elements is not None
        assert (answer.status_code, caller.elements(caller.outcome(live, answer))) == (200, [drawn(row, 1)])
        for entry in live.entries():
            assert (entry.code, entry.outcome, entry.decided_by[0], entry.warnings) == (None, "error", "magic", ())
        return
    told_later = row.scope == "task" and PROVIDERS[provider].operations[operation].asynchronous
    answer = caller.outcome(live, answer) if told_later else answer
    assert answer.status_code == row.status
    assert caller.refusal(answer) == drawn(row, 1)
    entry = live.entries()[0]
    code = None if told_later and entry.operation == operation else row.code
    assert (entry.code, entry.outcome, entry.decided_by[0], entry.warnings) == (code, "error", "magic", ())


@pytest.mark.parametrize("by", ["rule", "magic"])
@pytest.mark.parametrize(("provider", "operation", "row"), SEVERAL)
def test_of_the_second_of_three_tasks(live: Live, provider: str, operation: str, row: ErrorRow, by: str) -> None:
    caller, word = CALLERS[provider], HOW[provider, row.code]["magic"]
    if by == "rule":
        word = "two"
        for key in ("url", "text"):
            live.rule({"provider": provider, key: {"contains": word}}, error=row.code)
    answer = send(live, provider, operation, "one", word, "three")
    if row.scope == "call":
        assert answer.status_code == row.status
        assert caller.refusal(answer) == drawn(row, 2)
    else:
        assert caller.elements is not None
        clean, failed, also_clean = caller.elements(caller.outcome(live, answer))
        assert failed == caller.told(row)
        assert clean == also_clean != failed
        assert answer.status_code == 200


@pytest.mark.parametrize(("provider", "operation", "row"), SEVERAL)
def test_when_all_tasks_fail_the_call_fails_with_the_first(
    live: Live, provider: str, operation: str, row: ErrorRow
) -> None:
    caller, word = CALLERS[provider], HOW[provider, row.code]["magic"]
    answer = send(live, provider, operation, word, word)
    if itemised(provider, row):
        assert caller.elements is not None
        assert (answer.status_code, caller.elements(caller.outcome(live, answer))) == (200, [drawn(row, 1)] * 2)
        return
    assert answer.status_code == row.status
    assert caller.refusal(answer) == drawn(row, 1)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_rule_may_name_the_task(live: Live, provider: str) -> None:
    for row in PROVIDERS[provider].rows:
        if ".N." in row.code:
            live.reset()
            live.rule({"provider": provider}, error=row.code.replace(".N.", ".3."))
            operation = next(iter(row.operations or PROVIDERS[provider].operations))
            assert CALLERS[provider].refusal(send(live, provider, operation, "one")) == drawn(row, 3)
