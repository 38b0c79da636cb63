"""The error codes that rules and magic words may ask for: those of each provider's table, and those of none."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.types import ErrorRow, MakeRow, WrittenError

_MOST = 10_000  # codes that are remembered


def make_no_row(_form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """Refuse the code: the provider has no others than those of its table."""
    raise ValueError("a code of its table, with a message alone")


class Table(NamedTuple):
    """The codes of one provider.

    `make_row` makes the row of a code that is not listed; where `numbered`, any number can be one. `doors` tells by
    dialect, and `vias` by code, of errors that are met at one door only, which that is.
    """

    codes: Sequence[str]
    make_row: MakeRow = make_no_row
    has_numeric_codes: bool = False
    doors: Mapping[str, str] = {}
    vias: Mapping[str, str] = {}


class Codes:
    """The codes of all providers; `made` are those in no table so far, which may be asked about."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self.made: set[str] = set()

    @property
    def listed(self) -> Mapping[str, Sequence[str]]:
        """Return the codes of each provider's table."""
        return {provider: table.codes for provider, table in self._tables.items()}

    def find_door(self, provider: str, code: str, written: WrittenError | None = None) -> str:
        """Return the one door at which an error is met; empty for one that is met at all of them."""
        table = self._tables[provider]
        row = written.row if written else None
        return table.vias.get(code, "") if row is None else table.doors.get(row.dialect, "")

    def make_row(
        self, provider: str, code: str, form: Mapping[str, Any], operations: Collection[str] = ()
    ) -> WrittenError:
        """Make the row of a code as a rule for these operations writes it; raises ValueError with what the provider
        would take instead.
        """
        row = self._tables[provider].make_row(form, operations)
        if len(self.made) < _MOST:
            self.made.add(code)
        return WrittenError(form, row._replace(code=code))

    def make_numeric_row(self, provider: str, code: str) -> WrittenError | None:
        """Make the row of a number that stands alone, None where it can be no code."""
        if not self._tables[provider].has_numeric_codes:
            return None
        try:
            return self.make_row(provider, code, {"code": code})
        except ValueError:
            return None
