"""The list of attacks is whole, and a harmless one can be played."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.bench.servers import ROOT
from tests.torture.__main__ import ATTACKS


@pytest.mark.parametrize("family", [*(f"F{number} " for number in range(1, 12)), "held: ", "4 "])
def test_every_family_has_an_attack(family: str) -> None:
    assert any(attack.name.startswith(family) for attack in ATTACKS)


def test_no_two_attacks_share_a_name() -> None:
    assert set(Counter(attack.name for attack in ATTACKS).values()) == {1}


@pytest.mark.skipif(sys.platform != "linux", reason="memory of another process is read from /proc: Linux only")
def test_an_attack_is_played_and_reported() -> None:
    command = [sys.executable, "-m", "tests.torture", "--json", "--only", "F7 what is no text"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["rows"]
    assert row["calls"] > 50
    assert row["before"] > 0
    assert row["faults"] == []
