"""Ids and filler that look real. The only room that rolls dice."""

import random
from binascii import b2a_base64
from math import exp

from emulator.world.pools import Pools
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
        self.ready = False
        """Whether what filler is drawn from is made: that takes a tenth of a second."""

    def prepare(self) -> None:
        """Make what filler is drawn from."""
        self._pools.fill()
        self.ready = True

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

    def portrait(self, *key: object) -> "Portrait":
        """The filler that belongs to `key`."""
        return Portrait(random.Random("\0".join(map(str, key))), self._pools)


class Portrait:
    """Filler for one subject; asking in the same order gives the same things."""

    def __init__(self, dice: random.Random, pools: Pools) -> None:
        self._dice = dice
        self._pools = pools

    def name(self) -> str:
        return self._dice.choice(self._pools.names)

    def word(self) -> str:
        return self._dice.choice(self._pools.words)

    def station(self) -> str:
        return self._dice.choice(self._pools.stations)

    def brand(self) -> str:
        return self._dice.choice(self._pools.brands)

    def sentence(self) -> str:
        return self._dice.choice(self._pools.sentences)

    def number(self, low: int, high: int) -> int:
        return self._dice.randint(low, high)

    def rate(self, low: float, high: float) -> float:
        """A percentage with two decimals."""
        return round(self._dice.uniform(low, high), 2)

    def box(self, width: int, height: int) -> dict[str, float]:
        """A rectangle that lies inside a picture of `width` x `height`: X, Y, Width, Height in pixels."""
        w = self._dice.randint(max(1, width // 8), max(1, width // 2))
        h = self._dice.randint(max(1, height // 8), max(1, height // 2))
        x, y = self._dice.randint(0, width - w), self._dice.randint(0, height - h)
        return {"X": float(x), "Y": float(y), "Width": float(w), "Height": float(h)}
