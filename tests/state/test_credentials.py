from collections.abc import Mapping
from typing import Any

from emulator.fake.ids import Ids
from emulator.merge_patch import apply_patch
from emulator.resources import budgets
from emulator.state.accounts import Account
from emulator.state.credentials import DEFAULT_ACCOUNT, account_to_dict, build_account, make_credentials
from tests.state.builders import SETTINGS


def make_account(name: str, number: int, **changes: Mapping[str, Any]) -> Account:
    return build_account(
        apply_patch(make_credentials(name, Ids(number)), changes), f"acc-{number}", SETTINGS, budgets.make_budgets()
    )


def test_temporary_credentials_follow_from_the_lasting_ones() -> None:
    of_b = make_account("team-b", 2, aliyun={"access_key_id": "key", "access_key_secret": "secret"}).aliyun.sts
    assert (of_b.access_key_id, of_b.access_key_secret, of_b.expires) == ("STS.key", "secret", None)
    assert of_b.security_token
    given = make_account("team-b", 2, aliyun={"sts": {"access_key_id": "own", "expires": 5.0}}).aliyun.sts
    assert (given.access_key_id, given.expires) == ("own", 5.0)


def test_made_up_credentials_have_the_shape_of_real_ones() -> None:
    form = make_credentials("team-b", Ids())
    assert form["aliyun"]["access_key_id"].startswith("LTAI")
    assert len(form["aliyun"]["access_key_secret"]) == 30
    assert form["wechat"]["appid"].startswith("wx")
    assert len(form["wechat"]["appid"]) == 18
    assert len(form["wechat"]["secret"]) == 32
    assert form["alipay"]["pid"].startswith("2088")
    assert len(form["alipay"]["pid"]) == len(form["alipay"]["app_id"]) == 16


def test_to_dict_as_it_is_written() -> None:
    form = account_to_dict(build_account(DEFAULT_ACCOUNT, "acc-1", SETTINGS, budgets.make_budgets()))
    assert form["id"] == "acc-1"
    assert form["source"] == "config"
    assert form["aliyun"].items() >= {"access_key_id": "testId", "active": True, "purchased": True}.items()
    again = {key: value for key, value in form.items() if key not in ("id", "source")}
    assert account_to_dict(build_account(again, "acc-1", SETTINGS, budgets.make_budgets())) == form


def test_to_dict_says_who_made_it() -> None:
    assert (
        account_to_dict(
            build_account(make_credentials("x", Ids(1)), "acc-2", SETTINGS, budgets.make_budgets(), "control")
        )["source"]
        == "control"
    )
