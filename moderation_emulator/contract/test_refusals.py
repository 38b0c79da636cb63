"""No refusal without its explanation: what came and what would be taken, in the journal alone, and never a secret."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from emulator.error_types import Refusal
from emulator.rules.rule import Rule
from emulator.state.accounts import Account
from emulator.state.store import Change, Claim, Store
from moderation_emulator.contract.kit import (
    CONTRACTS,
    OPERATIONS,
    PATH_PREFIXES,
    PROVIDERS,
    find_folder,
    locate_contract,
    send_words,
)
from moderation_emulator.contract.refusals import iterate_refusals
from moderation_emulator.contract.running_server import RunningServer

ALL = [
    *((name, *case) for name, contract in CONTRACTS.items() for case in contract.refused),
    *((name, *case) for name, prefix in PATH_PREFIXES if (case := CONTRACTS[name].unknown[prefix])[1]),
]
ACCOUNTS = [contract.account for contract in CONTRACTS.values() if contract.account is not None]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_refusal_is_explained_where_it_is_made(provider: str) -> None:
    silent = [
        place
        for place, node in iterate_refusals(find_folder(provider))
        if len(node.args) < 2 and not {"cause"} & {keyword.arg for keyword in node.keywords}
    ]
    assert not silent


@pytest.fixture
def spoilt(start: Callable[..., RunningServer]) -> RunningServer:
    """Return an emulator with the accounts that providers ask for, whose settings each test may spoil."""
    return start({"accounts": ACCOUNTS})


@pytest.mark.parametrize("provider", CONTRACTS)
def test_every_code_that_a_gate_names_is_provoked(provider: str) -> None:
    """Those of a gateway that two providers share, too."""
    named = {
        argument.value
        for place, node in iterate_refusals(find_folder(provider))
        if "gate" in place
        if isinstance(argument := node.args[0], ast.Constant)
    }
    provoked = {code for _provider, _what, code, _send in ALL}
    silent = (named & set(PROVIDERS[provider].errors.codes)) - provoked
    assert not silent, f"Nobody is refused with {silent}: write such calls in `refused` of {locate_contract(provider)}."


@pytest.mark.parametrize(("provider", "told", "code", "send"), ALL, ids=[f"{p}-{c}-{t[:20]}" for p, t, c, _ in ALL])
def test_the_journal_tells_what_came_and_what_would_be_taken(
    spoilt: RunningServer, provider: str, told: str, code: str, send: Callable[[RunningServer], object]
) -> None:
    answer = send(spoilt)
    entry = spoilt.list_entries()[0]
    assert (entry.provider, entry.code) == (provider, code)
    shown = spoilt.control("GET", f"journal/{entry.id}").json()
    assert told in shown["detail"]
    stage = shown["decided_by"]["kind"]
    assert stage in ("wire", "gate", "schema", "operation")
    assert (stage == "operation") == (shown["rules"] == "asked")
    assert not [secret for contract in CONTRACTS.values() for secret in contract.secrets if secret in shown["detail"]]
    if stage == "gate":
        sent = getattr(answer, "content", b"") or getattr(answer, "body", b"") or str(answer).encode()
        assert shown["detail"].encode() not in sent


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_an_unhandled_exception_is_reported_as_one(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, provider: str, operation: str
) -> None:
    monkeypatch.setattr("emulator.pipeline.schemas.load_request_schema", lambda *_: None)
    answer = send_words(live, provider, operation, "one")
    entry = live.list_entries()[0]
    assert entry.detail.startswith("A mistake of the emulator, ")
    assert entry.code == PROVIDERS[provider].errors.internal
    assert CONTRACTS[provider].refusal(answer)


class FailingStore:
    """A store of which one method fails; `asked` counts how often that was called."""

    def __init__(self, fails: str, store: Store) -> None:
        self.fails = fails
        self.asked = 0
        self._store = store

    def _fail_if(self, method: str) -> None:
        if method == self.fails:
            self.asked += 1
            raise OSError("the store does not answer")

    async def claim(self, account: Account, claims: Sequence[Claim]) -> Refusal | None:
        self._fail_if("claim")
        return await self._store.claim(account, claims)

    async def commit(self, account: Account, changes: Sequence[Change], spent: Sequence[Rule] = ()) -> None:
        self._fail_if("commit")
        await self._store.commit(account, changes, spent)

    async def fetch(self, account: Account, keys: Sequence[str]) -> Mapping[str, Any]:
        return await self._store.fetch(account, keys)


@pytest.mark.parametrize("method", ["claim", "commit"])
@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_a_store_that_fails_is_reported_as_such(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, provider: str, operation: str, method: str
) -> None:
    """Of each operation; one after which nothing lasts has nothing to commit."""
    store = FailingStore(method, live.state.store)
    monkeypatch.setattr(live.state, "store", store)
    answer = send_words(live, provider, operation, "one")
    entry = live.list_entries()[0]
    assert store.asked or method == "commit"
    assert (entry.code == PROVIDERS[provider].errors.internal) == bool(store.asked)
    if store.asked:
        assert entry.detail == "A mistake of the emulator, OSError; its log has the details."
        assert CONTRACTS[provider].refusal(answer)
