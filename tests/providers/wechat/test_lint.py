import pytest

from tests.reports.builders import list_findings, make_entry


@pytest.mark.parametrize(("after", "told"), [(0, True), (6899, True), (6901, False), (7201, False)])
def test_a_token_fetched_while_the_last_was_good(after: float, told: bool) -> None:
    first, second = make_entry("cgi-bin/token", 1000), make_entry("cgi-bin/token", 1000 + after)
    assert list_findings(first, second) == ([("1", "token fetched per call")] if told else [])


@pytest.mark.parametrize(
    ("stage", "provider", "told"), [("gate", "any", False), ("gate", "other", True), ("rule", "any", True)]
)
def test_a_token_fetched_because_the_last_was_refused(stage: str, provider: str, told: bool) -> None:
    """A call may be refused for its token, as after a reset, and then a new one is what it takes."""
    refused = make_entry("wxa/img_sec_check", 1, code="1", provider=provider, decided_by=(stage, None, None))
    calls = [make_entry("cgi-bin/token", 0), refused, make_entry("cgi-bin/token", 2)]
    assert list_findings(*calls) == ([("2", "token fetched per call")] if told else [])


def test_a_token_that_was_refused_is_none() -> None:
    refused = make_entry("cgi-bin/token", 0, code="40001")
    assert list_findings(refused, make_entry("cgi-bin/token", 1)) == []
