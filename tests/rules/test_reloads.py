"""Rule files read twice at the same time: one after the other, so that ids and hits stay those of the rules."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.rules import files
from emulator.rules.parse import read_rules
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import scan_text

RULES = "- {name: first, match: {text: first}, verdict: ad}\n- {name: second, match: {text: second}, verdict: ad}\n"


class Gate:
    """Stands before the reading of rule files, counts who is inside, and opens when it is released."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entered = self.inside = self.most = 0
        self.reached, self.open = threading.Event(), threading.Event()
        self._read = read_rules
        monkeypatch.setattr(files, "read_rules", self._pass)

    def _pass(self, *given: Any) -> Any:
        self.entered += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.reached.set()
        assert self.open.wait(20)
        self.inside -= 1
        return self._read(*given)


@pytest.fixture
def own(start: Callable[..., RunningServer], tmp_path: Path) -> RunningServer:
    (tmp_path / "a.yaml").write_text(RULES)
    return start({"fixtures": [str(tmp_path)]})


def list_rules(live: RunningServer) -> list[tuple[str, str, int]]:
    rules = live.control("GET", "rules").json()["items"]
    return [
        (rule["id"], rule["name"], rule["hits"]) for rule in rules if rule.get("name") in ("first", "second", "third")
    ]


def test_two_reloads_at_once(own: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan_text(own, "first")
    before = list_rules(own)
    (tmp_path / "b.yaml").write_text("- {name: third, match: {text: third}, verdict: ad}\n")
    generation = own.app.fixtures.generation
    gate = Gate(monkeypatch)

    async def reload_twice() -> None:
        reloads = [asyncio.create_task(own.app.fixtures.reload(lambda: own.app.rule_names)) for _ in range(2)]
        await asyncio.to_thread(gate.reached.wait, 20)
        for _ in range(50):  # threads that were asked for before have begun by then
            await asyncio.to_thread(lambda: None)
        assert gate.entered == 1, "the second waits for the first"
        gate.open.set()
        await asyncio.gather(*reloads)

    own.run(reload_twice())
    assert (gate.entered, gate.most) == (2, 1)
    assert own.app.fixtures.generation == generation + 2
    after = list_rules(own)
    assert after[:2] == before
    assert before[0][2] == 1
    assert len({name for name, _label, _hits in after}) == 3
