"""What a state kept: the newest row of each key, as it is read at start."""

from collections.abc import Iterable, Mapping

from emulator.state.store.row import ENDS_WITH, OUTLASTS_RESET, SHARED, Row, StateUnusable

_KINDS = frozenset(
    {"account", "credentials", "own_settings", "clock", "value", "token", "callback", "progress", "rule", "hits"}
    | {"settings", "number", "reset"}
)

# How the names begin that have a number behind it.
_NUMBERED = {"account": "acc-", "rule": "rule-", "callback": ""}

Group = dict[str, bytes]  # values in their written form, by key


class Kept:
    """The rows that hold, by account and kind, in the order in which they were written, with values in written form.

    numbers: The highest number that was ever given, by kind: `account`, `callback`, `rule`.
    live: How many rows hold.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Read rows in the order in which they were written. Raises StateUnusable for a kind that is unknown here."""
        self._groups: dict[str, dict[str, Group]] = {}
        self.numbers = {"account": 0, "callback": 0, "rule": 0}
        for row in rows:
            self._add(row)

    @property
    def live(self) -> int:
        return sum(len(group) for groups in self._groups.values() for group in groups.values())

    def clear(self) -> None:
        """Forget all rows, once they are where they belong."""
        self._groups = {}

    def list_accounts(self) -> list[str]:
        """Return the ids of the accounts that anything is kept of."""
        return [account for account in self._groups if account != SHARED]

    def find_group(self, kind: str, account: str = SHARED) -> Mapping[str, bytes]:
        """Return what is kept of one kind in an account, by key."""
        return self._groups.get(account, {}).get(kind, {})

    def _add(self, row: Row) -> None:
        kind, account, key, value = row
        if kind not in _KINDS:
            raise StateUnusable(f"it holds what this version cannot read (a row of kind {kind!r})")
        self._note_number(kind, account, key, value)
        groups = self._groups.setdefault(account, {})
        if kind == "reset":
            self._groups[account] = {each: group for each, group in groups.items() if each in OUTLASTS_RESET}
        elif kind == "account" and value is None:
            del self._groups[account]
        else:
            if kind in ENDS_WITH:
                groups.get(ENDS_WITH[kind], {}).pop(key, None)
            group = groups.setdefault(kind, {})
            group.pop(key, None)  # so that it comes last
            if value is not None:
                group[key] = value

    def _note_number(self, kind: str, account: str, key: str, value: bytes | None) -> None:
        if kind == "number" and value is not None:
            kind, given = key, value.decode()
        else:
            begin, name = _NUMBERED.get(kind), account if kind == "account" else key
            given = name.removeprefix(begin) if begin is not None and name.startswith(begin) else ""
        if given.isdecimal() and kind in self.numbers:
            self.numbers[kind] = max(self.numbers[kind], int(given))
