"""The log: rows are safe once `append` returns, in their order; what cannot be written is said, and heals by itself."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulator.state.store.change_log import ChangeLog
from emulator.state.store.log_file import LogFile
from emulator.state.store.row import StateUnwritable


@pytest.fixture
def file(tmp_path: Path) -> LogFile:
    return LogFile(tmp_path / "state.db")


@pytest.fixture
async def log(file: LogFile) -> AsyncIterator[ChangeLog]:
    log = ChangeLog(file, 0)
    yield log
    await asyncio.to_thread(log.close)


def read_keys(path: Path) -> list[str]:
    file = LogFile(path)
    try:
        return [row.key for row in file.iterate_rows()]
    finally:
        file.close()


async def wait_until(condition: object) -> None:
    """Let the loop and the thread go on until a condition holds."""
    assert callable(condition)
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_rows_are_written_in_the_order_in_which_they_were_handed_over(log: ChangeLog) -> None:
    woken: list[int] = []

    async def append(number: int) -> None:
        await log.append([("value", "acc-1", str(number), b"1")])
        woken.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(500):
            if number % 50 == 7:
                log.append_behind([("progress", "acc-1", f"behind-{number}", b"1")])
            group.create_task(append(number))
    assert woken == [*range(500)]
    await asyncio.to_thread(log.close)
    keys = read_keys(log.path)
    assert [key for key in keys if key.isdecimal()] == [str(number) for number in range(500)]
    assert len(keys) == 510


async def test_an_append_without_rows_waits_for_what_was_handed_over_before(log: ChangeLog, file: LogFile) -> None:
    log.append_behind([("progress", "acc-1", "1", b"1")])
    await log.append([])
    assert file.count == 1


@pytest.fixture
def full(file: LogFile) -> LogFile:
    """Yield a file that has no room for more than a few pages."""
    most = file._ask("PRAGMA page_count") + 2
    file._ask(f"PRAGMA max_page_count = {most}")
    return file


async def test_a_full_disk_is_said_and_heals_by_itself(
    full: LogFile, log: ChangeLog, caplog: pytest.LogCaptureFixture
) -> None:
    big = [("value", "acc-1", "big", b"x" * 20_000)]
    for _ in range(3):
        with pytest.raises(StateUnwritable, match=r"state\.db cannot be written: database or disk is full"):
            await log.append(big)
    assert log.failure == "database or disk is full"
    log.append_behind([("progress", "acc-1", "1", b"x" * 20_000), ("progress", "acc-1", "1", b"y" * 20_000)])
    with pytest.raises(StateUnwritable):
        await log.append([])
    full._database.execute("PRAGMA max_page_count = 100000")  # there is room again; nobody calls meanwhile
    await wait_until(lambda: log.failure is None)
    told = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 2, "one line when it begins, one when it ends"
    assert "cannot be written" in told[0]
    assert "can be written again" in told[1]
    await asyncio.to_thread(log.close)
    rows = LogFile(log.path)
    assert [(row.key, row.value[:1]) for row in rows.iterate_rows() if row.value] == [("1", b"y")]
    rows.close()


async def test_a_log_that_is_overfull_is_compacted_while_others_write(log: ChangeLog, file: LogFile) -> None:
    for _ in range(25):
        await log.append([("value", "acc-1", str(number), b"1") for number in range(500)])
    assert log.is_overfull
    log.compact(file.newest, lambda *_row: True)
    await log.append([("value", "acc-1", "more", b"1")])
    await wait_until(lambda: log._compaction is None and file.count == 501)
    assert not log.is_overfull


async def test_a_compaction_that_finds_no_room_is_given_up(
    full: LogFile, log: ChangeLog, caplog: pytest.LogCaptureFixture
) -> None:
    await log.append([("value", "acc-1", "1", b"1")])
    full._database.execute("DROP TABLE rows")
    log.compact(1, lambda *_row: True)
    await wait_until(lambda: any("stays as large" in record.message for record in caplog.records))
    assert not log.is_overfull


async def test_closing_writes_what_was_handed_over(log: ChangeLog) -> None:
    log.append_behind([("progress", "acc-1", str(number), b"1") for number in range(100)])
    await asyncio.to_thread(log.close)
    assert len(read_keys(log.path)) == 100


async def test_who_gave_up_waiting_stops_nobody(log: ChangeLog) -> None:
    impatient = asyncio.create_task(log.append([("value", "acc-1", "1", b"1")]))
    await asyncio.sleep(0)
    impatient.cancel()
    await log.append([("value", "acc-1", "2", b"1")])
    await asyncio.to_thread(log.close)
    assert read_keys(log.path) == ["1", "2"]
