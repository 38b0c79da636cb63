"""Error rows by code, and the errors on the wire that are made from them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emulator.error_types import Chinese, ErrorRow, MakeRow, Refusal, Scope
from emulator.rules.codes import Table, make_no_row
from emulator.rules.outcome import Error


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """The errors of a provider.

    rows: Its table.
    internal: The code that answers an unhandled exception.
    unreadable: The code that answers a request that is no HTTP, or comes too late.
    oversize: The code that answers a request that is too large; `unreadable` when it is empty.
    make_row: Make the row of an error code that is in no table, for a rule that writes it out.
    has_numeric_codes: Whether any number can be an error code, so that a magic word may ask for it.
    via: For a dialect whose errors occur at one of several entrances only, that entrance.
    """

    rows: tuple[ErrorRow, ...]
    internal: str
    unreadable: str
    oversize: str = ""
    make_row: MakeRow = make_no_row
    has_numeric_codes: bool = False
    via: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> list[str]:
        """Return the codes of its table, each once."""
        return list(dict.fromkeys(row.code for row in self.rows))

    @property
    def table(self) -> Table:
        """Return the codes that rules and magic words may ask for."""
        vias = {row.code: self.via[row.dialect] for row in self.rows if row.dialect in self.via}
        return Table(self.codes, self.make_row, self.has_numeric_codes, self.via, vias)

    def find_row(self, code: str, operation: str = "") -> ErrorRow:
        """Return the row of a code; where two dialects share it, that of this operation."""
        rows = [row for row in self.rows if row.code == code]
        return next((row for row in rows if operation in row.operations), rows[0])

    def fails_call(self, error: Error, operation: str) -> bool:
        """Return whether an error that was decided about one item fails the whole call instead."""
        written = error.written
        row = written.row if written is not None and written.row is not None else self.find_row(error.code, operation)
        return row.scope == "call"


class RenderedError(NamedTuple):
    """A refusal to which its row was applied, ready for the wire: HTTP `status`, `code` and `message`."""

    status: int
    code: str
    message: str


def index_rows(rows: Iterable[ErrorRow], chinese: Mapping[str, Chinese]) -> Mapping[str, ErrorRow]:
    """Return the rows by their code, each with its meaning in `chinese`.

    Raises ValueError for two rows of one code: that is a mistake in the emulator, found at start.
    """
    table: dict[str, ErrorRow] = {}
    for row in rows:
        if row.code in table:
            raise ValueError(f"two error rows for {row.code}")
        table[row.code] = row._replace(chinese=chinese.get(row.code))
    return table


def find_row(error: Error | Refusal, rows: Mapping[str, ErrorRow]) -> ErrorRow:
    """Return the row of an error: that of the table, or as a rule writes it."""
    written = error.written
    if written is None:
        return rows[error.code]
    row = written.row or rows[error.code]
    message, status = written.message, written.status
    return row._replace(
        message=row.message if message is None else message, status=row.status if status is None else status
    )


def make_unlisted_row(
    form: Mapping[str, Any], code: str, takes: Collection[str], *, status: int = 200, scope: Scope = "task"
) -> ErrorRow:
    """Return the row of a code that is in no table.

    Raises ValueError if the form has keys beside `code` and those that the provider `takes`.
    """
    if others := [key for key in form if key not in ("code", *takes)]:
        raise ValueError(f"code, {', '.join(takes)} alone: what is asked for has no {others[0]}")
    return ErrorRow(code, status, f"error {code}", "in no table: a rule asks for it", "ours: written in a rule", scope)


def render(row: ErrorRow, refusal: Refusal) -> RenderedError:
    """Return the status, code and message of `refusal`: `InvalidTask.N.X` becomes `InvalidTask.2.X` for the second
    task.

    An error with a task slot whose task is unknown keeps the documented `N`.
    """
    code, message = row.code, refusal.message or row.message
    if refusal.n is not None:
        code = code.replace(".N.", f".{refusal.n}.")
        message = message.replace(".N.", f".{refusal.n}.")
    if refusal.detail and row.worded_here:
        message = f"{message} {refusal.detail}"
    return RenderedError(row.status, code, message)
