"""A state file that is open, and by which ids it knows the accounts of the configuration."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from emulator.state.store.change_log import ChangeLog
from emulator.state.store.kept import Kept
from emulator.state.store.written import WrittenForm


class KnownAccounts(NamedTuple):
    """The accounts of an earlier start: their `ids` by name, and the `highest` number that an id ever had."""

    ids: Mapping[str, str]
    highest: int


NOBODY: Final = KnownAccounts({}, 0)


class OpenedState(NamedTuple):
    """A state file that is open: the `log` that writes it, the `form` of its values, and what it `kept`."""

    log: ChangeLog
    form: WrittenForm
    kept: Kept

    def list_known_accounts(self) -> KnownAccounts:
        """Return by which ids the accounts of the configuration are known. Raises StateUnusable."""
        ids: dict[str, str] = {}
        for account in self.kept.list_accounts():
            if written := self.kept.find_group("account", account).get(""):
                form = self.form.read(written)
                if form["source"] == "config":
                    ids[form["name"]] = account
        return KnownAccounts(ids, self.kept.numbers["account"])
