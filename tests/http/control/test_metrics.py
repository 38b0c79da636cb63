"""metrics, read as Prometheus reads them."""

import re
from collections.abc import Callable

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import call_rpc, scan_text

LINE = re.compile(r'(moderation_emulator_[a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (-?[0-9.e+-]+)')


def read_samples(live: RunningServer) -> dict[str, float]:
    """Return the value of every sample by its name and labels, as written."""
    answer = live.control("GET", "metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    found: dict[str, float] = {}
    typed: set[str] = set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            assert kind in ("counter", "gauge")
            assert (kind == "counter") == name.endswith("_total")
            typed.add(name)
        elif not line.startswith("# HELP "):
            match = LINE.fullmatch(line)
            assert match, line
            assert match[1] in typed
            key = line.rpartition(" ")[0].removeprefix("moderation_emulator_")
            assert key not in found
            found[key] = float(match[3])
    return found


def test_what_happened_is_counted(start: Callable[..., RunningServer]) -> None:
    live = start({"journal": {"size": 3}})
    live.push_rule({"text": "bad"}, verdict="ad")
    scan_text(live, "bad")
    for _ in range(2):
        scan_text(live, "good")
    scan_text(live, "emu-error-Throttling.User")
    scan_text(live, "x", secret="wrong")
    found = read_samples(live)
    calls = 'calls_total{provider="aliyun_imageaudit",operation="ScanText",status="%s",outcome="%s"}'
    assert found[calls % (200, "pass")] == 2
    assert found[calls % (200, "verdict")] == 1
    assert found[calls % (400, "error")] == 1
    assert found[calls % (400, "refused")] == 1
    assert (found["accounts"], found['rules{source="control"}']) == (1, 1)
    assert found['rules{source="files"}'] == len(live.state.rule_engine.files.rules)
    assert found["journal_entries"] + found["journal_dropped"] == 5
    assert found["journal_dropped"] >= 1
    assert 0 < found["uptime_seconds"] < 600
    assert found["fixtures_problems"] == 0
    live.reset()
    assert read_samples(live)[calls % (200, "pass")] == 2  # a counter never falls


def test_what_a_client_makes_up_is_no_label(start: Callable[..., RunningServer]) -> None:
    live = start()
    for number in range(50):
        call_rpc(live, f'Mine"{number}\n\\')
    found = read_samples(live)  # a client that an earlier test left behind may have called this port, too
    assert found['calls_total{provider="aliyun_imageaudit",operation="",status="404",outcome="refused"}'] == 50
    assert not [name for name in found if "Mine" in name]


def test_callbacks_by_their_state(live: RunningServer) -> None:
    found = read_samples(live)
    assert {name: found[name] for name in found if name.startswith("callbacks")} == {
        f'callbacks{{state="{state}"}}': 0 for state in ("waiting", "held", "delivered", "exhausted")
    }
