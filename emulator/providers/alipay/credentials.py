"""The credentials of an Alipay partner and of its application."""

from dataclasses import dataclass
from typing import Any

from emulator.fake.ids import Ids
from emulator.signatures import rsa2
from emulator.state.accounts import Account, Accounts
from emulator.state.credentials import CredentialKind


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials.

    pid: The id of the partner.
    app_id: The id of the application.
    app_public_key: The application's public key as PEM; None when any signature is good.
    sign_type: The one algorithm that the key is for, RSA2 or RSA; None for both.
    signed_up: Whether the partner signed up for the feature package.
    """

    pid: str
    app_id: str
    app_public_key: str | None = None
    sign_type: str | None = None
    signed_up: bool = True


def find_pid(accounts: Accounts, pid: str) -> Account | None:
    """Return the account of this partner, None when there is none."""
    return accounts.find_owner(CREDENTIALS, pid, lambda credentials: credentials.pid)


def find_app_id(accounts: Accounts, app_id: str) -> Account | None:
    """Return the account of this application, None when there is none."""
    return accounts.find_owner(CREDENTIALS, app_id, lambda credentials: credentials.app_id)


def _make(ids: Ids) -> dict[str, Any]:
    return {"pid": f"2088{ids.make_digits(12)}", "app_id": f"2021{ids.make_digits(12)}"}


CREDENTIALS = CredentialKind(
    name="alipay",
    default={"pid": "2088123456789012", "app_id": "2021000000000000"},
    make=_make,
    parse=lambda form: Credentials(**form),
    list_ids=lambda credentials: (credentials.pid, credentials.app_id),
    rsa_keys={"app_public_key": rsa2.to_pem},
    verified_by="public keys",
    list_secrets=lambda credentials: [(credentials.app_id, credentials.app_public_key or "")],
)
