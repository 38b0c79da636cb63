"""The written form of what is kept: JSON, in which a list begins with a word that says what it stands for.

Neither pickle, which runs code, nor marshal, which differs between versions of Python. A tuple is `["t", ...]`, and a
named type has its own word, followed by its fields. Fields that a newer version adds at the end have defaults.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any

import orjson

from emulator.state.store.row import StateUnusable

_BIGGEST = 2**63  # integers from here on have no JSON number in orjson


class WrittenForm:
    """Writes and reads values.

    `types` are the named tuples and callables that may be among the values, by the words that they are written under.
    """

    def __init__(self, types: Mapping[str, type]) -> None:
        self._types = dict(types)
        self._words: dict[type, str] = {tuple: "t", list: "l", **{kept: word for word, kept in types.items()}}

    def write(self, value: Any) -> bytes:
        """Return a value in its written form. Raises TypeError for a value of a type that nobody named."""
        form = self._encode(value)
        try:
            return orjson.dumps(form)
        except orjson.JSONEncodeError:  # half a surrogate pair, or a very large number
            return orjson.dumps(_escape(form))

    def read(self, written: bytes) -> Any:
        """Return the value of a written form. Raises StateUnusable for one that is broken, or of a newer version."""
        try:
            return self._decode(orjson.loads(written))
        except (ValueError, TypeError, IndexError) as error:
            raise StateUnusable(f"it holds what this version cannot read ({error})") from None

    def _encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if (encode := _ENCODERS.get(kind)) is not None:
            return encode(value)
        word, parts = self._take_apart(value)
        return [word, *[part if type(part) in _PLAIN else self._encode(part) for part in parts]]

    def _take_apart(self, value: Any) -> tuple[str, Iterable[Any]]:
        """Return the word of a value, and its parts. Raises TypeError."""
        kind = type(value)
        if (word := self._words.get(kind)) is not None:
            return word, value
        if kind is frozenset:
            return "s", sorted(value)
        if isinstance(value, Mapping):
            return "d", [part for pair in value.items() for part in pair]
        raise TypeError(f"a value of type {kind.__module__}.{kind.__qualname__} has no written form")

    def _decode(self, form: Any) -> Any:
        if type(form) is not list:
            return form
        word = form[0]
        if (decode := _DECODERS.get(word)) is not None:
            return decode(form[1])
        parts = [self._decode(part) if type(part) is list else part for part in form[1:]]
        if (build := _BUILDERS.get(word)) is not None:
            return build(parts)
        if word not in self._types:
            raise ValueError(f"{word!r} is unknown here")
        return self._types[word](*parts)


def _escape(form: Any) -> Any:
    """Return a form in which texts and integers that JSON does not take have forms of their own."""
    if isinstance(form, list):
        return [_escape(part) for part in form]
    if isinstance(form, str):
        try:
            form.encode()
        except UnicodeEncodeError:
            return ["x", b64encode(form.encode("utf-8", "surrogatepass")).decode()]
    elif isinstance(form, int) and not -_BIGGEST <= form < _BIGGEST:
        return ["i", str(form)]
    return form


def _encode_float(value: float) -> Any:
    return value if isfinite(value) else ["f", str(value)]


def _encode_bytes(value: bytes) -> list[str]:
    try:
        return ["u", value.decode()]
    except UnicodeDecodeError:
        return ["b", b64encode(value).decode()]


def _decode_rare(text: str) -> str:
    return b64decode(text).decode("utf-8", "surrogatepass")


def _decode_bytes(text: str) -> bytes:
    return b64decode(text, validate=True)


def _build_dict(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


_PLAIN = frozenset({str, int, bool, type(None)})
_ENCODERS: Mapping[type, Callable[[Any], Any]] = {float: _encode_float, bytes: _encode_bytes}
_DECODERS: Mapping[str, Callable[[str], Any]] = {
    "f": float,
    "i": int,
    "x": _decode_rare,
    "u": str.encode,
    "b": _decode_bytes,
}
_BUILDERS: Mapping[str, Callable[[list[Any]], Any]] = {"t": tuple, "l": list, "s": frozenset, "d": _build_dict}
