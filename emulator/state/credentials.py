"""Reads and writes accounts in their written form, and makes credentials up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any, Literal

from emulator.config.model import Settings
from emulator.fake.ids import Ids
from emulator.resources.budgets import Budgets
from emulator.state.accounts import Account, Source
from emulator.state.credential_kinds import Alipay, Aliyun, Sts, WeChat

_FEW, _SHOWN = 5, 80  # names that a list shows, and characters of each name

DEFAULT_ACCOUNT: Mapping[str, Any] = {
    "name": "default",
    "aliyun": {
        "access_key_id": "testId",
        "access_key_secret": "testSecret",
        "uid": "1234567890",
        "sts": {"access_key_id": "STS.testId", "access_key_secret": "testSecret", "security_token": "testToken"},
    },
    "wechat": {"appid": "wx0123456789abcdef", "secret": "0123456789abcdef0123456789abcdef"},
    "alipay": {"pid": "2088123456789012", "app_id": "2021000000000000"},
}


def make_credentials(name: str, ids: Ids) -> dict[str, Any]:
    """Return the written form of an account with credentials that are made up."""
    key, secret = ids.make_password(16), ids.make_password(30)
    return {
        "name": name,
        "aliyun": {"access_key_id": f"LTAI{key}", "access_key_secret": secret, "uid": ids.make_digits(16), "sts": {}},
        "wechat": {"appid": f"wx{ids.make_hexadecimal(16)}", "secret": ids.make_hexadecimal(32)},
        "alipay": {"pid": f"2088{ids.make_digits(12)}", "app_id": f"2021{ids.make_digits(12)}"},
    }


def build_account(
    form: Mapping[str, Any], name: str, settings: Settings, budgets: Budgets, source: Source = "config"
) -> Account:
    """Return the account of a written form.

    Temporary credentials that the form does not give are derived from the lasting ones.
    """
    aliyun = dict(form["aliyun"])
    sts = {
        "access_key_id": f"STS.{aliyun['access_key_id']}",
        "access_key_secret": aliyun["access_key_secret"],
        "security_token": f"token-of-{aliyun['access_key_id']}",
        **aliyun.pop("sts", {}),
    }
    return Account(
        id=name,
        name=form["name"],
        aliyun=Aliyun(**aliyun, sts=Sts(**sts)),
        wechat=WeChat(**{**form["wechat"], "ip_allow": tuple(form["wechat"].get("ip_allow", ()))}),
        alipay=Alipay(**form["alipay"]),
        settings=settings,
        budgets=budgets,
        source=source,
    )


def list_few(accounts: Iterable[Account], name: Callable[[Account], str]) -> str:
    """Return some of the names that accounts have, for the text that refuses a call with an unknown name."""
    names = [name(each)[:_SHOWN] for each in islice(accounts, _FEW + 1)]
    return ", ".join([*names[:_FEW], "..."] if len(names) > _FEW else names)


def iterate_secrets(
    accounts: Iterable[Account], kind: Literal["access keys", "public keys"]
) -> Iterator[tuple[str, str]]:
    """Yield the id of each key of the accounts, with the secret that verifies its signatures.

    The secret is empty where any signature is good.
    """
    for account in accounts:
        if kind == "access keys":
            yield account.aliyun.access_key_id, account.aliyun.access_key_secret
            yield account.aliyun.sts.access_key_id, account.aliyun.sts.access_key_secret
        else:
            yield account.alipay.app_id, account.alipay.app_public_key or ""


def account_to_dict(account: Account) -> dict[str, Any]:
    """Return the whole written form of an account.

    Without `id` and `source` the form can be posted again once this account is removed.
    """
    return {
        "id": account.id,
        "name": account.name,
        "source": account.source,
        "aliyun": asdict(account.aliyun),
        "wechat": asdict(account.wechat),
        "alipay": asdict(account.alipay),
    }
