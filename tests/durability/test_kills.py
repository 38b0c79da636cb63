"""A server that is killed at random moments has lost nothing of what it answered."""

from pathlib import Path

from tests.durability.kills import kill_often


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    report = kill_often(tmp_path / "state.db", kills=4)
    assert not report.lost
    assert report.missing == 0
    assert report.answered > 50, "users who were never answered lose nothing"
    assert report.tasks > 20
    assert report.twice <= 16 * report.kills, "at most those under way, of which a host has sixteen"
