import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator import __version__, pipeline
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import TEAM_B
from tests.providers.aliyun.rpc_calls import scan_text

FAULTS = {"reset", "close", "hang", "empty", "truncate", "garbage", "slow", "html500"}


def test_info_describes_the_server(live: RunningServer) -> None:
    info = live.control("GET", "info").json()
    assert info["name"] == "moderation-emulator"
    assert info["version"] == __version__
    assert info["compiled"] is not str(pipeline.__file__).endswith(".py")
    assert info["python"] == platform.python_version()
    assert info["pid"] == os.getpid()
    assert info["port"] == live.port
    assert info["profile"] == "fast"
    assert info["magic_words"] is True
    assert info["accounts"] == 1
    assert 0 <= datetime.now(UTC).timestamp() - datetime.fromisoformat(info["started"]).timestamp() < 3600
    providers = {provider["name"]: provider["operations"] for provider in info["providers"]}
    assert providers["aliyun_imageaudit"] == ["ScanImage", "ScanText"]
    faults = {fault["name"]: fault for fault in info["faults"]}
    assert set(faults) >= FAULTS
    assert all(fault["description"] for fault in faults.values())
    assert faults["slow"]["parameters"] == {"bytes_per_second": 100}
    assert faults["reset"]["parameters"] == {}


def test_info_shows_the_settings(start: Callable[..., RunningServer], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- {match: {text: a}, verdict: ad}\n- {match: {text: b}, verdict: ad}\n")
    before = start().control("GET", "info").json()
    given = {"profile": "documented", "magic_words": False, "accounts": [TEAM_B], "fixtures": [str(tmp_path)]}
    info = start(given).control("GET", "info").json()
    assert info["profile"] == "documented"
    assert info["magic_words"] is False
    assert info["accounts"] == 2
    assert info["fixtures"]["dirs"] == [str(tmp_path), *before["fixtures"]["dirs"]]
    assert info["fixtures"]["rules"] == before["fixtures"]["rules"] + 2


def test_journal_is_counted(start: Callable[..., RunningServer]) -> None:
    live = start({"journal": {"size": 3}})
    assert live.control("GET", "info").json()["journal"] == {"entries": 0, "dropped": 0}
    for _ in range(3):
        scan_text(live, "hello")
    assert live.control("GET", "info").json()["journal"] == {"entries": 3, "dropped": 0}
    scan_text(live, "hello")
    scan_text(live, "hello", key="nobody")
    assert live.control("GET", "info").json()["journal"] == {"entries": 4, "dropped": 1}


def test_the_tls_port_is_shown_with_the_end_of_its_certificate(start: Callable[..., RunningServer]) -> None:
    without = start().control("GET", "info").json()
    assert (without["tls_port"], without["tls_expires"], without["tls_out"]) == (None, None, None)
    live = start({"server": {"tls_port": 0, "tls_days": 7}})
    info = live.control("GET", "info").json()
    assert live.emulator.tls_url == f"https://127.0.0.1:{info['tls_port']}"
    assert info["tls_port"] != info["port"] == live.port
    started, expires = (datetime.fromisoformat(info[key]) for key in ("started", "tls_expires"))
    assert (expires - started).total_seconds() == 7 * 24 * 60 * 60
    assert info["tls_out"] is None
    server = live.control("GET", "settings").json()["server"]
    assert (server["tls_port"], server["tls_days"], server["tls_out"]) == (0, 7, None)


def test_the_folder_of_trust_files_is_told_as_others_find_it(
    start: Callable[..., RunningServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    live = start({"server": {"tls_port": 0, "tls_out": "sub/../trust"}})
    assert live.control("GET", "info").json()["tls_out"] == str(tmp_path / "trust")
