"""Kills a server at random moments while users change everything that lasts, and counts what a restart has lost."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import NamedTuple

import requests

from emulator.state.store.log_file import LogFile
from tests.commands.process import Process
from tests.durability.receiver import Receiver
from tests.durability.user import User

_PATIENCE = 30.0  # seconds in which the last callbacks must come


class Report(NamedTuple):
    """What came of it.

    answered: Calls that changed something and were answered.
    tasks: Tasks that were taken.
    lost: What was answered and is gone, a sentence each.
    missing: Callbacks that never came.
    twice: Callbacks that came more than once.
    slowest: The seconds of the slowest start.
    kills: How often the server was killed.
    """

    answered: int
    tasks: int
    lost: list[str]
    missing: int
    twice: int
    slowest: float
    kills: int


def kill_often(
    state: Path, kills: int, seed: int = 0, users: int = 3, note: Callable[[int], None] = lambda _kill: None
) -> Report:
    """Let users work, kill the server at a random moment, start it again and compare; and so on."""
    random, lost, slowest = Random(seed), list[str](), 0.0
    with Receiver() as receiver:
        crowd = [User(number, receiver.url) for number in range(users)]
        for kill in range(kills):
            is_full = kill % 4 == 3
            if is_full:
                _litter(state)
            server = Process("--state", str(state))
            slowest = max(slowest, server.seconds)
            for user in crowd:
                user.move_to(server.url)
                lost += [f"kill {kill}, {user.name}: {loss}" for loss in user.find_losses()]
            _work(crowd, server, random.uniform(0.9, 1.6) if is_full else random.uniform(0.05, 0.6))
            note(kill + 1)
        server = Process("--state", str(state))
        for user in crowd:
            user.move_to(server.url)
            lost += [f"last start, {user.name}: {loss}" for loss in user.find_losses()]
        pushed = {task for user in crowd for task in user.memory.pushed}
        until = monotonic() + _PATIENCE
        while pushed - receiver.came.keys() and monotonic() < until:
            sleep(0.05)
        server.end(signal.SIGTERM)
    twice = sum(receiver.came[task] - 1 for task in pushed if task in receiver.came)
    answered, tasks = (sum(user.answered for user in crowd), sum(len(user.memory.tasks) for user in crowd))
    return Report(answered, tasks, lost, len(pushed - receiver.came.keys()), twice, slowest, kills)


def _litter(state: Path) -> None:
    """Fill the file with rows that hold no more, so that the next server compacts it a second after its start."""
    file = LogFile(state)
    row = b'["t","' + b"x" * 300 + b'",0.0,60,1]'  # a value whose time is long over
    file.append([("value", "acc-1", f"litter/{number}", row) for number in range(15_000)])
    file.close()


def _work(crowd: list[User], server: Process, seconds: float) -> None:
    """Let all users work at the same time until the server is killed, after so many seconds."""
    failed: list[BaseException] = []

    def work(user: User) -> None:
        try:
            while True:
                user.act()
        except requests.RequestException:  # the server is gone
            pass
        except BaseException as mistake:
            failed.append(mistake)

    threads = [threading.Thread(target=work, args=(user,)) for user in crowd]
    for thread in threads:
        thread.start()
    threads[0].join(seconds)
    server.kill()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
