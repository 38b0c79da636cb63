"""YAML and JSON of ours, read strictly: what is taken, what is refused, and on which line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.documents import parse, parse_json, read
from emulator.documents.folders import list_rule_files
from emulator.types import Problem, Problems


def load_data(text: str, file: str = "a.yaml") -> Any:
    return parse(text, file).data


def find_problem(text: str, file: str = "a.yaml") -> Problem:
    """Return the one problem of a text."""
    with pytest.raises(Problems) as caught:
        parse(text, file)
    (problem,) = caught.value.found
    assert problem.file == file
    assert "\n" not in str(problem)
    return problem


# What a library says of it is not ours to test, and changes with its version: only that it says something.
ITS_WORDS = ""


# -- YAML as version 1.2 means it


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("True", "True"),
        ("NO", "NO"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("0123", "0123"),
        ("0", 0),
        ("-0", 0),
        ("87014", 87014),
        ("-1", -1),
        ("+1", "+1"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("0b11", "0b11"),
        ("62.11", 62.11),
        ("-0.5", -0.5),
        ("1.5e3", 1500.0),
        ("12e4", "12e4"),  # a digest may begin like this
        (".5", ".5"),
        ("1.", "1."),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("=", "="),
        ("<<", "<<"),
        ("'87014'", "87014"),
        ('"no"', "no"),
        ("加我支付宝", "加我支付宝"),
        ("🙂", "🙂"),
        ("C:\\fixtures\\new", "C:\\fixtures\\new"),
        ("'C:\\fixtures\\new'", "C:\\fixtures\\new"),
        ('"C:\\\\fixtures"', "C:\\fixtures"),
        ("https://a.test/?x=1#y", "https://a.test/?x=1#y"),
        ("a # comment", "a"),
        ("!!str 1", "1"),
        ("!!int '1'", 1),
    ],
)
def test_each_scalar_is_read_as_its_type(text: str, value: Any) -> None:
    read_back = load_data(f"text: {text}")
    assert read_back == {"text": value}
    assert type(read_back["text"]) is type(value)


def test_a_double_quoted_windows_path_is_an_escape_as_yaml_says() -> None:
    assert load_data(r'"C:\new"') == "C:\new"
    assert find_problem(r'"C:\Users"').line == 1
    assert find_problem(r'- "C:\data"').line == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(end: str) -> None:
    document = parse(end.join(["- a: 1", "  b: 2", "- c: 3", ""]), "a.yaml")
    assert document.data == [{"a": 1, "b": 2}, {"c": 3}]
    assert [document.find_line(path) for path in ("$[0].a", "$[0].b", "$[1].c")] == [1, 2, 3]


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "---\n...\n", "\ufeff", "null"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert load_data(text) is None


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    for name, text in (("a.yaml", "a: 1"), ("a.json", '{"a": 1}')):
        file = tmp_path / name
        file.write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert read(file).data == {"a": 1}


def test_a_directive_changes_nothing() -> None:
    assert load_data("%YAML 1.1\n---\ntext: no") == {"text": "no"}


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("a: 1\nb: 2\na: 3", 3, "the key 'a' twice"),
        ("- x\n- {b: 1, b: 2}", 2, "the key 'b' twice"),
        ("a: &x 1\nb: *x", 2, "an alias; write it out"),
        ("a: &x [1]\nb:\n  - *x", 3, "an alias; write it out"),
        ("a: &x [*x]", 1, "an alias; write it out"),
        ("a: 1\n1: 2", 2, "a key that is no text; put it in quotes"),
        ("true: 1", 1, "a key that is no text; put it in quotes"),
        ("? [a]\n: b", 1, "a key that is no text; put it in quotes"),
        ("? {a: b}\n: c", 1, "a key that is no text; put it in quotes"),
        ("a:\n\tb: 1", 2, ITS_WORDS),
        ("- a\n\t- b", 2, ITS_WORDS),
        ("a: 1\n b: 2", 2, ITS_WORDS),
        ("a: [1, 2", 2, ITS_WORDS),
        ("--- 1\n--- 2", 2, ITS_WORDS),
        ("a: @b", 1, ITS_WORDS),
        ("a: !!binary aGk=", 1, "the tag 'tag:yaml.org,2002:binary', which is none of ours"),
        ("a: !!timestamp 2024-01-01", 1, "the tag 'tag:yaml.org,2002:timestamp', which is none of ours"),
        ("a: !!set {x}", 1, "the tag 'tag:yaml.org,2002:set', which is none of ours"),
        ("a: 1\nb: !!python/object:os.system x", 2, "the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: !own x", 1, "the tag '!own', which is none of ours"),
        ("a: !!bool maybe", 1, "'maybe', which is no bool"),
        ("a: 1\nb: !!int x", 2, "'x', which is no int"),
        ("a: !!float .nan", 1, "'.nan', which is no float"),
        ("a: !!str [1]", 1, "the tag 'tag:yaml.org,2002:str'"),
        ("a: \x00", 1, ITS_WORDS),
        ("a: \ud800", 1, ITS_WORDS),
        ("a: " + "1" * 5000, 1, ITS_WORDS),
    ],
)
def test_what_yaml_is_refused_and_where(text: str, line: int, got: str) -> None:
    problem = find_problem(text)
    assert (problem.path, problem.expected, problem.line) == ("$", "valid YAML", line)
    assert problem.got
    assert got in problem.got


# -- JSON


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ('{"a": 1,\n "b": 2, "a": 3}', 1, "the key 'a' twice"),
        ("[NaN]", 1, "NaN"),
        ("[Infinity]", 1, "Infinity"),
        ("[-Infinity]", 1, "-Infinity"),
        ("[1,\n2,\nx]", 3, ITS_WORDS),
        ('{"a":\n\n}', 3, ITS_WORDS),
        ("{'a': 1}", 1, ITS_WORDS),
        ("", 1, ITS_WORDS),
        ("# no", 1, ITS_WORDS),
        ("[" * 100_000, 1, ITS_WORDS),
        ("1" * 5000, 1, ITS_WORDS),
        ('"a\nb"', 1, ITS_WORDS),
    ],
)
def test_what_json_is_refused_and_where(text: str, line: int, got: str) -> None:
    problem = find_problem(text, "a.json")
    assert (problem.path, problem.expected, problem.line) == ("$", "valid JSON", line)
    assert problem.got
    assert got in problem.got
    with pytest.raises(Problems) as caught:
        parse_json(text)
    assert caught.value.found == [Problem("$", "valid JSON", problem.got)]


def test_a_json_file_has_lines_too() -> None:
    document = parse('[\n\t{"a": 1},\r\n  {"b":\n    {"c": 2}}\n]', "a.json")
    assert [document.find_line(path) for path in ("$[0].a", "$[1]", "$[1].b", "$[1].b.c")] == [2, 3, 4, 4]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ('{"a": [1e400]}', "$.a[0]", "a finite number"),
        ('{"a": [-1e400]}', "$.a[0]", "a finite number"),
        ('{"a": ["x\\ud800"]}', "$.a[0]", "valid Unicode"),
        ('{"a": {"\\udfff": 1}}', "$.a", "valid Unicode"),
        ('{"a": 9223372036854775808}', "$.a", "a whole number of at most 64 bits"),
        ('{"a": -9223372036854775809}', "$.a", "a whole number of at most 64 bits"),
    ],
)
def test_what_no_answer_could_repeat(text: str, path: str, expected: str) -> None:
    with pytest.raises(Problems) as caught:
        parse_json(text)
    (problem,) = caught.value.found
    assert (problem.path, problem.expected, problem.file, problem.line) == (path, expected, "", 0)
    str(problem).encode()
    located = find_problem("\n" + text, "a.json")
    assert (located.path, located.expected, located.line) == (path, expected, 2)


def test_never_more_than_twenty_of_them_are_reported() -> None:
    with pytest.raises(Problems) as caught:
        parse_json(f"[{','.join(['1e400'] * 500)}]")
    assert len(caught.value.found) == 20


def test_the_widest_whole_numbers_and_any_character_are_taken() -> None:
    text = '["\\ud83d\\ude42", 9223372036854775807, -9223372036854775808, 1e300]'
    assert parse_json(text) == ["🙂", 2**63 - 1, -(2**63), 1e300]
    assert load_data("[🙂, 9223372036854775807, -9223372036854775808]") == ["🙂", 2**63 - 1, -(2**63)]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_ends_at_64_levels(opening: str, closing: str) -> None:
    levels = opening.count("[") + opening.count("{")
    fits = opening * (64 // levels) + "1" + closing * (64 // levels)
    for file in ("a.json", "a.yaml"):
        assert load_data(fits, file) is not None
        problem = find_problem(f"[{fits}]", file)
        assert "64 levels" in problem.expected + problem.got
        assert len(str(problem)) < 200


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 200_000, "- " * 200_000, "? " * 200_000, "&a [*a, " * 50_000])
def test_bombs_are_refused_and_kill_nobody(text: str) -> None:
    problem = find_problem(text)
    assert (problem.expected, problem.line) == ("valid YAML", 1)
    assert len(problem.got) < 200


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    assert find_problem("\n".join(lines)).got == "an alias; write it out"


# -- files


def test_what_cannot_be_read(tmp_path: Path) -> None:
    missing, folder, binary = tmp_path / "no.yaml", tmp_path, tmp_path / "b.yaml"
    binary.write_bytes(b"a: \xff\xfe")
    for path, expected, got in (
        (missing, "a readable file", "No such file or directory"),
        (folder, "a readable file", "Is a directory"),
        (binary, "UTF-8 text", "byte 3 that is not"),
    ):
        with pytest.raises(Problems) as caught:
            read(path)
        assert caught.value.found == [Problem("$", expected, got, str(path), 1)]


def test_utf_16_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        file.write_bytes("a: 1".encode(encoding))
        with pytest.raises(Problems):
            read(file)


def test_files_in_the_order_of_names_folders_in_the_order_given(tmp_path: Path) -> None:
    names = ("b/z.yaml", "b/a/y.json", "b/a.yaml", "b/B.yml", "b/note.txt", "b/.hidden.yaml", "a/x.yaml", "one.yaml")
    for name in names:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (tmp_path / "b" / "folder.yaml").mkdir()
    given = [tmp_path / "b", tmp_path / "one.yaml", tmp_path / "a", tmp_path / "gone"]
    found = [str(path.relative_to(tmp_path)).replace(os.sep, "/") for path in list_rule_files(given)]
    assert found == ["b/.hidden.yaml", "b/B.yml", "b/a/y.json", "b/a.yaml", "b/z.yaml", "one.yaml", "a/x.yaml", "gone"]


# -- lines


LINES = """\
# a comment
rules:
  - name: first
    match:
      url: {contains: x,
            prefix: y}
    verdict: porn
  -
    match: {"a b": [1,
                    2]}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$", 2),
        ("$.rules", 3),
        ("$.rules[0]", 3),
        ("$.rules[0].name", 3),
        ("$.rules[0].match", 5),
        ("$.rules[0].match.url.prefix", 6),
        ("$.rules[0].match.url.missing", 5),
        ("$.rules[0].verdict", 7),
        ("$.rules[1]", 9),
        ("$.rules[1].match['a b'][1]", 10),
        ("$.rules[7].match", 3),
        ("$.elsewhere", 2),
        ("no path", 2),
    ],
)
def test_the_line_of_a_path(path: str, line: int) -> None:
    assert parse(LINES, "a.yaml").find_line(path) == line


