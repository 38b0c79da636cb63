"""Every error row of every provider can be had in every operation: by a rule and by a magic word, as documented."""

import pytest
import requests

from emulator.error_types import ErrorRow
from moderation_emulator.contract.error_rows import (
    ELSEWHERE,
    HERE,
    HOW,
    SEVERAL,
    WITH_WORDS,
    is_per_item,
    make_cases,
    render_failed_item,
    render_row,
)
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, fetch_result, get_sample, send_words
from moderation_emulator.contract.running_server import RunningServer
from moderation_emulator.contract.shape import CodeAndMessage

ROW = ("provider", "operation", "row")


def read_items(live: RunningServer, provider: str, operation: str, answer: requests.Response) -> list[CodeAndMessage]:
    """Return the result of a call, item by item."""
    read = get_sample(provider, operation).items
    assert read is not None
    return read(fetch_result(live, provider, operation, answer))


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_a_plain_call_is_answered(live: RunningServer, provider: str, operation: str) -> None:
    answer = send_words(live, provider, operation, "one")
    (entry,) = live.list_entries()
    found = entry.provider, entry.operation, entry.status, entry.code
    assert found == (provider, operation, answer.status_code, None)
    assert entry.outcome == "pass"
    assert entry.warnings == ()


@pytest.mark.parametrize(ROW, make_cases(HERE))
def test_by_the_rule_of_the_error_list(live: RunningServer, provider: str, operation: str, row: ErrorRow) -> None:
    rule = live.control("POST", "rules", HOW[provider, row.code]["rule"])
    assert rule.status_code == 201
    answer = send_words(live, provider, operation, "one")
    assert answer.status_code == row.status
    assert CONTRACTS[provider].refusal(answer) == render_row(row, 1)
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome, entry.decided_by[:2]) == (row.code, "error", ("rule", rule.json()["id"]))


@pytest.mark.parametrize(ROW, make_cases(ELSEWHERE))
def test_an_error_of_another_dialect_is_not_met_here(
    live: RunningServer, provider: str, operation: str, row: ErrorRow
) -> None:
    for match in ({"provider": provider}, {"operation": operation}, HOW[provider, row.code]["rule"]["match"]):
        live.push_rule(match, error=row.code)
    send_words(live, provider, operation, "one")
    assert live.list_entries()[0].outcome == "pass"
    refused = live.control("POST", "rules", {"match": {"provider": provider, "via": "https"}, "error": row.code})
    assert refused.status_code == 400
    live.reset()
    send_words(live, provider, operation, HOW[provider, row.code]["magic"])
    (entry,) = live.list_entries()
    (warning,) = entry.warnings
    assert (entry.code, PROVIDERS[provider].errors.via[row.dialect] in warning) == (None, True)


@pytest.mark.parametrize(ROW, make_cases(WITH_WORDS))
def test_by_the_magic_word_of_the_error_list(live: RunningServer, provider: str, operation: str, row: ErrorRow) -> None:
    answer = send_words(live, provider, operation, HOW[provider, row.code]["magic"])
    if is_per_item(provider, row):
        assert (answer.status_code, read_items(live, provider, operation, answer)) == (200, [render_row(row, 1)])
        for entry in live.list_entries():
            assert (entry.code, entry.outcome, entry.decided_by[0], entry.warnings) == (None, "error", "magic", ())
        return
    later = row.scope == "task" and PROVIDERS[provider].operations[operation].asynchronous
    answer = fetch_result(live, provider, operation, answer) if later else answer
    assert answer.status_code == row.status
    assert CONTRACTS[provider].refusal(answer) == render_row(row, 1)
    entry = live.list_entries()[0]
    code = None if later and entry.operation == operation else row.code
    assert (entry.code, entry.outcome, entry.decided_by[0], entry.warnings) == (code, "error", "magic", ())


@pytest.mark.parametrize("by", ["rule", "magic"])
@pytest.mark.parametrize(ROW, make_cases(SEVERAL))
def test_of_the_second_of_three_tasks(
    live: RunningServer, provider: str, operation: str, row: ErrorRow, by: str
) -> None:
    word = HOW[provider, row.code]["magic"]
    if by == "rule":
        word = "two"
        for key in ("url", "text"):
            live.push_rule({"provider": provider, key: {"contains": word}}, error=row.code)
    answer = send_words(live, provider, operation, "one", word, "three")
    if row.scope == "call":
        assert answer.status_code == row.status
        assert CONTRACTS[provider].refusal(answer) == render_row(row, 2)
    else:
        clean, second, also_clean = read_items(live, provider, operation, answer)
        assert second == render_failed_item(provider, row)
        assert clean == also_clean != second
        assert answer.status_code == 200


@pytest.mark.parametrize(ROW, make_cases(SEVERAL))
def test_when_all_tasks_fail_the_call_fails_with_the_first(
    live: RunningServer, provider: str, operation: str, row: ErrorRow
) -> None:
    word = HOW[provider, row.code]["magic"]
    answer = send_words(live, provider, operation, word, word)
    if is_per_item(provider, row):
        assert (answer.status_code, read_items(live, provider, operation, answer)) == (200, [render_row(row, 1)] * 2)
        return
    assert answer.status_code == row.status
    assert CONTRACTS[provider].refusal(answer) == render_row(row, 1)


@pytest.mark.parametrize("provider", CONTRACTS)
def test_a_rule_may_name_the_task(live: RunningServer, provider: str) -> None:
    for row in PROVIDERS[provider].errors.rows:
        if ".N." in row.code:
            live.reset()
            live.push_rule({"provider": provider}, error=row.code.replace(".N.", ".3."))
            operation = next(iter(row.operations or PROVIDERS[provider].operations))
            assert CONTRACTS[provider].refusal(send_words(live, provider, operation, "one")) == render_row(row, 3)
