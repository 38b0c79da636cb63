"""Draws of a seed: hostile values, what becomes of structures, and how they may be spelt."""

import json
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.fuzz.hostile import LONG, NUMBERS, ODD, TEXTS, URLS


class Rng(Random):
    """The draws of one fuzzed request. `number` is its seed; `wild` says whether its values are bent at all."""

    def __init__(self, number: int, wild: float = 0.65) -> None:
        super().__init__(number)
        self.number = number
        self.wild = self.random() < wild
        self._nonces = 0

    def one_in(self, many: int) -> bool:
        return self.random() * many < 1

    def make_nonce(self) -> str:
        """Return a text that no other request of any seed has."""
        self._nonces += 1
        return f"nonce-{self.number:012}-{self._nonces}"

    def pick_text(self) -> str:
        """Return a hostile text; rarely a long one, or several in one."""
        drawn = self.random()
        if drawn < 0.01:
            return self.choice(LONG)
        if drawn < 0.02:
            return self.choice(TEXTS)[:8] * self.randrange(1, 300)
        if drawn < 0.25:
            return "".join(self.choices(TEXTS, k=2))
        if drawn < 0.4:
            return self.choice(URLS)
        return self.choice(TEXTS)

    def pick_encodable_text(self, codec: str = "utf-8") -> str:
        """Return a hostile text that a codec can write."""
        return self.pick_text().encode(codec, "replace").decode(codec)

    def pick_header_value(self) -> str:
        """Return a hostile text that a header can hold."""
        return "".join(letter for letter in self.pick_encodable_text()[:2000] if letter >= " " and letter != "\x7f")

    def keep_or_pick_header_value(self, value: str) -> str:
        """Return a value as it is, or now and then another, that a header can hold."""
        return self.pick_header_value() if self.wild and self.one_in(6) else value

    def keep_or_pick(self, value: str, codec: str = "utf-8") -> str:
        """Return a value as it is, or now and then another."""
        return self.pick_encodable_text(codec) if self.wild and self.one_in(6) else value

    def pick_value(self) -> Any:
        """Return anything that JSON can say."""
        drawn = self.random()
        if drawn < 0.5:
            return self.pick_text()
        return self.choice(NUMBERS) if drawn < 0.8 else self.choice(ODD)

    def bend(self, value: Any) -> Any:
        """Return a structure with some parts replaced, renamed, doubled or left out; unchanged when not `wild`."""
        return self._bend(value, 0.12) if self.wild else value

    def _bend(self, value: Any, chance: float) -> Any:
        if self.random() < chance:
            return self.choice(_CHANGES)(self, value)
        if isinstance(value, Mapping):
            found = {key: self._bend(each, chance) for key, each in value.items()}
            if found and self.one_in(12):
                found.pop(self.choice([*found]))
            if self.one_in(12):
                found[self.pick_text()] = self.pick_value()
            return found
        if isinstance(value, list):
            return [self._bend(each, chance) for each in value] * self.choice((1, 1, 1, 1, 1, 1, 0, 2, 101))
        return value

    def bend_params(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return flat parameters, some with another name or value; all of them can be written as UTF-8."""
        if not self.wild:
            return dict(given)
        found = {}
        for name, value in given.items():
            drawn = self.random()
            spelt = self._rename(name) if drawn < 0.05 else name
            if not 0.05 < drawn < 0.12:
                found[spelt] = self.pick_encodable_text() if drawn > 0.85 else value
        return found

    def _rename(self, name: str) -> str:
        return self.choice(
            (name.replace(".1", self.choice(_INDEXES)), name.lower(), f"{name}.1", self.pick_encodable_text())
        )

    def encode_json(self, value: Any) -> bytes:
        """Return a structure as text, bent, and now and then spelt as no encoder would."""
        bent = self.bend(value)
        text = json.dumps(bent, ensure_ascii=self.one_in(2), allow_nan=True)
        if self.wild and self.one_in(6):
            return self.choice(_SPELLINGS)(self, text)
        return text.encode("utf-8", "surrogatepass")

    def harm(self, data: bytes, most: int = 6) -> bytes:
        """Return bytes with some of them flipped, left out, doubled or put in."""
        for _ in range(self.randrange(1, most)):
            at = self.randrange(len(data) + 1)
            data = self.choice(_HARMS)(self, data, at, at + self.choice((1, 1, 2, 4, 16, 200)))
        return data


_INDEXES = (
    ".0",
    ".2",
    ".01",
    ".-1",
    ".+1",
    ".",
    "",
    ".1.1",
    ".x",
    ".10000",
    ".99999999999999999999",
    ".²",
    ".１",
    "[1]",
)

_CHANGES: tuple[Callable[[Rng, Any], Any], ...] = (
    lambda rng, _value: rng.pick_value(),
    lambda rng, _value: rng.pick_text(),
    lambda rng, _value: rng.choice(NUMBERS),
    lambda rng, _value: rng.choice(ODD),
    lambda _rng, value: [value],
    lambda _rng, value: {"a": value},
    lambda _rng, value: json.dumps(value),
    lambda _rng, value: str(value),
    lambda rng, value: f"{value}{rng.pick_text()}",
    lambda rng, value: {rng.pick_text(): value for _ in range(rng.randrange(1, 40))},
)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _break_number(rng: Rng, text: str) -> bytes:
    number = rng.choice(("1e400", "01", "-", "1.", "9" * 5000, "Infinity"))
    return _encode(re.sub("[0-9]+", number, text, count=1))


def _break_escape(rng: Rng, text: str) -> bytes:
    return _encode(text.replace('"', rng.choice(_ESCAPES), 1))


def _nest(rng: Rng, opening: bytes, closing: bytes) -> bytes:
    depth = rng.choice((10, 128, 1025, 20_000))
    return opening * depth + b"1" + closing * depth


_ESCAPES = ('"\\ud800', '"\\u0000', '"\\u00', '"\\udc00\\ud800', '"\\uffff', '"\\x41')
_SPELLINGS: tuple[Callable[[Rng, str], bytes], ...] = (
    lambda _rng, text: b"\xef\xbb\xbf" + _encode(text),
    lambda _rng, text: text.encode("utf-16", "surrogatepass"),
    lambda _rng, text: text.encode("gb18030", "replace"),
    lambda _rng, text: _encode(text) + b",",
    lambda _rng, text: b"// x\n" + _encode(text),
    lambda _rng, text: _encode(text.replace('"', "'")),
    lambda _rng, text: _encode(text.replace("{", '{"a":1,"a":[2],', 1)),
    lambda _rng, text: _encode(text[:-1] + "," + text[1:]),  # every key of an object twice
    lambda rng, text: _encode(text.replace(": ", f": {'[' * rng.choice((3, 500, 5000))}", 1)),
    lambda rng, _text: _nest(rng, b"[", b"]"),
    lambda rng, _text: _nest(rng, b'{"a":', b"}"),
    _break_number,
    _break_escape,
    lambda rng, text: rng.harm(_encode(text)),
)


def _flip_bit(rng: Rng, data: bytes, at: int, _to: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :] if at < len(data) else data


_HARMS: tuple[Callable[[Rng, bytes, int, int], bytes], ...] = (
    _flip_bit,
    lambda _rng, data, at, to: data[:at] + data[to:],
    lambda _rng, data, at, to: data[:to] + data[at:],
    lambda rng, data, at, to: data[:at] + rng.randbytes(to - at) + data[to:],
    lambda rng, data, at, _to: data[:at] + rng.choice((b"\0", b"\r\n", b"\n", b"\xff", b"%", b"--", b" ")) + data[at:],
)
