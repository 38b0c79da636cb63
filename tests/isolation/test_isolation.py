"""Many tests on one shared emulator, each in an account of its own: none sees anything of the others."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

from tests.isolation.worker import Worker
from tests.receiver import Receiver, receiving

WORKERS, CALLS = 16, 625  # ten thousand calls in all


@pytest.fixture
def port() -> Iterator[int]:
    """Run a server in a process of its own; yield its port."""
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().rpartition(":")[2])
        finally:
            server.terminate()
            _rest, errors = server.communicate(timeout=20)
        assert server.returncode == 0
        assert errors == ""  # no warning of a change that touched all accounts, no unhandled exception


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver of callbacks that all share, in a thread of its own."""
    made, ready, over = Receiver(), threading.Event(), threading.Event()

    async def receive() -> None:
        async with receiving(made):
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(receive(),))
    thread.start()
    assert ready.wait(10)
    yield made
    over.set()
    thread.join(10)


def test_sixteen_workers_and_ten_thousand_calls(port: int, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{port}/_emulator"
    published: list[tuple[int, str]] = []
    rules_before = requests.get(f"{url}/rules", timeout=10).json()
    with ExitStack() as lines, ThreadPoolExecutor(WORKERS) as pool:
        workers = [Worker(number, port, receiver, published) for number in range(WORKERS)]
        for worker in workers:
            lines.callback(worker.close)
        ended = list(pool.map(lambda worker: worker.work(CALLS), workers))
    assert sum(worker.made for worker in ended) >= WORKERS * CALLS
    kept = {request for worker in ended for request in worker.requests}
    assert len(kept) == sum(len(worker.requests) for worker in ended)
    assert requests.get(f"{url}/journal?limit=1", timeout=10).json()["total"] == len(kept)
    assert requests.get(f"{url}/callbacks?limit=1", timeout=10).json()["total"] == sum(len(w.tasks) for w in ended)
    assert len(receiver.got) == sum(worker.submitted for worker in ended) == len(published)
    default = requests.get(f"{url}/clock?account=default", timeout=10).json()
    assert (round(default["offset"]), default["waiting"]) == (0, 0)
    for path in ("journal", "callbacks"):
        assert requests.get(f"{url}/{path}?account=default", timeout=10).json()["total"] == 0
    assert requests.delete(f"{url}/accounts", timeout=10).json() == {"deleted": WORKERS}
    assert requests.get(f"{url}/rules", timeout=10).json() == rules_before
    assert requests.get(f"{url}/journal", timeout=10).json()["total"] == 0
