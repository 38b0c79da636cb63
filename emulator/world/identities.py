"""Ids and filler that look real. The only room that rolls dice."""

import random
from binascii import b2a_base64
from math import exp

from emulator.world.pools import Pools
from emulator.world.settings import Latency

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$@",
)
_DRAWN = (1 << 165) - 1 ^ 0xF << 114 ^ 0xF << 98 ^ 0x3F << 30  # bits of a task id that are not the same in all
_FIXED = (
    0x4 << 114 | 1 << 98 | 1 << 30,
    0xB << 114 | 1 << 98 | 1 << 30,
)  # the others: the UUID half was positive, negative


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
        """An upper-case UUID, as Alibaba's RequestId: version 4 in the documents, 5 in answers captured since 2021; the
        fourth group begins with 8, 9, A or B.
        """
        number = self._random.randbytes(16)
        digits = number.hex().upper()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89AB'[number[8] & 3]}{digits[17:20]}-{digits[20:]}"

    def trace_id(self) -> str:
        """32 hexadecimal digits, as Alibaba's x-acs-trace-id."""
        return self._random.randbytes(16).hex()

    def task_id(self, prefix: str) -> str:
        """A task id as Alibaba makes it: `txt4Ls98drerDy6g$MbjZoETU-1rIL@D`, 32 characters with a prefix of three.

        Measured on 25 ids of the documents and of answers that callers captured, which all are so: numbers to the base
        of 64, whose digits are 0-9, a-z, A-Z, `$` and `@`. 11 digits are one half of a random UUID (version 4) and 11
        the other, each without its sign: so the first of either is at most 7, that of the second half at least 4, and
        the ninth one of 4kAQbrHX; any digit stands elsewhere. The 6 behind the hyphen are the time in units of 1024 ms,
        which begins with 1 until 2039; its other digits are drawn here, so that ids repeat with a seed.
        """
        dice = self._random.getrandbits(168)
        number = dice & _DRAWN | _FIXED[dice >> 167]
        word = b2a_base64(number.to_bytes(21), newline=False).translate(_DIGITS).decode()
        return f"{prefix}{word[:22]}-{word[22:]}"

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
