"""A call at the gate of the OpenAPI gateway."""

from emulator import admission
from emulator.error_types import Refusal
from emulator.problems import shorten
from emulator.providers.alipay.credentials import CREDENTIALS
from emulator.state.accounts import Account, list_few

ANY_APP_HINT = "with the quirk alipay.any_app any is good"


class Admission(admission.Admission):
    """A call at the gate; its account is that of its application, None when no account has the app_id."""

    @property
    def known_account(self) -> Account:
        """Return the account of the application. Raises a Refusal when no account has the app_id."""
        if self.account is None:
            examples = list_few(self.state.accounts, lambda account: account.of(CREDENTIALS).app_id)
            app_id = shorten(self.get("app_id"))
            cause = f"The app_id {app_id} is that of no account; known are {examples}, and {ANY_APP_HINT}."
            raise Refusal("isv.invalid-app-id", cause=cause)
        return self.account

    def get(self, name: str) -> str:
        return self.call.common.get(name, "")
