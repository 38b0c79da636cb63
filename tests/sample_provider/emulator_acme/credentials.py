"""The credentials of a customer of Acme."""

from dataclasses import dataclass
from typing import Any

from emulator.fake.ids import Ids
from emulator.state.accounts import Account, Accounts
from emulator.state.credentials import CredentialKind


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials: a `key`, which calls name, and the `secret` that signs calls and pushes."""

    key: str
    secret: str


def find_key(accounts: Accounts, key: str) -> Account | None:
    """Return the account that has this key, None when there is none."""
    return accounts.find_owner(CREDENTIALS, key, lambda credentials: credentials.key)


def _make(ids: Ids) -> dict[str, Any]:
    return {"key": f"acme-{ids.make_hexadecimal(8)}", "secret": ids.make_password(24)}


CREDENTIALS = CredentialKind(
    name="acme",
    default={"key": "acme-test", "secret": "acme-secret"},
    make=_make,
    parse=lambda form: Credentials(**form),
    list_ids=lambda credentials: (credentials.key,),
)
