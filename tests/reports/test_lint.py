"""What holds for the checks of all providers; what each finds lies beside the tests of its vendor."""

import asyncio
from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from emulator.discovery import find_providers
from emulator.lint import LintCheck, LintFinding
from emulator.reports.lint import find_lint, list_checks
from emulator.state.journal import Entry
from tests.reports.builders import lint, make_entry


def make_check(name: str) -> LintCheck:
    def check(entries: Sequence[Entry]) -> Iterator[LintFinding]:
        return (LintFinding(entry, name, f"{len(entries)} calls") for entry in entries)

    return check


def test_the_newest_call_stands_first_and_then_the_first_check() -> None:
    entries = [make_entry("a", 0), make_entry("a", 1)]
    found = asyncio.run(find_lint(reversed(entries), [make_check("late"), make_check("early")]))
    newest, oldest = (str(entry.id) for entry in entries[::-1])
    told = [(newest, "late"), (newest, "early"), (oldest, "late"), (oldest, "early")]
    assert [(finding["entry"], finding["habit"]) for finding in found] == told
    assert {finding["advice"] for finding in found} == {"2 calls"}


def test_a_check_that_services_share_is_run_once() -> None:
    checks = list_checks(find_providers().values())
    assert len(checks) == len(set(checks))
    assert sum(len(provider.lint) for provider in find_providers().values()) > len(checks)


def test_only_the_newest_64_mib_are_looked_at() -> None:
    """The bytes of a call are those of address, request and answer; the one that goes beyond is looked at as well."""
    target, large = "/?SignatureNonce=mine", "x" * (32 * 1024 * 1024)
    used = [make_entry("ScanText", at, target=target) for at in range(4)]
    beyond = make_entry("ScanText", 4, large, large)
    found = lint([used[3], used[2], beyond, used[1], used[0]])
    assert [(finding["entry"], finding["habit"]) for finding in found] == [(str(used[3].id), "nonce reused")]
    fits = make_entry("ScanText", 4, large, large[: -3 * len(target) - 1])  # "/" as well: not a byte is left
    found = lint([used[3], used[2], fits, used[1], used[0]])
    assert [finding["entry"] for finding in found] == [str(used[3].id), str(used[2].id), str(used[1].id)]


@given(st.lists(st.binary(max_size=30), max_size=4), st.sampled_from(["image/results", "my.ap.imgRiskCallback", "x"]))
def test_any_bytes_will_do(bodies: list[bytes], operation: str) -> None:
    calls = [make_entry(operation, n)._replace(body=body, response_body=body) for n, body in enumerate(bodies)]
    assert all(finding["operation"] == operation for finding in lint(calls))
