"""What is to be pushed where, and how a test may disturb the push."""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple
from urllib.parse import urlencode

from emulator.state.callbacks.callback import FORM, SignPush

LATE = 60.0  # seconds that a callback with mode `late` comes after its result

_OTHER_DIGITS = str.maketrans("0123456789abcdef", "123456789abcdef0")


class WrongSignature(NamedTuple):
    """Signs pushes as `sign` does, but for the signature, whose digits are others."""

    sign: SignPush

    def __call__(self, moment: float, number: int, /) -> Mapping[str, str]:
        given = self.sign(moment, number)
        return {**given, "signature": given["signature"].translate(_OTHER_DIGITS)}


class Delivery(NamedTuple):
    """One result that is to be pushed.

    task_id: The task whose result is pushed.
    data_id: What the client called the content; None when it gave no name.
    url: Where the result is pushed.
    form: The pairs of the form, checksum and content; empty for a provider that does not push forms.
    ready_at: When the result is there, in Unix seconds of the account's clock.
    mode: How the push is disturbed. `never`: It is not made. `late`: It comes `LATE` seconds after the result.
        `duplicate`: It is made twice. `corrupt`: Its checksum or signature is wrong. A number is a delay in seconds.
    body: What is sent instead of a form.
    content_type: The media type of the body.
    sign: Makes the parameters that sign one push, `signature` among them; None when pushes are not signed.
    provider: The provider whose pace the pushes keep.
    accepted: The bodies one of which the receiver must answer with status 200; empty when any body will do.
    """

    task_id: str
    data_id: str | None
    url: str
    form: tuple[tuple[str, str], ...]
    ready_at: float
    mode: str | float | None = None
    body: bytes = b""
    content_type: str = FORM
    sign: SignPush | None = None
    provider: str = ""
    accepted: frozenset[bytes] = frozenset()

    @property
    def first_push_delay(self) -> float:
        """Return the seconds from the result to its first push, `inf` when it is never pushed."""
        if isinstance(self.mode, int | float):
            return self.mode
        return {"never": inf, "late": LATE}.get(self.mode or "", 0.0)

    def encode_body(self) -> bytes:
        """Return the body as it is sent."""
        form = dict(self.form)
        if self.mode == "corrupt" and form:
            form["checksum"] = form["checksum"].translate(_OTHER_DIGITS)
        return urlencode(form, errors="replace").encode() if form else self.body

    def make_signer(self) -> SignPush | None:
        """Return what signs each push, None when pushes are not signed."""
        return self.sign if self.mode != "corrupt" or self.sign is None else WrongSignature(self.sign)
