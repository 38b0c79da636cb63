"""What every store promises: claims hold in their order, changes last, and values are fetched by their keys."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from emulator.state.accounts import Account
from emulator.state.callbacks.delivery import Delivery
from emulator.state.credentials import CredentialKind
from emulator.state.store import Claim, Store, keep_token, keep_value, push, set_credentials
from emulator.state.store.memory import MemoryStore
from tests.state.builders import KINDS, make_default_account
from tests.state.callbacks.builders import working_dispatcher

NONCE = Claim("once", "acme/nonce/1", 900, "used", "It came before.")
CALL = Claim("count", "acme/calls", 60, "many", "{used} calls.", most=2)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with working_dispatcher() as dispatcher:
        yield MemoryStore(dispatcher)


@pytest.fixture
def account() -> Account:
    made = make_default_account()
    made.clock.freeze(True)
    return made


async def claim(store: Store, account: Account, *claims: Claim) -> tuple[str, str] | None:
    """Return code and cause of the refusal, None when all claims hold."""
    refusal = await store.claim(account, claims)
    return None if refusal is None else (refusal.code, refusal.explanation)


async def test_a_key_is_used_up_for_its_time(store: Store, account: Account) -> None:
    assert await claim(store, account, NONCE) is None
    assert await claim(store, account, NONCE._replace(key="acme/nonce/2")) is None
    assert await claim(store, account, NONCE) == ("used", "It came before.")
    account.clock.advance(899)
    assert await claim(store, account, NONCE) == ("used", "It came before.")
    account.clock.advance(1)
    assert await claim(store, account, NONCE) is None


async def test_a_look_uses_nothing_up(store: Store, account: Account) -> None:
    look = NONCE._replace(looks_only=True)
    assert await claim(store, account, look, look, NONCE) is None
    assert await claim(store, account, look) == ("used", "It came before.")
    account.clock.advance(900)
    assert await claim(store, account, look) is None


async def test_a_window_has_so_many_calls(store: Store, account: Account) -> None:
    look = CALL._replace(looks_only=True)
    assert await claim(store, account, CALL, look, CALL) is None
    assert await claim(store, account, look) == ("many", "2 calls.")
    assert await claim(store, account, CALL) == ("many", "3 calls.")
    assert await claim(store, account, CALL) == ("many", "4 calls.")  # what is refused counts, too
    account.clock.advance(60)
    assert await claim(store, account, CALL) is None


async def test_what_is_only_counted_never_fails(store: Store, account: Account) -> None:
    counted = CALL._replace(most=None)
    assert await claim(store, account, *[counted] * 5) is None
    assert await claim(store, account, CALL._replace(looks_only=True)) == ("many", "5 calls.")


async def test_of_several_claims_the_first_that_fails_ends_it(store: Store, account: Account) -> None:
    other = NONCE._replace(key="acme/nonce/2")
    assert await claim(store, account, CALL, CALL, NONCE) is None
    assert await claim(store, account, other, CALL, NONCE) == ("many", "3 calls.")
    assert await claim(store, account, other) == ("used", "It came before.")  # those before it are used up
    assert await claim(store, account, NONCE, CALL) == ("used", "It came before.")
    assert await claim(store, account, CALL) == ("many", "4 calls.")  # those behind it are not


async def test_accounts_share_nothing(store: Store, account: Account) -> None:
    other = make_default_account("other")
    await store.commit(account, [keep_value("acme/1", "value", 10)])
    assert await claim(store, account, NONCE) is None
    assert await claim(store, other, NONCE) is None
    assert await store.fetch(other, ["acme/1"]) == {}


async def test_values_are_fetched_until_their_time_is_over(store: Store, account: Account) -> None:
    await store.commit(account, [keep_value("acme/1", {"a": 1}, 10), keep_value("acme/2", "b", 20, size=1)])
    assert await store.fetch(account, ["acme/2", "acme/3", "acme/1"]) == {"acme/2": "b", "acme/1": {"a": 1}}
    account.clock.advance(10)
    assert await store.fetch(account, ["acme/1", "acme/2"]) == {"acme/2": "b"}
    await store.commit(account, [keep_value("acme/2", "newer", 20)])
    assert await store.fetch(account, ["acme/2"]) == {"acme/2": "newer"}


async def test_tokens_are_known_without_fetching(store: Store, account: Account) -> None:
    await store.commit(account, [keep_token("acme/token", "t", 10)])
    assert account.find_token("acme/token") == "t"
    account.clock.advance(10)
    assert account.find_token("acme/token") is None


async def test_a_callback_waits_in_the_outbox(store: Store, account: Account) -> None:
    later = account.clock.now() + 60
    await store.commit(account, [push(Delivery("t-1", "d-1", "http://127.0.0.1:9/", (("a", "b"),), later))])
    callback = account.outbox.find_task("t-1")
    assert callback is not None
    assert (callback.state, callback.next_at, callback.body) == ("waiting", later, b"a=b")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_credentials_take_the_place_of_others(store: Store, account: Account, kind: CredentialKind[Any]) -> None:
    others = make_default_account().of(kind)
    await store.commit(account, [set_credentials(kind, others)])
    assert account.of(kind) is others
