"""Fixture files that change while the server runs."""

import asyncio
import errno
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import building
from emulator.app import App
from emulator.config.load import load_settings
from emulator.discovery import collect_provided_settings, find_providers
from emulator.documents.folders import Folders
from emulator.rules.files import RulesReloaded
from emulator.state.events import Event
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_text

PORN = "- {name: first, match: {text: first}, verdict: ad, times: 2}\n"
SECOND = "- {name: second, match: {text: second}, verdict: ad}\n"
BROKEN = "- {match: {text: x}, verdict: ad}\n- match: {ulr: x}\n  verdict: porn\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "rules"
    inside.mkdir()
    (inside / "a.yaml").write_text(PORN)
    return inside


@pytest.fixture
def own(start: Callable[..., RunningServer], folder: Path) -> RunningServer:
    return start({"fixtures": [str(folder)]})


def get_fixtures(live: RunningServer) -> dict[str, Any]:
    return dict(live.control("GET", "info").json()["fixtures"])


def list_own_rules(live: RunningServer, folder: Path) -> list[dict[str, Any]]:
    rules = live.control("GET", "rules").json()["items"]
    return [rule for rule in rules if rule["source"].startswith(str(folder))]


def fetch_label(live: RunningServer, text: str) -> str:
    return str(scan_text(live, text).json()["Data"]["Elements"][0]["Results"][0]["Label"])


def test_info_tells_of_the_folders(own: RunningServer, folder: Path) -> None:
    found = get_fixtures(own)
    assert found["dirs"][0] == str(folder)
    assert (found["generation"], found["problems"], found["watching"]) == (1, [], False)
    assert found["rules"] == own.control("GET", "rules").json()["total"]
    assert found["loaded_at"].endswith("+00:00")


def test_a_reload_is_reported(own: RunningServer, folder: Path) -> None:
    heard: list[Event] = []
    own.state.events.listen(heard.append)
    own.control("POST", "rules/reload")
    (folder / "b.yaml").write_text("- {match: {ulr: x}, verdict: porn}\n")
    own.control("POST", "rules/reload")
    well, ill = [event for event in heard if isinstance(event, RulesReloaded)]
    assert (well.rules, well.problem) == (get_fixtures(own)["rules"], "")
    assert ill.rules == well.rules
    assert ill.problem.startswith(f"{folder / 'b.yaml'}:1: ")


def test_a_reload_takes_new_changed_and_vanished_files(own: RunningServer, folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "b.json").write_text('[{"match": {"text": "second"}, "verdict": "ad"}]')
    assert fetch_label(own, "second") == "normal"
    answer = own.control("POST", "rules/reload")
    assert (answer.status_code, answer.json()) == (200, get_fixtures(own))
    assert answer.json()["generation"] == 2
    assert fetch_label(own, "second") == "ad"
    (folder / "deep" / "b.json").unlink()
    assert own.control("POST", "rules/reload").json()["generation"] == 3
    assert fetch_label(own, "second") == "normal"


