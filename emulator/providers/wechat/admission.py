"""A call at the gate of WeChat."""

from emulator import admission
from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.wechat.credentials import CREDENTIALS
from emulator.providers.wechat.foreign import HINT
from emulator.state.accounts import Account, list_few


class Admission(admission.Admission):
    """A call at the gate; its account is that of the appid, token or key, None when no account has it."""

    @property
    def known_account(self) -> Account:
        """Return the account. Raises a Refusal when there is none."""
        if self.account is None:
            raise Refusal("40001", cause="The call names no account.")
        return self.account

    @property
    def is_foreign(self) -> bool:
        """Return whether the appid is that of no account, and the call adopted by the default account."""
        given = self.call.common.get("appid")
        return given is not None and self.account is not None and given != self.account.of(CREDENTIALS).appid

    @property
    def known_appids(self) -> str:
        """Return the clause of a sentence that lists the appids of accounts."""
        return f"known are {list_few(self.state.accounts, lambda account: account.of(CREDENTIALS).appid)}"

    def make_appid_refusal(self) -> Refusal:
        """Return the refusal of an appid that no account has."""
        given = shorten(self.call.common.get("appid", ""))
        cause = f"The appid {given} is that of no account; {self.known_appids}, and {HINT}."
        return Refusal("40013", cause=cause)
