"""Ids that look real. The only room that throws dice on its own."""

import random
from binascii import b2a_base64
from math import exp

from emulator.world.portraits import Pools, Portrait
from emulator.world.settings import Latency

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS_ONLY = bytes.maketrans(b"+/", b"xX")


class Identities:
    """Ids are new each time; filler is drawn from the subject, so that the same input gets the same answer.

    `seed` makes the ids repeat from start to start as well.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._pools = Pools()

    def request_id(self) -> str:
        """An upper-case UUID (version 4), as Alibaba's RequestId."""
        digits = self._random.randbytes(16).hex().upper()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-A{digits[17:20]}-{digits[20:]}"

    def trace_id(self) -> str:
        """32 hexadecimal digits, as Alibaba's x-acs-trace-id."""
        return self._random.randbytes(16).hex()

    def task_id(self, prefix: str) -> str:
        """A task id in the shape of the documents: `img4wlJcb7p4wH4lAP3nXw1q-1s82jj`."""
        word = b2a_base64(self._random.randbytes(21), newline=False).translate(_LETTERS_ONLY).decode()
        return f"{prefix}{word[:22]}-1{word[22:]}"

    def password(self, length: int) -> str:
        """Letters and digits for a made-up credential."""
        return "".join(self._random.choices(_LETTERS, k=length))

    def digits(self, length: int) -> str:
        return "".join(self._random.choices("0123456789", k=length))

    def hexadecimal(self, length: int) -> str:
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def between(self, low: float, high: float) -> float:
        """A number of the range, for delays."""
        return self._random.uniform(low, high)

    def latency(self, of: Latency) -> float:
        """Seconds that one answer takes, an hour at most."""
        if of.median:
            return min(of.median * exp(self._random.gauss(0, of.sigma)), 3600.0)
        return self.between(of.min, of.max)

    def portrait(self, *key: object) -> Portrait:
        """The filler that belongs to `key`."""
        return Portrait(random.Random("\0".join(map(str, key))), self._pools)
