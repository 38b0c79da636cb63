"""The written form: what is read is what was written, of whatever type, and nothing unknown is taken for something."""

import math
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.discovery import collect_kept_types, find_providers
from emulator.state.store.row import StateUnusable
from emulator.state.store.written import WrittenForm


class Point(NamedTuple):
    """A type of three fields, the last of which came with a newer version."""

    x: Any
    y: Any
    z: Any = None


FORM = WrittenForm({"point": Point})

texts = st.text(st.characters(codec=None, exclude_categories=()))  # half surrogate pairs as well
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts | st.binary()
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(texts | st.integers(), inner)
        | st.frozensets(st.binary())
        | st.builds(Point, inner, inner, inner)
    ),
    max_leaves=20,
)


def describe(value: Any) -> Any:
    """Return a value with the type of each part, since 1, 1.0 and True are equal."""
    if isinstance(value, dict):
        return dict, [(describe(key), describe(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [describe(each) for each in value]
    return type(value), value


@given(values)
def test_what_is_read_is_what_was_written(value: Any) -> None:
    written = FORM.write(value)
    assert isinstance(orjson.loads(written), object)
    assert describe(FORM.read(written)) == describe(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, 0.1 + 0.2, -0.0, 1e300, 2**53 + 1, 2**64, -(2**63)])
def test_numbers_keep_all_their_digits(value: float) -> None:
    assert repr(FORM.read(FORM.write(value))) == repr(value)


def test_a_field_that_came_later_has_its_default() -> None:
    assert FORM.read(b'["point",1,["t",2]]') == Point(1, (2,), None)


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, [Point(1, {"a": bytearray()}, 2)], 1j],
    ids=["object", "set", "bytearray inside", "complex"],
)
def test_a_type_without_a_word_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="has no written form"):
        FORM.write(value)


@pytest.mark.parametrize(
    "written",
    [b"", b"{", b"[]", b'["nobody",1]', b'["b","?"]', b'["point"]', b'["point",1,2,3,4]', b'["d",1]', b'["i","x"]'],
)
def test_what_cannot_be_read_is_said(written: bytes) -> None:
    with pytest.raises(StateUnusable, match="cannot read"):
        FORM.read(written)


def test_the_words_of_all_kept_types_differ_from_those_of_lists() -> None:
    words = collect_kept_types(find_providers().values())
    assert all(len(word) > 1 for word in words)
    assert len(set(words.values())) == len(words)
