"""What callers send in other types than the documents have, and what it is read as."""

import pytest

from emulator.coercion import coerce

THING = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "number": {"type": "integer"},
        "rate": {"type": "number"},
        "flag": {"type": "boolean"},
        "texts": {"type": "array", "items": {"type": "string"}},
        "things": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}},
        "either": {"type": ["string", "number"]},
        "empty": {"type": ["string", "null"]},
        "any": {},
    },
}


@pytest.mark.parametrize(
    ("name", "sent", "read"),
    [
        ("text", 1699, "1699"),
        ("text", 1.5, "1.5"),
        ("text", True, "true"),
        ("text", "01", "01"),
        ("number", "2", 2),
        ("number", "-2", -2),
        ("rate", "62.5", 62.5),
        ("flag", "true", True),
        ("flag", "False", False),
        ("flag", 1, True),
        ("flag", 0, False),
        ("texts", "one", ["one"]),
        ("texts", 7, ["7"]),
        ("texts", ["a", 7], ["a", "7"]),
        ("things", {"text": 1}, [{"text": "1"}]),
        ("things", [{"text": None}], [{}]),
        ("either", 5, 5),
        ("either", "5", "5"),
        ("empty", None, None),
        ("any", None, None),
        ("any", {"a": None}, {"a": None}),
        ("other", None, None),
    ],
)
def test_a_value_of_another_type_is_read(name: str, sent: object, read: object) -> None:
    assert coerce({name: sent}, THING) == {name: read}
    assert type(coerce({name: sent}, THING)[name]) is type(read)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("text", ["a"]),
        ("text", {"a": 1}),
        ("number", "two"),
        ("number", ""),
        ("number", "true"),
        ("number", True),
        ("number", [1]),
        ("flag", "yes"),
        ("flag", 2),
        ("flag", []),
        ("things", [["text"]]),
        ("text", 10**400),
        ("number", "[" * 100),
    ],
)
def test_what_cannot_be_read_stays_as_it_came(name: str, sent: object) -> None:
    assert coerce({name: sent}, THING) == {name: sent}


@pytest.mark.parametrize("name", ["text", "number", "flag", "texts", "things"])
def test_null_is_as_good_as_absent(name: str) -> None:
    assert coerce({name: None, "any": 1}, THING) == {"any": 1}


@pytest.mark.parametrize("whole", ["x", 1, None, [1]])
def test_what_the_whole_is_stays(whole: object) -> None:
    assert coerce(whole, THING) == whole
    assert coerce("x", {"type": "array", "items": {"type": "string"}}) == "x"


def test_each_branch_of_an_all_of_is_heeded() -> None:
    schema = {"allOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "integer"}}}]}
    assert coerce({"a": 1, "b": "2"}, schema) == {"a": "1", "b": 2}


def test_nothing_of_the_caller_is_changed_in_place() -> None:
    sent = {"text": 1, "texts": ["a", 2], "number": None}
    coerce(sent, THING)
    assert sent == {"text": 1, "texts": ["a", 2], "number": None}
