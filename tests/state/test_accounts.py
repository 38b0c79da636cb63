import asyncio
import gc
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from emulator.fake.ids import Ids
from emulator.resources import budgets
from emulator.state.accounts import Account, Accounts
from emulator.state.callbacks.callback import Callback
from emulator.state.credentials import DEFAULT_ACCOUNT, build_account, make_credentials
from tests.state.builders import SETTINGS

CREDENTIALS = {
    "access_key_id": ("aliyun", "access_key_id"),
    "uid": ("aliyun", "uid"),
    "appid": ("wechat", "appid"),
    "pid": ("alipay", "pid"),
    "app_id": ("alipay", "app_id"),
}


def make_account(name: str, number: int, **changes: Mapping[str, Any]) -> Account:
    """Return an account with made-up credentials, but for the `changes` of a service."""
    form = make_credentials(name, Ids(number))
    return build_account(
        {**form, **{service: {**form[service], **given} for service, given in changes.items()}},
        f"acc-{number}",
        SETTINGS,
        budgets.make_budgets(),
    )


def make_pair() -> tuple[Account, Account]:
    return build_account(DEFAULT_ACCOUNT, "acc-1", SETTINGS, budgets.make_budgets()), make_account("team-b", 2)


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


def test_keys_are_found_by_their_id() -> None:
    default, other = make_pair()
    accounts = Accounts([default, other])
    key = accounts.find_key("testId")
    assert key is not None
    assert (key.account, key.id, key.secret, key.token, key.expires) == (default, "testId", "testSecret", None, None)
    sts = accounts.find_key("STS.testId")
    assert sts is not None
    assert (sts.account, sts.id, sts.secret, sts.token) == (default, "STS.testId", "testSecret", "testToken")
    for name in ("", "nobody", "default", "acc-1", "1234567890", "wx0123456789abcdef"):
        assert accounts.find_key(name) is None
    assert set(accounts.security_tokens) == {"testToken", other.aliyun.sts.security_token}


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_no_credential_belongs_to_two(credential: str) -> None:
    service, key = CREDENTIALS[credential]
    one = make_account("team-a", 1)
    taken = getattr(getattr(one, service), key)
    with pytest.raises(ValueError, match=f"{taken}.*team-a, team-b"):
        Accounts([one, make_account("team-b", 2, **{service: {key: taken}})])


def test_temporary_keys_names_and_ids_are_told_apart_too() -> None:
    one = make_account("team-a", 1)
    for other in (
        make_account("team-b", 2, aliyun={"sts": {"access_key_id": one.aliyun.access_key_id}}),
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
    before = one.aliyun, one.wechat, one.alipay
    one.clock.freeze(True)
    one.clock.advance(100)
    one.store.add_once(("nonce", "1"), 0.0, 10)
    one.store.increment("a", 0.0, 10)
    one.reset()
    assert (one.aliyun, one.wechat, one.alipay) == before
    assert not one.clock.frozen
    assert one.store.add_once(("nonce", "1"), 0.0, 10)
    assert one.store.increment("a", 0.0, 10) == 1
    assert len(one.journal) == 0


def test_accounts_share_nothing() -> None:
    one, other = make_pair()
    one.clock.advance(100)
    one.store.add_once(("nonce", "1"), 0.0, 10)
    assert other.clock.offset == 0
    assert other.store.add_once(("nonce", "1"), 0.0, 10)
    assert one.journal is not other.journal


def test_one_that_is_removed_opens_nothing() -> None:
    default, other = make_pair()
    third = make_account("team-c", 3, aliyun={"sts": {"security_token": other.aliyun.sts.security_token}})
    accounts = Accounts([default, other, third])
    accounts.remove(other)
    assert list(accounts) == [default, third]
    assert all(accounts.find(name) is None for name in other.list_names())
    assert accounts.find_key(other.aliyun.access_key_id) is None
    assert accounts.find_key(other.aliyun.sts.access_key_id) is None
    assert accounts.find_appid(other.wechat.appid) is None
    assert accounts.find_pid(other.alipay.pid) is None
    assert accounts.find_app_id(other.alipay.app_id) is None
    assert set(accounts.security_tokens) == {"testToken", third.aliyun.sts.security_token}
    accounts.remove(third)
    assert set(accounts.security_tokens) == {"testToken"}
    accounts.add(other)
    assert accounts.find("team-b") is other


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
        account.store.put("key", "value", 0.0, 10)
        account.clock.freeze(True)
        callback = Callback(number, account.id, "t-1", None, "http://a.test/", b"", False)
        account.outbox.put(callback, account.clock.now() + 100, partial(send_nothing, account))
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
