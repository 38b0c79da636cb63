"""A store in memory: remembers keys and values for a while, and counts in windows."""

import struct
from collections import OrderedDict, defaultdict
from typing import Any

from emulator.resources.budgets import MIB, Budget, Share

MOST_VALUES = 250_000  # kept for one and the same time

_OWN = 700  # bytes that a value takes beside its texts
_PIECE = 64  # bytes in which sizes are counted: Python keeps small numbers ready
_TOGETHER = MIB // 16  # bytes that make room at once
_AHEAD = 64  # keys that are counted before they come
_ALONE = 256 * MIB  # of a store that shares no budgets

_SHARDS = 4096
_RECORD = struct.Struct("<Qd")  # the key's 64-bit fingerprint, and when it is forgotten


class MemoryStore:
    """Times are Unix seconds of the account's clock, always given by the caller. All stores share budgets of bytes, for
    values (`results`) and for keys that are only remembered (`nonces`); without them this has its own.
    """

    def __init__(self, results: Budget | None = None, nonces: Budget | None = None) -> None:
        self._seen: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._windows: dict[str, tuple[int, int]] = {}
        self._values: defaultdict[int, OrderedDict[str, tuple[float, Any, int]]] = defaultdict(OrderedDict)
        self._held = Share(results or Budget(_ALONE), self._drop_values)
        self._remembered = Share(nonces or Budget(_ALONE), self._drop_keys)
        self._counted = 0

    def add_once(self, key: tuple[str, ...], now: float, seconds: float) -> bool:
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
            self._remembered.give(_RECORD.size)
        shard += record
        if not self._counted:
            self._remembered.take(_AHEAD * _RECORD.size)
            self._counted = _AHEAD
        self._counted -= 1
        return True

    def increment(self, key: str, now: float, seconds: int) -> int:
        """Count one more in the window of `seconds` that `now` lies in (windows are aligned to the clock)."""
        window = int(now // seconds)
        last, count = self._windows.get(key, (window, 0))
        count = count + 1 if last == window else 1
        self._windows[key] = (window, count)
        return count

    def count(self, key: str, now: float, seconds: int) -> int:
        """How many `increment` counted in the window that `now` lies in."""
        window, count = self._windows.get(key, (-1, 0))
        return count if window == int(now // seconds) else 0

    def put(self, key: str, value: Any, now: float, seconds: int, size: int = 0) -> None:
        """Keep a value, whose texts have `size` bytes, for `seconds`, or until too much came after it. Those kept as
        long lie in the order in which they are forgotten.
        """
        values = self._values[seconds]
        while values and (next(iter(values.values()))[0] <= now or len(values) >= MOST_VALUES):
            self._held.give(values.popitem(last=False)[1][2] * _PIECE)
        if (before := values.pop(key, None)) is not None:
            self._held.give(before[2] * _PIECE)
        pieces = (_OWN + len(key) + size) // _PIECE
        values[key] = now + seconds, value, pieces
        self._held.take(pieces * _PIECE)

    def get(self, key: str, now: float) -> Any:
        """The value kept under `key`, None when there is none (any more)."""
        for values in self._values.values():
            found = values.get(key)
            if found is not None and found[0] > now:
                return found[1]
        return None

    def close(self) -> list[object]:
        """Hold nothing of the budgets any more, as another store takes this one's place; what there was to let go."""
        self._held.close()
        self._remembered.close()
        return [value for values in self._values.values() for value in values.values()]

    def _drop_values(self) -> bool:
        """Forget the oldest of those that are kept as long as most are."""
        values = max(self._values.values(), key=len, default=None)
        if not values:
            return False
        freed = 0
        while values and freed < _TOGETHER:
            size = values.popitem(last=False)[1][2] * _PIECE
            self._held.give(size)
            freed += size
        return True

    def _drop_keys(self) -> bool:
        """Forget the older half of what is remembered."""
        before = self._remembered.used
        for shard in self._seen.values():
            half = (len(shard) // _RECORD.size + 1) // 2 * _RECORD.size
            del shard[:half]
            self._remembered.give(half)
        return before > 0

    def _forget(self, shard: bytearray, now: float) -> None:
        gone = 0
        while gone < len(shard) and _RECORD.unpack_from(shard, gone)[1] <= now:
            gone += _RECORD.size
        if gone:
            del shard[:gone]
            self._remembered.give(gone)
