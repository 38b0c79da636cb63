"""The error codes that rules and magic words may ask for: codes in the table of a provider, and codes in no table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.error_types import ErrorRow, MakeRow, WrittenError

_MOST = 10_000  # codes in no table that are remembered


def make_no_row(_form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """Refuse the code: the provider knows no codes but those of its table."""
    raise ValueError("a code of its table, with a message alone")


class Table(NamedTuple):
    """The codes of one provider.

    codes: The codes of its table.
    make_row: Makes the row of a code that is not in the table.
    has_numeric_codes: Whether any number can be a code.
    via_by_dialect: For a dialect whose errors occur under one `via` only: that `via`.
    via_by_code: The same by code.
    """

    codes: Sequence[str]
    make_row: MakeRow = make_no_row
    has_numeric_codes: bool = False
    via_by_dialect: Mapping[str, str] = {}
    via_by_code: Mapping[str, str] = {}


class Codes:
    """The codes of all providers. `made` are codes in no table that were asked for so far: rules may match them."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self.unlisted: set[str] = set()

    @property
    def listed(self) -> Mapping[str, Sequence[str]]:
        """Return the codes of each provider's table."""
        return {provider: table.codes for provider, table in self._tables.items()}

    def find_via(self, provider: str, code: str, written: WrittenError | None = None) -> str:
        """Return the one `via` under which an error occurs; empty for an error that occurs under any."""
        table = self._tables[provider]
        row = written.row if written else None
        return table.via_by_code.get(code, "") if row is None else table.via_by_dialect.get(row.dialect, "")

    def make_row(
        self, provider: str, code: str, form: Mapping[str, Any], operations: Collection[str] = ()
    ) -> WrittenError:
        """Make the row of a code as a rule for these operations writes it.

        Raises ValueError with what the provider would take instead.
        """
        row = self._tables[provider].make_row(form, operations)
        if len(self.unlisted) < _MOST:
            self.unlisted.add(code)
        return WrittenError(form, row._replace(code=code))

    def make_numeric_row(self, provider: str, code: str) -> WrittenError | None:
        """Make the row of a code that is only a number; None where it cannot be a code."""
        if not self._tables[provider].has_numeric_codes:
            return None
        try:
            return self.make_row(provider, code, {"code": code})
        except ValueError:
            return None
