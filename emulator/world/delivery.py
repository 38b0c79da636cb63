"""What is to be pushed where, and how a test may have it disturbed."""

from math import inf
from typing import NamedTuple
from urllib.parse import urlencode

from emulator.world.outbox import FORM

LATE = 60.0  # seconds that a callback with mode `late` comes after its result

_OTHER_DIGITS = str.maketrans("0123456789abcdef", "123456789abcdef0")


class Delivery(NamedTuple):
    """`form` holds the pairs checksum and content; a provider that pushes no form has a `body` of some `content_type`
    instead, and its `signature` in the query of `url`. `ready` is when the result is, on the account's clock. `mode`
    disturbs: never; late; duplicate, twice; corrupt, with a wrong checksum or signature; a number, seconds of delay.
    """

    task_id: str
    data_id: str | None
    url: str
    form: tuple[tuple[str, str], ...]
    ready: float
    mode: str | float | None = None
    body: bytes = b""
    content_type: str = FORM
    signature: str = ""

    @property
    def wait(self) -> float:
        """Seconds from the result to its first push."""
        if isinstance(self.mode, int | float):
            return self.mode
        return {"never": inf, "late": LATE}.get(self.mode or "", 0.0)

    def packed(self) -> tuple[str, bytes]:
        """The address and the body as they are sent."""
        address, mark, query = self.url.partition("?")
        form = dict(self.form)
        if self.mode == "corrupt" and self.signature:
            query = query.replace(self.signature, self.signature.translate(_OTHER_DIGITS))
        elif self.mode == "corrupt" and form:
            form["checksum"] = form["checksum"].translate(_OTHER_DIGITS)
        body = urlencode(form, errors="replace").encode() if form else self.body
        return f"{address}{mark}{query}", body
