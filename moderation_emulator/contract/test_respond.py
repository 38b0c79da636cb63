"""A respond with and without a verdict: the fragment is merged into the answer, wherever a verdict stands in it."""

import pytest

from moderation_emulator.contract.journal_entries import assert_decided_by_rule, get_newest_entry
from moderation_emulator.contract.kit import OPERATIONS, fetch_result, get_sample, send_words
from moderation_emulator.contract.running_server import RunningServer

SPOKEN = [case for case in OPERATIONS if not get_sample(*case).wordless]


@pytest.mark.parametrize(("provider", "operation"), SPOKEN)
def test_with_a_verdict_of_a_picture_or_text(live: RunningServer, provider: str, operation: str) -> None:
    for key in ("url", "text", "filename"):
        live.push_rule({"provider": provider, key: {"contains": "two"}}, verdict="block", respond={"more": 1})
    answer = send_words(live, provider, operation, "two")
    assert_decided_by_rule(live)
    assert '"more"' in fetch_result(live, provider, operation, answer).text
    answer = send_words(live, provider, operation, "one")
    assert get_newest_entry(live).outcome == "pass"
    assert '"more"' not in fetch_result(live, provider, operation, answer).text


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_alone_over_the_whole_answer(live: RunningServer, provider: str, operation: str) -> None:
    live.push_rule({"operation": operation}, respond={"more": 1})
    answer = send_words(live, provider, operation, "one")
    assert '"more"' in answer.text
    entry = get_newest_entry(live)
    assert (entry.outcome, entry.status, entry.decided_by[0]) == ("respond", 200, "rule")
