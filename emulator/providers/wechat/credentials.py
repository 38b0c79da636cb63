"""The credentials of a WeChat mini program, and where its events are pushed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.fake.ids import Ids
from emulator.state.accounts import Account, Accounts
from emulator.state.credentials import CredentialKind


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials.

    appid: The id of the mini program.
    secret: The secret that tokens are asked for with.
    ip_allow: The addresses that may ask for tokens; all addresses when empty.
    push_url: Where events are pushed; None for a mini program that gets no events.
    push_token: The token that pushes are signed with.
    push_format: The form of the events: xml or json.
    """

    appid: str
    secret: str
    ip_allow: tuple[str, ...] = ()
    push_url: str | None = None
    push_token: str = ""
    push_format: str = "xml"


def find_appid(accounts: Accounts, appid: str) -> Account | None:
    """Return the account of this mini program, None when there is none."""
    return accounts.find_owner(CREDENTIALS, appid, lambda credentials: credentials.appid)


def _make(ids: Ids) -> dict[str, Any]:
    return {"appid": f"wx{ids.make_hexadecimal(16)}", "secret": ids.make_hexadecimal(32)}


def _parse(form: Mapping[str, Any]) -> Credentials:
    return Credentials(**{**form, "ip_allow": tuple(form.get("ip_allow", ()))})


CREDENTIALS = CredentialKind(
    name="wechat",
    default={"appid": "wx0123456789abcdef", "secret": "0123456789abcdef0123456789abcdef"},
    make=_make,
    parse=_parse,
    list_ids=lambda credentials: (credentials.appid,),
)
