"""What is to be pushed where, and how a test may have it disturbed."""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple
from urllib.parse import urlencode

from emulator.state.callbacks.callback import FORM, SignPush

LATE = 60.0  # seconds that a callback with mode `late` comes after its result

_OTHER_DIGITS = str.maketrans("0123456789abcdef", "123456789abcdef0")


class Delivery(NamedTuple):
    """`form` holds the pairs checksum and content; a provider that pushes no form has a `body` of some `content_type`
    instead, and a way to `sign` each push, with its `signature` among what that gives. `ready` is when the result is,
    on the account's clock. `mode` disturbs: never; late; duplicate, twice; corrupt, with a wrong checksum or signature;
    a number, seconds of delay. `provider` names whose pace it keeps; `accepted` are the bodies one of which must come
    with a 200, if any.
    """

    task_id: str
    data_id: str | None
    url: str
    form: tuple[tuple[str, str], ...]
    ready: float
    mode: str | float | None = None
    body: bytes = b""
    content_type: str = FORM
    sign: SignPush | None = None
    provider: str = ""
    accepted: frozenset[bytes] = frozenset()

    @property
    def wait(self) -> float:
        """Seconds from the result to its first push."""
        if isinstance(self.mode, int | float):
            return self.mode
        return {"never": inf, "late": LATE}.get(self.mode or "", 0.0)

    def encode_body(self) -> bytes:
        """The body as it is sent."""
        form = dict(self.form)
        if self.mode == "corrupt" and form:
            form["checksum"] = form["checksum"].translate(_OTHER_DIGITS)
        return urlencode(form, errors="replace").encode() if form else self.body

    def make_signer(self) -> SignPush | None:
        """Return how each push is signed."""
        sign = self.sign
        if self.mode != "corrupt" or sign is None:
            return sign

        def corrupt(moment: float, number: int) -> Mapping[str, str]:
            given = sign(moment, number)
            return {**given, "signature": given["signature"].translate(_OTHER_DIGITS)}

        return corrupt
