"""Error codes that are in no table: of the mini-program calls, and of the gateway with its code and sub_code."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from emulator.error_types import ErrorRow
from emulator.errors import make_unlisted_row
from emulator.providers.alipay.gateway.errors import METHODS

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._ \-]{0,98}[A-Za-z0-9])?")
_CODE = re.compile(r"[1-9][0-9]{4}")


def make_row(form: Mapping[str, Any], operations: Collection[str]) -> ErrorRow:
    """Return the row of a code that is in no table. Raises ValueError, with what is taken instead.

    Where a rule names operations of one dialect alone, the form must be that dialect's. The mini-program calls take
    `code`, `message` and `status`; the gateway takes `code`, `message`, `sub_code` and `sub_msg`. A name alone is, for
    the gateway, the sub_code.
    """
    name = str(form.get("sub_code", form["code"]))
    if not _NAME.fullmatch(name):
        raise ValueError("a code of letters, digits, dots, hyphens, underscores and blanks")
    if "sub_msg" in form and "sub_code" not in form:
        raise ValueError("sub_code beside sub_msg")
    if "sub_code" in form and not _CODE.fullmatch(str(form["code"])):
        raise ValueError("a code of five digits beside sub_code, such as 40004")
    of_gateway = set(operations) <= set(METHODS)
    if of_gateway and name.isdecimal() and not _CODE.fullmatch(name):
        raise ValueError("a code of five digits, or the name of a sub_code")
    of_my = not set(operations) & set(METHODS)
    allowed = ("message", "status") if of_my else ("message", "sub_code", "sub_msg")
    row = make_unlisted_row(form, name, allowed, status=400, scope="task" if of_my else "call")
    return row._replace(dialect="gateway" if of_gateway else "my" if of_my else "")
