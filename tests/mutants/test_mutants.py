"""The engine of `make mutants`: what is drawn, which tests look at it, how it ends, and what is told of it."""

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.mutants import report
from tests.mutants.choosing import FAR, NEAR, Choice, choose_tests, mirrors
from tests.mutants.playing import ROOT, play

TEXT = """
from typing import NamedTuple

LIMIT = 3


class Case(NamedTuple):
    number: int = 2


def told(log: list[str], number: int) -> bool:
    log.append("told")
    return number < LIMIT
"""


def test_a_seed_draws_the_same_and_a_line_once() -> None:
    drawing = pytest.importorskip("tests.mutants.drawing", reason="mutmut comes with make mutants")

    def draw(seed: int, text: str = TEXT) -> list[report.Change]:
        return [
            report.compare_texts(one.path, text, one.code)
            for one in drawing.draw_mutants({"a.py": text}, seed, lambda _: False)
        ]

    first = draw(1)
    assert {change.before for change in first} == {
        *("LIMIT = 3", "number: int = 2", 'log.append("told")', "return number < LIMIT"),
    }
    assert draw(1, f"\n# more above\n{TEXT}") == first
    assert len({tuple(draw(seed)) for seed in range(9)}) > 1
    assert any(change.after == "pass" for seed in range(9) for change in draw(seed))


def test_what_nobody_could_notice_is_not_drawn() -> None:
    drawing = pytest.importorskip("tests.mutants.drawing", reason="mutmut comes with make mutants")
    text = "LIMIT = 3\n"
    codes = {one.code for seed in range(9) for one in drawing.draw_mutants({"a.py": text}, seed, lambda _: False)}
    assert codes == {"LIMIT = 4\n", "LIMIT = None\n"}
    for seed in range(9):
        (one,) = drawing.draw_mutants({"a.py": text}, seed, lambda mutant: mutant.code == "LIMIT = 4\n")
        assert one.code == "LIMIT = None\n"
    assert not list(drawing.draw_mutants({"a.py": text}, 1, lambda _: True))


@pytest.mark.parametrize(
    ("test", "path", "told"),
    [
        ("tests/config/test_load.py::test_a", "emulator/config/load.py", True),
        ("tests/http/control/test_load.py::test_a", "emulator/config/load.py", False),
        (
            "tests/state/callbacks/test_dispatcher_load.py::Class::test_a[x/y.py]",
            "emulator/state/callbacks/dispatcher.py",
            True,
        ),
        ("tests/faults/test_faults.py::test_a", "emulator/faults.py", True),
        ("tests/rules/test_parse.py::test_a", "emulator/rules/parse_outcome.py", True),
        ("tests/rules/test_rule.py::test_a", "emulator/rules/rulebooks.py", False),
        ("tests/state/callbacks/test_outbox.py::test_a", "emulator/state/callbacks/dispatcher.py", False),
    ],
)
def test_a_test_lies_beside_what_it_mirrors(test: str, path: str, told: bool) -> None:
    assert mirrors(test, path) is told


def test_the_nearest_tests_come_first_and_of_each_one_before_its_second() -> None:
    beside, folder, away = (
        "tests/resources/test_turns.py::test",
        "tests/resources/test_x.py::test",
        "tests/test_y.py::test",
    )
    seconds = {f"{name}[{number}]": 1.0 for name in (away, folder, beside) for number in range(2)}
    choice = choose_tests("emulator/resources/turns.py", seconds, seconds)
    assert list(choice.near) == [f"{beside}[0]", f"{beside}[1]"]
    assert list(choice.far) == [f"{folder}[0]", f"{away}[0]", f"{folder}[1]", f"{away}[1]"]
    running = (f"{away}[1]", f"{beside}[1]")
    choice = choose_tests("emulator/resources/turns.py", seconds, running)
    assert (next(iter(choice.near)), next(iter(choice.far))) == (f"{beside}[1]", f"{away}[1]")


def test_time_is_limited_and_what_takes_longer_is_passed_over() -> None:
    near = {f"tests/test_pace.py::test_{number}": NEAR / 2 for number in range(3)}
    far = {"tests/a/test_b.py::test_short": 1.0, "tests/a/test_b.py::test_long": FAR}
    choice = choose_tests("emulator/pace.py", near | far, ())
    assert list(choice.near) == list(near)[:2]
    assert list(choice.far) == ["tests/a/test_b.py::test_short"]


