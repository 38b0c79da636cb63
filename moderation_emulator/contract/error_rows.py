"""Every error row with every operation: all of them in a whole run, else one of each class."""

from typing import Any

import pytest

from emulator.error_list import list_errors
from emulator.error_types import ErrorRow
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, get_sample
from moderation_emulator.contract.shape import CodeAndMessage

HOW = {(item["provider"], item["code"]): item["how"] for item in list_errors(PROVIDERS.values())}
Case = tuple[str, str, ErrorRow]


def is_reachable_by_https(provider: str, row: ErrorRow) -> bool:
    """Return whether a plain call can get this error.

    Some errors are those of another dialect, such as the platform of a cloud call.
    """
    return PROVIDERS[provider].errors.via.get(row.dialect, "https") == "https"


def make_cases(wanted: list[Case]) -> list[Any]:
    """Return the cases as parameters. Only the first of its class runs always, the others in a whole run.

    Rows of one class go the same way through the code: they are of one dialect, scope and hundred of status, and the
    code of each names the task or does not.
    """
    seen = set()
    made = []
    for provider, operation, row in wanted:
        kind = (provider, operation, row.dialect, row.scope, row.status // 100, ".N." in row.code)
        marks = [pytest.mark.whole] if kind in seen else []
        seen.add(kind)
        made.append(pytest.param(provider, operation, row, id=f"{provider}-{operation}-{row.code}", marks=marks))
    return made


ALL: list[Case] = [
    (provider, operation, row)
    for provider, operation in OPERATIONS
    for row in PROVIDERS[provider].errors.rows
    if not row.operations or operation in row.operations
]
HERE = [case for case in ALL if is_reachable_by_https(case[0], case[2])]
ELSEWHERE = [case for case in ALL if not is_reachable_by_https(case[0], case[2])]
WITH_WORDS = [case for case in HERE if not get_sample(case[0], case[1]).wordless]
SEVERAL = [case for case in WITH_WORDS if get_sample(case[0], case[1]).items is not None]


def render_row(row: ErrorRow, task: int) -> CodeAndMessage:
    """Return a row as it travels, rendered for this task."""
    return row.code.replace(".N.", f".{task}."), row.message.replace(".N.", f".{task}.")


def is_per_item(provider: str, row: ErrorRow) -> bool:
    """Return whether an error of a task shows in its item, even where there is no other task."""
    return PROVIDERS[provider].per_item_errors and row.scope == "task"


def render_failed_item(provider: str, row: ErrorRow) -> CodeAndMessage:
    """Return the item that failed with this error, among others that did not."""
    return CONTRACTS[provider].failed(row)