def test_a_broken_file_changes_nothing_and_is_reported_with_its_line(
    own: RunningServer, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = own.control("GET", "rules").json()
    (folder / "b.yaml").write_text(SECOND)  # in order, but the whole old set stays
    (folder / "c.yaml").write_text(BROKEN)
    with caplog.at_level(logging.ERROR):
        answer = own.control("POST", "rules/reload")
    assert answer.status_code == 400
    (problem,) = answer.json()["problems"]
    assert (problem["file"], problem["line"], problem["path"]) == (str(folder / "c.yaml"), 2, "$[1].match.ulr")
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"{folder / 'c.yaml'}:2: " in line
    assert "\n" not in line
    (shown,) = get_fixtures(own)["problems"]
    assert (shown["file"], shown["line"]) == (str(folder / "c.yaml"), 2)
    assert "did you mean url?" in shown["message"]
    assert get_fixtures(own)["generation"] == 1
    assert own.control("GET", "health").status_code == 200
    assert own.control("GET", "rules").json() == before
    (folder / "c.yaml").unlink()
    assert own.control("POST", "rules/reload").json()["problems"] == []
    assert fetch_label(own, "second") == "ad"


def test_what_is_warned_of_is_logged_once(own: RunningServer, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "own.yaml").write_text("- match: {provider: wechat}\n  error: {code: 87099}\n")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert own.control("POST", "rules/reload").status_code == 200
    told = "87099 is in no table of wechat: it is answered as the rule writes it"
    assert [record.getMessage() for record in caplog.records] == [f"{folder / 'own.yaml'}:1: {told}"]
    assert [rule.get("warnings") for rule in list_own_rules(own, folder)] == [None, [told]]


def test_a_folder_that_is_gone_is_a_problem(own: RunningServer, folder: Path) -> None:
    (folder / "a.yaml").unlink()
    folder.rmdir()
    assert own.control("POST", "rules/reload").status_code == 400
    assert fetch_label(own, "first") == "ad"


def test_what_did_not_change_goes_on_and_what_changed_begins_anew(own: RunningServer, folder: Path) -> None:
    (folder / "a.yaml").write_text(PORN + PORN + SECOND)
    own.control("POST", "rules/reload")
    assert [fetch_label(own, "first") for _ in range(3)] == ["ad"] * 3
    assert fetch_label(own, "second") == "ad"
    (one, two, three) = list_own_rules(own, folder)
    assert [(rule["hits"], rule["remaining"]) for rule in (one, two, three)] == [(2, 0), (1, 1), (1, None)]
    (folder / "a.yaml").write_text("# moved\n" + SECOND.replace("second}", "second}, times: 9") + PORN + PORN)
    own.control("POST", "rules/reload")
    changed, *same = list_own_rules(own, folder)
    assert [(rule["id"], rule["hits"], rule["source"]) for rule in same] == [
        (one["id"], 2, f"{folder / 'a.yaml'}:3"),
        (two["id"], 1, f"{folder / 'a.yaml'}:4"),
    ]
    assert (changed["hits"], changed["remaining"]) == (0, 9)
    assert changed["id"] not in {one["id"], two["id"], three["id"]}
    (folder / "a.yaml").write_text(PORN.replace("times: 2", "times: 1") + PORN)
    own.control("POST", "rules/reload")
    assert [(rule["hits"], rule["remaining"]) for rule in list_own_rules(own, folder)] == [(0, 1), (2, 0)]


def test_ids_are_never_given_twice(own: RunningServer, folder: Path) -> None:
    seen = {rule["id"] for rule in own.control("GET", "rules").json()["items"]}
    (folder / "a.yaml").write_text(SECOND + PORN)
    own.control("POST", "rules/reload")
    ids = [rule["id"] for rule in own.control("GET", "rules").json()["items"]]
    assert len(ids) == len(set(ids)) == len(seen) + 1
    assert len(set(ids) - seen) == 1


def test_a_verdict_follows_thresholds_that_were_changed(own: RunningServer, folder: Path) -> None:
    (folder / "a.yaml").write_text("- {match: {text: first}, verdict: {findings: [{label: ad, rate: 60}]}}\n")
    own.control("POST", "rules/reload")
    own.control("PATCH", "settings", {"thresholds": {"block": 55}})
    own.control("POST", "rules/reload")
    answer = scan_text(own, "first").json()["Data"]["Elements"][0]["Results"][0]
    assert (answer["Label"], answer["Suggestion"]) == ("ad", "block")


def test_calls_are_answered_while_many_rules_are_read(own: RunningServer, folder: Path) -> None:
    rules = [{"match": {"url": f"http://a.test/{n}.jpg"}, "verdict": "porn"} for n in range(30_000)]
    (folder / "many.json").write_text(json.dumps(rules))
    before = get_fixtures(own)["generation"]
    reading = own.submit(own.app.fixtures.reload(lambda: own.app.rule_names))
    answered = 0
    while not reading.done():
        assert scan_text(own, "hello").status_code == 200
        answered += 1
    reading.result()
    assert answered > 3
    assert get_fixtures(own)["generation"] == before + 1
    assert get_fixtures(own)["rules"] > 30_000


def test_thresholds_that_change_while_files_are_read(own: RunningServer, folder: Path) -> None:
    finding = {"findings": [{"label": "ad", "rate": 60}]}
    rules = [{"match": {"text": f"number {n}"}, "verdict": finding} for n in range(20_000)]
    (folder / "many.json").write_text(json.dumps(rules))
    reading = own.submit(own.app.fixtures.reload(lambda: own.app.rule_names))
    assert own.control("PATCH", "settings", {"thresholds": {"block": 55}}).status_code == 200
    assert not reading.done()
    reading.result()
    for number in (0, 19_999):
        result = scan_text(own, f"number {number}").json()["Data"]["Elements"][0]["Results"][0]
        assert result["Suggestion"] == "block"


def wait_until(true: Callable[[], bool]) -> None:
    """Return when something is so; asked over and over by way of HTTP, for half a minute at most."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < 30


def test_a_change_is_seen(start: Callable[..., RunningServer], folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.yaml"
    alone.write_text("[]")
    live = start({"fixtures": [str(folder), str(alone)], "server": {"reload": True}})
    (folder / "new").mkdir()
    (folder / "notes.txt").write_text("no rule")
    (folder / "a.yaml").write_text(SECOND)
    wait_until(lambda: fetch_label(live, "second") == "ad")
    (folder / "new" / "b.yaml").write_text(BROKEN)
    wait_until(lambda: get_fixtures(live)["problems"] != [])
    (folder / "new" / "b.yaml").unlink()
    wait_until(lambda: get_fixtures(live)["problems"] == [])
    other = tmp_path / "other"  # as editors write: a new file in the place of the old
    other.write_text("- {match: {text: third}, verdict: ad}\n")
    other.rename(alone)
    wait_until(lambda: fetch_label(live, "third") == "ad")
    assert get_fixtures(live)["watching"] is True


def test_without_reload_nobody_watches(own: RunningServer, folder: Path) -> None:
    assert own.state.settings.server.reload is False
    assert own.run(list_watchers()) == []


async def list_watchers() -> list[str]:
    return [str(task.get_coro()) for task in asyncio.all_tasks() if "Fixtures.watch" in str(task.get_coro())]


# What goes wrong while nobody looks. Time passes only where a step says so.


@pytest.fixture
def app(folder: Path) -> App:
    own = find_providers()
    return building.build(
        load_settings(None, {"fixtures": [str(folder)]}, {}, collect_provided_settings(own.values())), own
    )


def watch_steps(app: App, *steps: Callable[[], object]) -> list[float]:
    """Watch, and take a step at each pause; the pauses before them, without those that wait for more changes."""
    pauses: list[float] = []
    left = iter(steps)

    async def sleep(seconds: float) -> None:
        if seconds == 0.1:
            return
        pauses.append(seconds)
        step = next(left, None)
        if step is None:
            raise asyncio.CancelledError
        step()

    async def watch() -> None:
        with pytest.raises(asyncio.CancelledError):
            await app.fixtures.watch(lambda: app.rule_names, sleep)

    asyncio.run(watch())
    return pauses


def do_nothing() -> None:
    """Change nothing: a step to wait for."""


ERRORS: tuple[Exception, ...] = (
    *(OSError(number, os.strerror(number)) for number in (errno.EMFILE, errno.EACCES, errno.ENOTDIR, errno.ESTALE)),
    RuntimeError("can't start new thread"),
    MemoryError(),
)


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_watching_goes_on_whatever_happens(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    seen: list[bool] = []

    def fail(_: Folders) -> Any:
        raise error

    def begin() -> None:
        monkeypatch.setattr(Folders, "scan", fail)
        (folder / "a.yaml").write_text(SECOND)

    def note() -> None:
        seen.append(app.fixtures.to_dict()["watching"])

    def end() -> None:
        monkeypatch.undo()
        note()

    pauses = watch_steps(app, begin, note, *[note] * 6, end, note)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 0.5, 0.5]
    assert seen == [False] * 8 + [True]
    assert app.fixtures.generation == 2
    lost, again = [record.getMessage() for record in caplog.records]
    assert "are not seen for now" in lost
    assert type(error).__name__ in lost
    assert "seen again" in again
    assert app.fixtures.to_dict()["watching"] is False  # it was cancelled


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_reading_that_fails_is_reported_and_tried_again(
    app: App, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    def begin() -> None:
        monkeypatch.setattr("emulator.documents.Path.read_text", fail)
        (folder / "a.yaml").write_text(SECOND)

    def check() -> None:
        assert app.fixtures.to_dict()["watching"] is True
        (problem, *_) = app.fixtures.to_dict()["problems"]
        assert (error.strerror if isinstance(error, OSError) else type(error).__name__) in problem["message"]

    watch_steps(app, begin, check, *[do_nothing] * 8, monkeypatch.undo, *[do_nothing] * 9)
    assert app.fixtures.problems == []
    assert app.fixtures.generation == 2
    got, again = [record.getMessage() for record in caplog.records]
    assert "the rules read before stay" in got
    assert "in order again" in again


def test_a_folder_that_goes_and_comes_is_seen_at_once(app: App, folder: Path) -> None:
    (folder / "a.yaml").unlink()

    def move_away() -> None:
        folder.rename(folder.with_name("away"))

    def move_back() -> None:
        assert app.fixtures.problems
        folder.with_name("away").rename(folder)
        (folder / "a.yaml").write_text(SECOND)

    watch_steps(app, move_away, do_nothing, *[do_nothing] * 20, move_back, do_nothing)
    assert app.fixtures.problems == []
    assert app.fixtures.generation == 3


def test_looking_takes_a_hundredth_of_the_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(100))
    monkeypatch.setattr("emulator.rules.files.thread_time", lambda: next(times))
    assert watch_steps(app, do_nothing) == [99, 99]
