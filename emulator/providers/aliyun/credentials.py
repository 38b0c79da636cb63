"""The credentials of an Alibaba account: a lasting key and a temporary one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.fake.ids import Ids
from emulator.state.accounts import Account, Accounts
from emulator.state.credentials import CredentialKind


@dataclass(frozen=True, slots=True)
class Sts:
    """Temporary credentials.

    access_key_id: The id of the key.
    access_key_secret: The secret that calls are signed with.
    security_token: The token that calls must carry besides the signature.
    expires: Unix seconds of the account's clock; None for never.
    """

    access_key_id: str
    access_key_secret: str
    security_token: str
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials. Without `active` or `purchased`, calls get the refusals that Alibaba documents.

    access_key_id: The id of the key.
    access_key_secret: The secret that calls are signed with.
    uid: The number of the Alibaba account.
    sts: Temporary credentials of the same account.
    active: Whether the key may be used.
    purchased: Whether the service was bought.
    """

    access_key_id: str
    access_key_secret: str
    uid: str
    sts: Sts
    active: bool = True
    purchased: bool = True


class Key(NamedTuple):
    """A key, lasting or temporary.

    account: The account that the key belongs to.
    credentials: The credentials of the account, of which the key is a part.
    id: The AccessKeyId.
    secret: The secret that calls are signed with.
    token: The security token of a temporary key; None for a lasting key.
    expires: When a temporary key expires, in Unix seconds of the account's clock; None for never.
    """

    account: Account
    credentials: Credentials
    id: str
    secret: str
    token: str | None = None
    expires: float | None = None


def find_key(accounts: Accounts, access_key_id: str) -> Key | None:
    """Return the key of this AccessKeyId, None when no account has it."""
    account = accounts.find(access_key_id)
    if account is None:
        return None
    credentials = account.of(CREDENTIALS)
    if access_key_id == credentials.access_key_id:
        return Key(account, credentials, access_key_id, credentials.access_key_secret)
    sts = credentials.sts
    if access_key_id == sts.access_key_id:
        return Key(account, credentials, access_key_id, sts.access_key_secret, sts.security_token, sts.expires)
    return None


def has_security_token(accounts: Accounts, token: str) -> bool:
    """Return whether this is the security token of any account."""
    return any(account.of(CREDENTIALS).sts.security_token == token for account in accounts)


def _make(ids: Ids) -> dict[str, Any]:
    key, secret = ids.make_password(16), ids.make_password(30)
    return {"access_key_id": f"LTAI{key}", "access_key_secret": secret, "uid": ids.make_digits(16), "sts": {}}


def _parse(form: Mapping[str, Any]) -> Credentials:
    """Return the credentials of a written form. Temporary ones that it does not give follow from the lasting ones."""
    sts = {
        "access_key_id": f"STS.{form['access_key_id']}",
        "access_key_secret": form["access_key_secret"],
        "security_token": f"token-of-{form['access_key_id']}",
        **form.get("sts", {}),
    }
    return Credentials(**{**form, "sts": Sts(**sts)})


def _list_ids(credentials: Credentials) -> tuple[str, str, str]:
    return credentials.access_key_id, credentials.sts.access_key_id, credentials.uid


def _list_secrets(credentials: Credentials) -> Iterator[tuple[str, str]]:
    yield credentials.access_key_id, credentials.access_key_secret
    yield credentials.sts.access_key_id, credentials.sts.access_key_secret


CREDENTIALS = CredentialKind(
    name="aliyun",
    default={
        "access_key_id": "testId",
        "access_key_secret": "testSecret",
        "uid": "1234567890",
        "sts": {"access_key_id": "STS.testId", "access_key_secret": "testSecret", "security_token": "testToken"},
    },
    make=_make,
    parse=_parse,
    list_ids=_list_ids,
    verified_by="access keys",
    list_secrets=_list_secrets,
)
