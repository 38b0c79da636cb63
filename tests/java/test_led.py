"""Clients of the JVM that were told nothing: `exec` leads each to an emulator, but those that heed no proxy.

All call from one process, for a JVM takes long to start. How those two arrive is seen in tests/exec/test_host_names.py.
"""

import json
from typing import Any

import pytest

from tests.exec.led import note_arrival, run_led
from tests.java.jvm import Java
from tests.java.rows import ROWS, Row

LED = [row for row in ROWS if row.heeds_proxy]
DEAF = [row for row in ROWS if not row.heeds_proxy]

pytestmark = pytest.mark.led


@pytest.fixture(scope="module")
def answers(java: Java) -> dict[str, Any]:
    """Return what each client got by the variables alone, where no real host can be reached."""
    led = run_led(java(*(row.asked for row in ROWS)), preload=False)
    assert led.code == 0, led.stderr
    assert led.stderr.startswith("Picked up JAVA_TOOL_OPTIONS: ")
    assert led.stderr.count("\n") == 1
    return {row.name: json.loads(line) for row, line in zip(ROWS, led.got.splitlines(), strict=True)}


@pytest.mark.parametrize("row", LED, ids=lambda row: row.name)
def test_a_client_gets_the_verdict_of_the_emulator(
    request: pytest.FixtureRequest, answers: dict[str, Any], row: Row
) -> None:
    assert row.expected in json.dumps(answers[row.name])
    note_arrival(request, row.name, row.version, "variables")


@pytest.mark.parametrize("row", DEAF, ids=lambda row: row.name)
def test_one_that_heeds_no_proxy_is_not_led(answers: dict[str, Any], row: Row) -> None:
    assert "raised" in answers[row.name]
    assert "api.weixin.qq.com" in answers[row.name]["message"]
