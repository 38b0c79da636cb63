"""Error rows by code, and what a refusal looks like once its row is known."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from emulator.vocabulary import Chinese, ErrorRow, Refusal


class Drawn(NamedTuple):
    """A refusal with its row applied: ready for the wire."""

    status: int
    code: str
    message: str


def by_code(rows: Iterable[ErrorRow], chinese: Mapping[str, Chinese]) -> Mapping[str, ErrorRow]:
    """The rows by their code, with what they mean in `chinese`; two rows of one code are a mistake of ours, told at
    start.
    """
    table: dict[str, ErrorRow] = {}
    for row in rows:
        if row.code in table:
            raise ValueError(f"two error rows for {row.code}")
        table[row.code] = row._replace(chinese=chinese.get(row.code))
    return table


def draw(row: ErrorRow, refusal: Refusal) -> Drawn:
    """The status, code and message of `refusal`: `InvalidTask.N.X` becomes `InvalidTask.2.X` for the second task.

    An error with a task slot whose task is unknown keeps the documented `N`.
    """
    code, message = row.code, refusal.message or row.message
    if refusal.n is not None:
        code = code.replace(".N.", f".{refusal.n}.")
        message = message.replace(".N.", f".{refusal.n}.")
    if refusal.detail and row.worded_here:
        message = f"{message} {refusal.detail}"
    return Drawn(row.status, code, message)
