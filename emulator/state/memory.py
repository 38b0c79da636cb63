"""The memory of an account: it remembers keys and values for a time, and counts in windows of time."""

import struct
from collections import OrderedDict, defaultdict
from typing import Any

from emulator.resources.budgets import MIB, Budget, Share

MOST_VALUES = 250_000  # values that are kept for the same number of seconds

_OWN = 700  # bytes that a value takes beside its texts
_PIECE = 64  # bytes that sizes are counted in: small numbers take no memory in Python
_TOGETHER = MIB // 16  # bytes that are freed in one go when room is needed
_AHEAD = 64  # keys that are counted in the budget before they come
_ALONE = 256 * MIB  # of a memory that shares no budgets

_SHARDS = 4096
_RECORD = struct.Struct("<Qd")  # the key's 64-bit fingerprint, and when it is forgotten


class Memory:
    """What one account remembers. All times are Unix seconds of the account's clock, which the caller gives."""

    def __init__(self, results: Budget | None = None, nonces: Budget | None = None) -> None:
        """Begin empty.

        results: The bytes that the values of all accounts may take. Without it this memory has a budget of its own.
        nonces: The bytes that the keys of `add_once` may take in all accounts. Without it this memory has its own.
        """
        self._seen: defaultdict[int, bytearray] = defaultdict(bytearray)
        self._windows: dict[str, tuple[int, int]] = {}
        self._values: defaultdict[int, OrderedDict[str, tuple[float, Any, int]]] = defaultdict(OrderedDict)
        self._held = Share(results or Budget(_ALONE), self._drop_values)
        self._remembered = Share(nonces or Budget(_ALONE), self._drop_keys)
        self._counted = 0

    def add_once(self, key: str, now: float, seconds: float) -> bool:
        """Remember `key` for `seconds`. Return False when it is remembered already.

        A busy quarter of an hour brings a million nonces, so a key is kept as a record of 16 bytes. The records of a
        shard lie one after the other, the oldest first. Two keys are mistaken for each other with a chance of 1 in
        2**64.
        """
        fingerprint = hash(key) & 0xFFFF_FFFF_FFFF_FFFF
        shard = self._seen[fingerprint % _SHARDS]
        self._forget(shard, now)
        record = _RECORD.pack(fingerprint, now + seconds)
        at = shard.find(record[:8])
        if at > 0:
            at = _find_record(shard, record[:8])
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

    def has(self, key: str, now: float) -> bool:
        """Return whether `add_once` remembers a key."""
        fingerprint = hash(key) & 0xFFFF_FFFF_FFFF_FFFF
        shard = self._seen[fingerprint % _SHARDS]
        self._forget(shard, now)
        at = _find_record(shard, fingerprint.to_bytes(8, "little"))
        return at >= 0 and _RECORD.unpack_from(shard, at)[1] > now

    def increment(self, key: str, now: float, seconds: int) -> int:
        """Count one more in the window of `seconds` that `now` lies in, and return the count.

        Windows are aligned to the clock.
        """
        window = int(now // seconds)
        last, count = self._windows.get(key, (window, 0))
        count = count + 1 if last == window else 1
        self._windows[key] = (window, count)
        return count

    def count(self, key: str, now: float, seconds: int) -> int:
        """Return how many `increment` has counted in the window that `now` lies in."""
        window, count = self._windows.get(key, (-1, 0))
        return count if window == int(now // seconds) else 0

    def put(self, key: str, value: Any, now: float, seconds: int, size: int = 0) -> None:
        """Keep a value for `seconds`, or until newer values need the room.

        `size` is the number of bytes of its texts. Values that are kept for the same number of seconds lie in the order
        in which they are forgotten.
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
        """Return the value that is kept under `key`, None when there is none or its time is over."""
        for values in self._values.values():
            found = values.get(key)
            if found is not None and found[0] > now:
                return found[1]
        return None

    def holds(self, key: str) -> bool:
        """Return whether a value is kept under a key, be its time over or not. Any thread may ask."""
        return any(key in values for values in [*self._values.values()])

    def close(self) -> list[object]:
        """Give everything back to the budgets, and return the values that the caller must release.

        Another memory takes the place of this one.
        """
        self._held.close()
        self._remembered.close()
        return [value for values in self._values.values() for value in values.values()]

    def _drop_values(self) -> bool:
        """Forget the oldest values among those that share the most frequent time, and return whether there were any."""
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
        """Forget the older half of the keys, and return whether there were any."""
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


def _find_record(shard: bytearray, fingerprint: bytes) -> int:
    """Return where the record of a fingerprint begins; negative when there is none."""
    at = shard.find(fingerprint)
    while at > 0 and at % _RECORD.size:  # the end of one record and the begin of the next look like a fingerprint
        at = shard.find(fingerprint, at + 1)
    return at
