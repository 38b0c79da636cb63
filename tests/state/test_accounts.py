import asyncio
import gc
from functools import partial

import pytest

from emulator.state.accounts import Account, Accounts
from emulator.state.callbacks.callback import Callback
from tests.state.builders import KINDS, make_account, make_default_account

CREDENTIALS = {
    "access_key_id": ("aliyun", "access_key_id"),
    "uid": ("aliyun", "uid"),
    "appid": ("wechat", "appid"),
    "pid": ("alipay", "pid"),
    "app_id": ("alipay", "app_id"),
}


def make_pair() -> tuple[Account, Account]:
    return make_default_account(), make_account("team-b", 2)


def test_the_first_is_the_default() -> None:
    default, other = make_pair()
    accounts = Accounts([default, other])
    assert accounts.default is default
    assert list(accounts) == [default, other]
    assert len(accounts) == 2


def test_found_by_id_name_and_every_credential() -> None:
    default, other = make_pair()
    accounts = Accounts([default, other])
    for name in ("acc-1", "default", "testId", "STS.testId", "1234567890", "wx0123456789abcdef", "2088123456789012"):
        assert accounts.find(name) is default
    assert accounts.find("2021000000000000") is default
    for name in other.list_names():
        assert accounts.find(name) is other
    for name in ("", "nobody", "testid", "testSecret", "acc-3"):
        assert accounts.find(name) is None


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_no_credential_belongs_to_two(credential: str) -> None:
    service, key = CREDENTIALS[credential]
    one = make_account("team-a", 1)
    taken = getattr(one.credentials[service], key)
    with pytest.raises(ValueError, match=f"{taken}.*team-a, team-b"):
        Accounts([one, make_account("team-b", 2, **{service: {key: taken}})])


def test_temporary_keys_names_and_ids_are_told_apart_too() -> None:
    one = make_account("team-a", 1)
    for other in (
        make_account("team-b", 2, aliyun={"sts": {"access_key_id": one.credentials["aliyun"].access_key_id}}),
        make_account("team-a", 2),
        make_account("team-b", 1),
        make_account("team-b", 2, aliyun={"access_key_id": "team-a"}),
    ):
        with pytest.raises(ValueError, match="belongs to two accounts"):
            Accounts([one, other])


def test_one_account_may_use_a_word_twice() -> None:
    same = make_account("same", 1, aliyun={"access_key_id": "same", "uid": "same"})
    assert Accounts([same]).find("same") is same


def test_reset_forgets_all_but_the_credentials() -> None:
    one = make_account("team-a", 1)
    before = dict(one.credentials)
    one.clock.freeze(True)
    one.clock.advance(100)
    one.memory.add_once("nonce 1", 0.0, 10)
    one.memory.increment("a", 0.0, 10)
    one.reset()
    assert one.credentials == before
    assert not one.clock.frozen
    assert one.memory.add_once("nonce 1", 0.0, 10)
    assert one.memory.increment("a", 0.0, 10) == 1
    assert len(one.journal) == 0


def test_accounts_share_nothing() -> None:
    one, other = make_pair()
    one.clock.advance(100)
    one.memory.add_once("nonce 1", 0.0, 10)
    assert other.clock.offset == 0
    assert other.memory.add_once("nonce 1", 0.0, 10)
    assert one.journal is not other.journal


def test_one_that_is_removed_opens_nothing() -> None:
    default, other = make_pair()
    third = make_account("team-c", 3)
    accounts = Accounts([default, other, third])
    accounts.remove(other)
    assert list(accounts) == [default, third]
    assert all(accounts.find(name) is None for name in other.list_names())
    accounts.add(other)
    assert accounts.find("team-b") is other


def test_an_owner_has_the_id_where_it_is_looked_for() -> None:
    default, other = make_pair()
    accounts, kind = Accounts([default, other]), KINDS["alipay"]
    pid, app_id = "2088123456789012", "2021000000000000"
    assert accounts.find_owner(kind, pid, lambda credentials: credentials.pid) is default
    assert accounts.find_owner(kind, app_id, lambda credentials: credentials.app_id) is default
    for name in (app_id, "default", "testId", "", "nobody"):
        assert accounts.find_owner(kind, name, lambda credentials: credentials.pid) is None


def send_nothing(_account: Account, _callback: Callback) -> None:
    """Nothing falls due here."""


def test_a_free_id_was_never_used() -> None:
    default, other = make_pair()
    accounts = Accounts([default, other])
    accounts.add(make_account("acc-4", 9))
    assert [accounts.make_id() for _ in range(3)] == ["acc-3", "acc-5", "acc-6"]


async def test_at_its_end_nobody_waits_for_its_clock() -> None:
    one = make_account("team-a", 1)
    one.clock.freeze(True)
    sleepers = [asyncio.ensure_future(one.clock.sleep(seconds)) for seconds in (1, 1e9)]
    gone = asyncio.ensure_future(one.clock.sleep(5))
    await asyncio.sleep(0)
    gone.cancel()
    one.close()
    await asyncio.gather(*sleepers)
    assert (one.clock.waiting, one.clock.frozen, one.clock.offset) == (0, False, 0)


async def test_an_account_that_ended_is_freed_without_a_search_for_garbage() -> None:
    """Accounts are left out of that search while they live, so nothing of one may hold itself."""

    def live_and_end(number: int) -> None:
        account = make_account(f"team-{number}", number)
        account.memory.put("key", "value", 0.0, 10)
        account.clock.freeze(True)
        due = account.clock.now() + 100
        callback = Callback(number, account.id, "t-1", None, "http://a.test/", b"", False, next_at=due)
        account.outbox.put(callback, partial(send_nothing, account))
        account.close()

    live_and_end(1)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for number in range(2, 12):
            live_and_end(number)
        assert len(gc.get_objects()) - before < 10
    finally:
        gc.enable()