def test_problems_get_file_and_line() -> None:
    document = parse(LINES, "a.yaml")
    assert document.locate_problems([Problem("$.rules[1].match", "x", "y")]) == [
        Problem("$.rules[1].match", "x", "y", "a.yaml", 9)
    ]


def test_an_empty_file_has_one_line() -> None:
    assert parse("", "a.yaml").find_line("$[3].x") == 1


# -- anything


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("-:? []{}&*!|>'\"%@`\n\tab1,#~<=", max_size=40))
def test_no_text_raises_anything_but_problems(text: str) -> None:
    for file in ("a.yaml", "a.json"):
        found: list[Problem] = []
        try:
            parse(text, file)
        except Problems as problems:
            found = problems.found
        assert all(problem.file == file and problem.line >= 1 for problem in found)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert parse(json.dumps(value), "a.json").data == value
    assert parse_json(json.dumps(value, ensure_ascii=False)) == value


KEYS = st.text("abcdefgh", min_size=1, max_size=3)
NESTED = st.recursive(
    st.booleans() | st.integers(0, 99) | st.text("xyz \\n\\", max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def list_paths(value: Any, path: str = "$") -> list[str]:
    """Return the path of every part of a value."""
    if isinstance(value, dict):
        return [path, *(inner for key in value for inner in list_paths(value[key], f"{path}.{key}"))]
    if isinstance(value, list):
        return [path, *(inner for n, each in enumerate(value) for inner in list_paths(each, f"{path}[{n}]"))]
    return [path]


@settings(deadline=None)
@given(NESTED, st.sampled_from([None, 0, 1, 2]), st.sampled_from([(",", ":"), (" ,\n", "\n : "), (",", ":\n\n")]))
def test_a_part_has_the_same_line_in_json_and_in_yaml(value: Any, indent: int, separators: tuple[str, str]) -> None:
    """JSON is YAML, so two readers that know nothing of each other must agree."""
    text = "\n" + json.dumps(value, indent=indent, separators=separators)
    in_json = parse(text, "a.json")
    try:
        in_yaml = parse(text, "a.yaml")
    except Problems:  # such as a key whose colon stands on the next line
        return
    assert in_json.data == in_yaml.data
    for path in list_paths(value):
        assert in_json.find_line(path) == in_yaml.find_line(path), path
