"""The measures: each starts its own servers, plays its sides and yields sides and summary rows."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count, repeat
from pathlib import Path
from random import Random
from statistics import median

from tests.bench.load import play
from tests.bench.pushing import IN_FLIGHT, running_receiver, running_sender
from tests.bench.rounds import WARM_UP, Row, Side, compare_cost, compare_speed, interleave
from tests.bench.servers import Server, running_bare_server, running_emulator, running_with_callbacks
from tests.bench.signed import (
    sign_asyncscan,
    sign_hundred_tasks,
    sign_in_headers,
    sign_in_query,
    sign_in_query_and_body,
)
from tests.bench.uploads import PICTURE, RISKY, encode_upload

ROOT = Path(__file__).parents[2]
STARTS = 5
BATCHES = 25  # of 8 000 requests: 200 000
FEW, MANY = 10, 100_000


@dataclass(frozen=True)
class Plan:
    """How much to play, and where files may be written."""

    requests: int
    rounds: int
    scratch: Path


def scan(plan: Plan) -> Iterator[Side | Row]:
    """Measure signed ScanImage by GET against a handler that does nothing."""
    with ExitStack() as stack:
        plain = stack.enter_context(running_emulator())
        fast = stack.enter_context(running_emulator(loop="uvloop"))
        answer = _capture_answer(plain, plan)
        base = stack.enter_context(running_bare_server(answer))
        fast_base = stack.enter_context(running_bare_server(answer, loop="uvloop"))
        base_16 = Side("bare, asyncio, 16 conn", base, sign_in_query, _iterate_picture_urls(), 16)
        plain_16 = Side("emulator, asyncio, 16 conn", plain, sign_in_query, _iterate_picture_urls(), 16)
        base_64 = Side("bare, asyncio, 64 conn", base, sign_in_query, _iterate_picture_urls(), 64)
        fast_64 = Side("emulator, uvloop, 64 conn", fast, sign_in_query, _iterate_picture_urls(), 64)
        fast_base_64 = Side("bare, uvloop, 64 conn", fast_base, sign_in_query, _iterate_picture_urls(), 64)
        sides = [base_16, plain_16, base_64, fast_64, fast_base_64]
        interleave(sides, plan.requests, plan.rounds)
    yield from sides
    yield compare_speed("signed GET, 16 conn, over bare", plain_16, base_16, ">= 0.33")
    yield compare_speed("signed GET, 64 conn, uvloop over bare on asyncio", fast_64, base_64, ">= 0.50")
    yield compare_speed("signed GET, 64 conn, uvloop over bare on uvloop", fast_64, fast_base_64)


def forms(plan: Plan) -> Iterator[Side | Row]:
    """Measure the other ways in which clients sign and send the same call."""
    with ExitStack() as stack:
        item = stack.enter_context(running_emulator())
        base = stack.enter_context(running_bare_server(_capture_answer(item, plan)))
        pairs = [
            (
                Side(f"bare, {name}", base, form, _iterate_picture_urls()),
                Side(f"emulator, {name}", item, form, _iterate_picture_urls()),
            )
            for name, form in {"POST form": sign_in_query_and_body, "ACS3": sign_in_headers}.items()
        ]
        interleave([side for pair in pairs for side in pair], max(1, plan.requests // 4), plan.rounds)
    for ours, name in zip(pairs, ("signed POST with a form", "ACS3"), strict=True):
        yield from ours
        yield compare_speed(f"{name}, 16 conn, over bare", ours[1], ours[0])


def rules(plan: Plan) -> Iterator[Side | Row]:
    """Measure the same picture, and any picture, with very many exact rules against few."""
    with ExitStack() as stack:
        few = stack.enter_context(running_emulator("--fixtures", _write_rules(plan, FEW)))
        many = stack.enter_context(running_emulator("--fixtures", _write_rules(plan, MANY)))
        few_same, many_same = (
            Side(f"{n} rules, same picture", server, sign_in_query, repeat(_make_ruled_url(n - 1)), label="sexy")
            for n, server in ((FEW, few), (MANY, many))
        )
        few_any, many_any = (
            Side(f"{n} rules, any picture", server, sign_in_query, _iterate_ruled_urls(n), label="sexy")
            for n, server in ((FEW, few), (MANY, many))
        )
        interleave([few_same, many_same, few_any, many_any], plan.requests, plan.rounds)
        memory = many.read_resident()
    yield from (few_same, many_same, few_any, many_any)
    yield compare_cost(f"CPU with {MANY} rules over {FEW}, same picture", many_same, few_same, "<= 1.1")
    yield compare_cost(f"CPU with {MANY} rules over {FEW}, any picture", many_any, few_any, "<= 1.1")
    yield Row(f"spawn to Listening with {MANY} rules", many.ready - many.spawned, "s")
    yield Row(f"RSS with {MANY} rules, after the rounds", memory, "MB")


def start(_plan: Plan) -> Iterator[Side | Row]:
    """Measure the time from the spawn to the line that says it listens, and to the first right answer."""
    ready, answered = [], []
    for _ in range(STARTS):
        with running_emulator() as server:
            play(server, [sign_in_query(server.netloc, next(_iterate_picture_urls()))], 1)
            answered.append(time.perf_counter() - server.spawned)
            ready.append(server.ready - server.spawned)
    yield Row("spawn to Listening", median(ready), "s", "<= 0.6")
    yield Row("spawn to the first signed answer", median(answered), "s", "<= 0.6")


def memory(plan: Plan) -> Iterator[Side | Row]:
    """Measure resident memory when idle and after very many requests."""
    with running_emulator() as server:
        time.sleep(1)
        idle = server.read_resident()
        side = Side("emulator, long run", server, sign_in_query, _iterate_picture_urls())
        for _ in range(BATCHES):
            side.measure(plan.requests)
        after = server.read_resident()
    yield side
    yield Row("idle RSS", idle, "MB", "<= 60")
    yield Row(f"RSS after {BATCHES * plan.requests} requests over idle", after / idle, "x", "<= 1.2", f"{after:.0f} MB")


def callbacks(plan: Plan) -> Iterator[Side | Row]:
    """Measure pushes of the dispatcher against a bare client that posts the same bytes."""
    with running_receiver() as url, running_sender("dispatcher") as ours, running_sender("bare") as base:
        for each in (ours, base):
            each.push(url, WARM_UP)
        for _ in range(plan.rounds):
            for each in (ours, base):
                each.measure(url, plan.requests)
    ratio = median(b / o for o, b in zip(ours.costs, base.costs, strict=True))
    rate = median(o / b for o, b in zip(ours.rates, base.rates, strict=True))
    note = (
        f"{median(ours.costs):.0f} us against {median(base.costs):.0f} us, by pushes/s {rate:.2f}: "
        f"{median(ours.rates):.0f} against {median(base.rates):.0f}"
    )
    yield Row(f"pushes of the dispatcher, {IN_FLIGHT} in flight, over bare", ratio, "x", ">= 0.8", note)


def asyncscan(plan: Plan) -> Iterator[Side | Row]:
    """Measure submissions of a hundred pictures at a time."""
    with running_emulator() as server:
        side = Side("asyncscan, 100 tasks a call", server, sign_hundred_tasks, _iterate_picture_urls())
        interleave([side], max(1, plan.requests // 40), plan.rounds)
    yield side
    each = median(figures.cpu_us for figures in side.figures) / 100
    yield Row("asyncscan with 100 tasks a call, CPU per task", each, "us")


def pending(plan: Plan) -> Iterator[Side | Row]:
    """Measure what waiting callbacks cost: memory, and the time of requests that come meanwhile."""
    with ExitStack() as stack:
        none, many = stack.enter_context(running_with_callbacks(0)), stack.enter_context(running_with_callbacks(MANY))
        each = (many.read_resident() - none.read_resident()) * 1024 / MANY
        sides = [
            Side(f"{number} callbacks wait", server, sign_in_query, _iterate_picture_urls())
            for number, server in ((0, none), (MANY, many))
        ]
        interleave(sides, plan.requests, plan.rounds)
    yield from sides
    yield Row("memory per callback that waits", each, "kB", "<= 2")
    yield compare_cost(f"CPU with {MANY} callbacks that wait over none", sides[1], sides[0], "<= 1.1")


def upload(plan: Plan) -> Iterator[Side | Row]:
    """Measure uploads of a 30 KiB picture to WeChat's check against a handler that reads as much.

    A rule decides by the digest of the picture.
    """
    file = plan.scratch / "uploads.json"
    file.write_text(json.dumps([{"match": {"sha256": hashlib.sha256(PICTURE).hexdigest()}, "verdict": "block"}]))
    with ExitStack() as stack:
        item = stack.enter_context(running_emulator("--fixtures", str(plan.scratch)))
        answer = plan.scratch / "uploaded.http"
        answer.write_bytes(play(item, [encode_upload(item.netloc, "")], 1, RISKY).answers[0])
        base = stack.enter_context(running_bare_server(answer))
        sides = [
            Side(f"{name}, 30 KiB upload", server, encode_upload, repeat(""), label=RISKY)
            for name, server in (("bare", base), ("emulator", item))
        ]
        interleave(sides, max(1, plan.requests // 4), plan.rounds)
    yield from sides
    yield compare_speed("upload of 30 KiB, 16 conn, over bare", sides[1], sides[0], ">= 0.60")


def tunnels(_plan: Plan) -> Iterator[Side | Row]:
    """Measure what it costs a command of `exec` to call a real host by a tunnel instead of the emulator's address."""
    _run_by_exec("true")
    idle = median(_time_command("true") for _ in range(STARTS))
    found = json.loads(_run_by_exec(sys.executable, "-S", "-m", "tests.bench.tunnelling"))
    (plain, tunnel), (plain_first, tunnel_first) = found["call"], found["first"]
    yield Row("a call by tunnel, more than by address", tunnel - plain, "ms", "<= 0.20", f"{plain:.2f} ms by address")
    more = f"{plain_first:.2f} ms by address"
    yield Row("a new tunnel, more than a new connection", tunnel_first - plain_first, "ms", "<= 3.00", more)
    yield Row("exec -- true", idle, "s", "<= 1.00")


