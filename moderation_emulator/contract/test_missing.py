"""What a provider or an operation lacks is said in one sentence: what to write and where."""

import pytest

from moderation_emulator.contract.kit import PROVIDERS, find_contract, find_missing


def test_there_is_a_provider() -> None:
    assert PROVIDERS, "no provider has a contract, and no installed package names one by an entry point"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_nothing_is_missing(provider: str) -> None:
    if got := list(find_missing(PROVIDERS[provider], find_contract(provider))):
        pytest.fail("\n".join(got), pytrace=False)
