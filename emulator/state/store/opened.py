"""A state file that is open, and by which ids it knows the accounts of the configuration."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from emulator.state.store.change_log import ChangeLog
from emulator.state.store.kept import Kept
from emulator.state.store.written import WrittenForm


class KnownAccounts(NamedTuple):
    """The accounts of the configuration of an earlier start.

    ids: Their ids, by name.
    forms: Their written forms by name, with the credentials that were made up.
    highest: The highest number that the id of any account ever had.
    """

    ids: Mapping[str, str]
    forms: Mapping[str, Mapping[str, Any]]
    highest: int


NOBODY: Final = KnownAccounts({}, {}, 0)


class OpenedState(NamedTuple):
    """A state file that is open: the `log` that writes it, the `form` of its values, and what it `kept`."""

    log: ChangeLog
    form: WrittenForm
    kept: Kept

    def list_known_accounts(self) -> KnownAccounts:
        """Return what is known of the accounts of the configuration. Raises StateUnusable."""
        ids: dict[str, str] = {}
        forms: dict[str, Mapping[str, Any]] = {}
        for account in self.kept.list_accounts():
            if written := self.kept.find_group("account", account).get(""):
                form = self.form.read(written)
                if form["source"] == "config":
                    ids[form["name"]], forms[form["name"]] = account, form
        return KnownAccounts(ids, forms, self.kept.numbers["account"])