def state(plan: Plan) -> Iterator[Side | Row]:
    """Measure what it costs to keep the state in a file, and how soon a server is back that kept 10 000 tasks."""
    sign_ten = partial(sign_asyncscan, pictures=10)
    with ExitStack() as stack:
        memory = stack.enter_context(running_emulator())
        file = stack.enter_context(running_emulator("--state", str(plan.scratch / "state.db")))
        scans = [
            Side(f"ScanImage, state in {name}", server, sign_in_query, _iterate_picture_urls())
            for name, server in (("memory", memory), ("a file", file))
        ]
        submissions = [
            Side(f"asyncscan of ten, state in {name}", server, sign_ten, _iterate_picture_urls())
            for name, server in (("memory", memory), ("a file", file))
        ]
        interleave(scans, plan.requests, plan.rounds)
        interleave(submissions, max(1, plan.requests // 8), plan.rounds)
    yield from (*scans, *submissions)
    yield compare_cost("signed GET, state in a file over memory", scans[1], scans[0], "<= 1.03")
    yield compare_cost("asyncscan of ten, state in a file over memory", submissions[1], submissions[0], "<= 1.35")
    kept = ("--state", str(plan.scratch / "kept.db"))
    with running_emulator(*kept) as server:
        play(server, [sign_ten(server.netloc, next(_iterate_picture_urls())) for _ in range(1000)], 16)
    starts = []
    for _ in range(STARTS):
        with running_emulator(*kept) as server:
            starts.append(server.ready - server.spawned)
    yield Row("spawn to Listening with 10 000 rows", median(starts), "s", "<= 1")


MEASURES: dict[str, Callable[[Plan], Iterator[Side | Row]]] = {
    measure.__name__: measure
    for measure in (scan, forms, rules, start, memory, asyncscan, callbacks, pending, upload, tunnels, state)
}


def _time_command(*command: str) -> float:
    """Return the seconds that `exec` takes for a command."""
    began = time.perf_counter()
    _run_by_exec(*command)
    return time.perf_counter() - began


def _run_by_exec(*command: str) -> str:
    """Return what a command prints that `exec` runs."""
    run = [sys.executable, "-m", "emulator", "exec", "--", *command]
    return subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout


def _capture_answer(server: Server, plan: Plan) -> Path:
    """Return a real answer of this server, as it was on the wire."""
    path = plan.scratch / "answer.http"
    path.write_bytes(play(server, [sign_in_query(server.netloc, next(_iterate_picture_urls()))], 1).answers[0])
    return path


def _iterate_picture_urls() -> Iterator[str]:
    return (f"https://pictures.example.com/{number:08}.jpg" for number in count())


def _make_ruled_url(number: int) -> str:
    return f"https://ruled.example.com/{number:06}.jpg"


def _iterate_ruled_urls(rules: int) -> Iterator[str]:
    random = Random(rules)
    while True:
        yield _make_ruled_url(random.randrange(rules))


def _write_rules(plan: Plan, rules: int) -> str:
    folder = plan.scratch / f"{rules}-rules"
    folder.mkdir()
    made = [{"match": {"url": _make_ruled_url(number)}, "verdict": "porn/sexy"} for number in range(rules)]
    (folder / "rules.json").write_text(json.dumps(made))
    return str(folder)
