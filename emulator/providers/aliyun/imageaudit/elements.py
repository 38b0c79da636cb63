"""The elements of Results and Elements whose picture or text failed among good ones."""

from typing import Any

from emulator.errors import find_row
from emulator.providers.aliyun.imageaudit.errors import ROWS
from emulator.rules.outcome import Error
from emulator.state import State


def build_failed_element(error: Error, state: State) -> dict[str, Any]:
    """Return Code and Message of an element that failed.

    The sample has the number 200 as Code. So by default Code is the number that section 5 has for the error, and
    Message is the error's name.
    """
    row = find_row(error, ROWS)
    if state.settings.quirks["imageaudit.element_code"] == "name":
        return {"Code": row.code, "Message": row.message}
    return {"Code": row.status, "Message": row.code}