SOURCE = "def double(number):\n    return number * 2\n"
NEAR_TEST = """
    import pytest
    from own import double

    @pytest.mark.parametrize("number", [double(1)])
    def test_more(number):
        assert number
"""
FAR_TEST = """
    from own import double

    def test_exactly():
        assert double(3) == 6
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(SOURCE, encoding="utf-8")
    for name, text in {"near": NEAR_TEST, "far": FAR_TEST}.items():
        (tmp_path / f"test_{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "ended"),
    [
        ("number * 2", "2 * number", "survived"),
        ("number * 2", "number + 2", "killed"),  # the near test has another parameter then, and passes
        ("number * 2", "0", "killed"),
        ("return", "retur", "killed"),
    ],
)
async def test_a_mutant_ends_as_its_tests_say(checkout: Path, old: str, new: str, ended: str) -> None:
    choice = Choice({"test_near.py::test_more[2]": 0.1}, {"test_far.py::test_exactly": 0.1})
    assert await play(checkout, "own.py", SOURCE.replace(old, new), choice) == ended
    assert (checkout / "own.py").read_text(encoding="utf-8") == SOURCE


async def test_a_mutant_that_never_ends_is_stopped(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutants.playing.TIMEOUT", 1)
    choice = Choice({"test_near.py::test_more": 0}, {})
    assert await play(checkout, "own.py", SOURCE.replace("return", "while True: "), choice) == "timeout"


def test_a_record_tells_who_runs_a_line_and_who_runs_a_table(tmp_path: Path) -> None:
    recorded = pytest.importorskip("tests.mutants.recorded", reason="coverage comes with make mutants")
    kept, source = tmp_path / "kept", tmp_path / "emulator"
    kept.mkdir()
    source.mkdir()
    (source / "tables.py").write_text("TABLE = {}\n", encoding="utf-8")
    (source / "room.py").write_text("from emulator.tables import TABLE\n", encoding="utf-8")
    data = recorded.coverage.CoverageData(str(kept / "gw0.coverage"))
    for test, lines in {"": [1, 3], "tests/test_x.py::one": [3, 4], "tests/test_x.py::two": [5]}.items():
        data.set_context(test)
        data.add_lines({str(source / "room.py"): lines})
    data.write()
    seconds = {"one": 0.25, "two": 0.125, "failed": float("inf")}
    told = json.dumps({f"tests/test_x.py::{name}": took for name, took in seconds.items()})
    (kept / "gw0.json").write_text(told, encoding="utf-8")
    record = recorded.Record(kept, tmp_path)
    one, two = {"tests/test_x.py::one": 0.25}, {"tests/test_x.py::two": 0.125}
    assert [*record.choose_tests("emulator/room.py", 4, 4).far.items()] == [*one.items(), *two.items()]
    assert [*record.choose_tests("emulator/room.py", 5, 6).far.items()] == [*two.items(), *one.items()]
    assert record.choose_tests("emulator/tables.py", 1, 1) == Choice({}, one | two)


@pytest.mark.parametrize(
    ("ends", "stopped", "code"),
    [
        (["killed"] * 9 + ["survived"], False, 0),
        (["killed"] * 8 + ["timeout", "survived"], False, 0),
        (["killed"] * 8 + ["survived"], False, 1),
        (["killed"] * 10, True, 1),
        ([], False, 1),
    ],
)
def test_ninety_of_a_hundred_must_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: list[str], stopped: bool, code: int
) -> None:
    command = pytest.importorskip("tests.mutants.__main__", reason="mutmut comes with make mutants")

    async def play_all(mutants: list[Any], texts: dict[str, str], all_played: list[report.Played]) -> None:
        assert (len(mutants), list(texts)) == (3, ["emulator/resources/turns.py"])
        all_played += played(*ends)
        if stopped:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "_play", play_all)
    options = ["--sample", "3", "--paths", "emulator/resources/turns.py"]
    monkeypatch.setattr(command, "KEPT", tmp_path)
    done = CliRunner().invoke(command.main, options)
    assert done.exit_code == code
    assert done.output.startswith("stopped after " if stopped else f"{len(ends)} mutants: ")
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith(f"# Mutants\n\n{len(ends)} mutants: ")


def played(*ends: str) -> list[report.Played]:
    return [report.Played(7, report.Change("emulator/a.py", "a = 1", "a = 2"), ended, 0.5) for ended in ends]


def test_the_page_counts_and_shows_what_survived() -> None:
    page = report.render_page(played("killed", "timeout", "survived", "killed"), 5)
    assert "4 mutants: 2 killed, 1 timed out, 1 survived; 75.0% noticed, the goal is 90%. Seed 5." in page
    assert "| emulator/a.py | 4 | 1 |" in page
    assert "## emulator/a.py:7 survived\n\n```diff\n-a = 1\n+a = 2\n```" in page
    assert page.count("```diff") == 2


def test_of_nothing_nothing_was_noticed() -> None:
    assert report.compute_rate([]) == 0
    assert report.compute_rate(played("killed", "timeout")) == 1


def test_every_equivalent_mutant_changes_what_is_there_and_says_why() -> None:
    for change, reason in report.read_equivalent().items():
        lines = [line.strip() for line in (ROOT / change.path).read_text(encoding="utf-8").splitlines()]
        assert set(change.before.splitlines()) <= set(lines), change
        assert change.before != change.after
        assert len(reason.split()) > 3
