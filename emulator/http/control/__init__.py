"""The endpoints of the control API: one file for each kind, with a table ROUTES. Providers may bring more."""

import logging
from collections.abc import Mapping

from emulator.app import App
from emulator.control import ControlRequest
from emulator.state.accounts import Account

UNATTRIBUTED = "null"  # the value of `?account=` that asks for calls whose credentials match no account

log = logging.getLogger("emulator")


class AppRequest(ControlRequest):
    """One request to an endpoint that may ask and change the whole application, `app`."""

    def __init__(
        self, path_values: Mapping[str, str], query: Mapping[str, str], body: bytes, app: App, media_type: str = ""
    ) -> None:
        super().__init__(path_values, query, body, app.state, media_type)
        self.app = app

    def list_affected_accounts(self, action: str) -> list[Account]:
        """Return the accounts that a change applies to: `?account=`, else all.

        A change of all accounts is warned of, once for each action, since parallel tests share the server.
        """
        account = self.find_account()
        accounts = [account] if account else list(self.state.accounts)
        if len(accounts) > 1 and action not in self.app.warned_actions:
            self.app.warned_actions.add(action)
            log.warning("%s all %d accounts; ?account= names one", action, len(accounts))
        return accounts
