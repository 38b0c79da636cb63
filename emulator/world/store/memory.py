"""A store in memory: remembers keys and values for a while, and counts in windows."""

import struct
from collections import OrderedDict, defaultdict
from typing import Any

MOST_VALUES = 250_000  # kept for one and the same time; a task with its result takes about 1.3 kB

_SHARDS = 4096
_RECORD = struct.Struct("<Qd")  # the key's 64-bit fingerprint, and when it is forgotten


class MemoryStore:
    """Times are Unix seconds of the account's clock, always given by the caller."""

    def __init__(self) -> None:
        self._seen: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._windows: dict[str, tuple[int, int]] = {}
        self._values: defaultdict[int, OrderedDict[str, tuple[float, Any]]] = defaultdict(OrderedDict)

    def add(self, key: tuple[str, ...], now: float, seconds: float) -> bool:
        """Remember `key` for `seconds`; False when it is remembered already.

        A busy quarter of an hour brings a million nonces, so a key is kept as a record of 16 bytes: the records
        of a shard lie one after the other, the oldest first. Two keys are taken for one with a chance of 1 in 2**64.
        """
        fingerprint = hash(key) & 0xFFFF_FFFF_FFFF_FFFF
        shard = self._seen[fingerprint % _SHARDS]
        self._forget(shard, now)
        record = _RECORD.pack(fingerprint, now + seconds)
        at = shard.find(record[:8])
        while at > 0 and at % _RECORD.size:  # bytes of two neighbours that only look like a fingerprint
            at = shard.find(record[:8], at + 1)
        if at >= 0:
            if _RECORD.unpack_from(shard, at)[1] > now:
                return False
            del shard[at : at + _RECORD.size]
        shard += record
        return True

    def increment(self, key: str, now: float, seconds: int) -> int:
        """Count one more in the window of `seconds` that `now` lies in (windows are aligned to the clock)."""
        window = int(now // seconds)
        last, count = self._windows.get(key, (window, 0))
        count = count + 1 if last == window else 1
        self._windows[key] = (window, count)
        return count

    def counted(self, key: str, now: float, seconds: int) -> int:
        """How many `increment` counted in the window that `now` lies in."""
        window, count = self._windows.get(key, (-1, 0))
        return count if window == int(now // seconds) else 0

    def put(self, key: str, value: Any, now: float, seconds: int) -> None:
        """Keep a value for `seconds`, or until too many came after it. Those kept as long lie in the order in which
        they are forgotten.
        """
        values = self._values[seconds]
        while values and (next(iter(values.values()))[0] <= now or len(values) >= MOST_VALUES):
            values.popitem(last=False)
        values.pop(key, None)
        values[key] = now + seconds, value

    def get(self, key: str, now: float) -> Any:
        """The value kept under `key`, None when there is none (any more)."""
        for values in self._values.values():
            until, value = values.get(key, (now, None))
            if until > now:
                return value
        return None

    @staticmethod
    def _forget(shard: bytearray, now: float) -> None:
        gone = 0
        while gone < len(shard) and _RECORD.unpack_from(shard, gone)[1] <= now:
            gone += _RECORD.size
        if gone:
            del shard[:gone]
