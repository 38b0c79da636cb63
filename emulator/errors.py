"""Error rows by code, and the errors on the wire that are made from them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from emulator.error_types import Chinese, ErrorRow, Refusal, Scope
from emulator.rules.outcome import Error


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
