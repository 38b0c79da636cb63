"""Ids and made-up data that look real. The only module that draws random numbers."""

import random
from binascii import b2a_base64
from math import exp

from emulator.config.model import Latency
from emulator.fake.pools import Pools

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$@",
)
_DRAWN = (1 << 165) - 1 ^ 0xF << 114 ^ 0xF << 98 ^ 0x3F << 30  # bits of a task id that differ between ids
_FIXED = (
    0x4 << 114 | 1 << 98 | 1 << 30,
    0xB << 114 | 1 << 98 | 1 << 30,
)  # the other bits, for a positive and a negative half of the UUID


class Ids:
    """Makes ids and fake data. Ids are new each time; fake data is drawn from its key, so the same input gets the same
    answer.

    `seed` makes the ids repeat from start to start as well.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._pools = Pools()
        self.ready = False
        """Whether the pools of fake data are made: that takes a tenth of a second."""

    def prepare(self) -> None:
        """Make the pools from which fake data is drawn."""
        self._pools.fill()
        self.ready = True

    def make_request_id(self) -> str:
        """Return an upper-case UUID, as Alibaba's RequestId.

        It has version 4, as in the documents; answers captured since 2021 have 5. The fourth group begins with 8, 9, A
        or B.
        """
        number = self._random.randbytes(16)
        digits = number.hex().upper()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89AB'[number[8] & 3]}{digits[17:20]}-{digits[20:]}"

    def make_trace_id(self) -> str:
        """Return 32 hexadecimal digits, as Alibaba's x-acs-trace-id."""
        return self._random.randbytes(16).hex()

    def make_task_id(self, prefix: str) -> str:
        """Return a task id as Alibaba makes it: `txt4Ls98drerDy6g$MbjZoETU-1rIL@D`, 32 characters with a prefix of
        three.

        The form was measured on 25 ids of the documents and of answers that callers captured: all have it. The parts
        are numbers to the base of 64, whose digits are 0-9, a-z, A-Z, `$` and `@`. The first 11 digits are one half of
        a random UUID (version 4), the next 11 the other half, each without its sign. So the first digit of each half is
        at most 7, and that of the second half at least 4. The ninth digit is one of 4kAQbrHX. Any digit stands
        elsewhere. The 6 digits behind the hyphen are the time in units of 1024 ms, which begins with 1 until 2039. Its
        other digits are drawn here, so that ids repeat with a seed.
        """
        rng = self._random.getrandbits(168)
        number = rng & _DRAWN | _FIXED[rng >> 167]
        word = b2a_base64(number.to_bytes(21), newline=False).translate(_DIGITS).decode()
        return f"{prefix}{word[:22]}-{word[22:]}"

    def make_password(self, length: int) -> str:
        """Return letters and digits for a made-up credential."""
        return "".join(self._random.choices(_LETTERS, k=length))

    def make_digits(self, length: int) -> str:
        return "".join(self._random.choices("0123456789", k=length))

    def make_hexadecimal(self, length: int) -> str:
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def draw_between(self, low: float, high: float) -> float:
        """Return a number of the range, for delays."""
        return self._random.uniform(low, high)

    def draw_latency(self, of: Latency) -> float:
        """Return the seconds that one answer takes, an hour at most."""
        if of.median:
            return min(of.median * exp(self._random.gauss(0, of.sigma)), 3600.0)
        return self.draw_between(of.min, of.max)

    def make_fake_data(self, *key: object) -> "FakeData":
        """Return the fake data that belongs to `key`."""
        return FakeData(random.Random("\0".join(map(str, key))), self._pools)


class FakeData:
    """Fake data for one item. Calls in the same order return the same data."""

    def __init__(self, rng: random.Random, pools: Pools) -> None:
        self._rng = rng
        self._pools = pools

    def choose_name(self) -> str:
        return self._rng.choice(self._pools.names)

    def choose_word(self) -> str:
        return self._rng.choice(self._pools.words)

    def choose_station(self) -> str:
        return self._rng.choice(self._pools.stations)

    def choose_brand(self) -> str:
        return self._rng.choice(self._pools.brands)

    def choose_sentence(self) -> str:
        return self._rng.choice(self._pools.sentences)

    def draw_number(self, low: int, high: int) -> int:
        return self._rng.randint(low, high)

    def draw_rate(self, low: float, high: float) -> float:
        """Return a percentage with two decimals."""
        return round(self._rng.uniform(low, high), 2)

    def draw_box(self, width: int, height: int) -> dict[str, float]:
        """Return a rectangle inside a picture of `width` x `height`: X, Y, Width, Height in pixels."""
        w = self._rng.randint(max(1, width // 8), max(1, width // 2))
        h = self._rng.randint(max(1, height // 8), max(1, height // 2))
        x, y = self._rng.randint(0, width - w), self._rng.randint(0, height - h)
        return {"X": float(x), "Y": float(y), "Width": float(w), "Height": float(h)}
