"""A respond with and without a verdict: the fragment lies over the answer, wherever a verdict is told."""

import pytest

from tests.contract.journaled import decided, newest
from tests.contract.kit import OPERATIONS, result, sample, say
from tests.live import Live

SPOKEN = [case for case in OPERATIONS if not sample(*case).wordless]


@pytest.mark.parametrize(("provider", "operation"), SPOKEN)
def test_with_a_verdict_of_a_picture_or_text(live: Live, provider: str, operation: str) -> None:
    for key in ("url", "text", "filename"):
        live.rule({"provider": provider, key: {"contains": "two"}}, verdict="block", respond={"more": 1})
    answer = say(live, provider, operation, "two")
    decided(live)
    assert '"more"' in result(live, provider, operation, answer).text
    answer = say(live, provider, operation, "one")
    assert newest(live).outcome == "pass"
    assert '"more"' not in result(live, provider, operation, answer).text


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_alone_over_the_whole_answer(live: Live, provider: str, operation: str) -> None:
    live.rule({"operation": operation}, respond={"more": 1})
    answer = say(live, provider, operation, "one")
    assert '"more"' in answer.text
    entry = newest(live)
    assert (entry.outcome, entry.status, entry.decided_by[0]) == ("respond", 200, "rule")
