"""F11: the small ones. Keys that fall back in silence, clocks, callbacks to itself, odd files, signals."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.bench.pushing import running_receiver
from tests.bench.servers import ROOT, running_emulator
from tests.bench.signed import sign_green, sign_in_query
from tests.torture.attack import EMULATOR, Attack, Attacks
from tests.torture.siege import Answer, Siege

KEY = Path("moderation-emulator") / "alipay_gateway_private.pem"
STEPPING = ("tests.torture.stepping", *EMULATOR[1:])
PUBLIC_KEY = "/_emulator/alipay/public-key"


def start_with_damaged_key(siege: Siege, content: str) -> None:
    """Start twice beside a key that cannot be read: do clients that know the first key fail in silence?"""
    keys, said = [], ""
    for _ in range(2):
        _prepare_key_path(siege).write_text(content)
        with running_emulator(loop="auto") as one:
            keys.append(Siege(one, siege.folder).ask("GET", PUBLIC_KEY).body)
            said += one.read_output().partition("\n")[2]
    silent = "pem" not in said
    siege.fail_if(silent, "a key that cannot be read is replaced in silence")
    siege.note("the same key twice" if keys[0] == keys[1] else "another key at each start")


def ask_for_key_in_a_pipe(siege: Siege) -> None:
    """Ask for a key that is a pipe into which nobody writes for 5 s."""
    file = _prepare_key_path(siege)
    os.mkfifo(file)
    asked = threading.Thread(target=siege.ask, args=("GET", PUBLIC_KEY))
    asked.start()
    asked.join(5)
    siege.note("answered within 5 s" if not asked.is_alive() else "not answered in 5 s")
    with suppress(OSError):
        os.close(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
    asked.join(20)


def _prepare_key_path(siege: Siege) -> Path:
    file = Path(os.environ["XDG_STATE_HOME"]) / KEY
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    return file


def make_first_key(siege: Siege) -> None:
    """Ask for the first answer of the OpenAPI gateway, which makes an RSA key."""
    method = "alipay.security.risk.content.detect"
    siege.ask("GET", f"/gateway.do?app_id=2021000000000000&method={method}&sign_type=RSA2&sign=x&version=1.0")


def step_clock_back(siege: Siege) -> None:
    """Step the wall clock back by ten minutes during a delay of a second, while a result is to be pushed."""
    came: list[Answer] = []
    waiting = threading.Thread(target=lambda: came.append(_send_delayed(siege, "emu-delay-1s")))
    with running_receiver() as url:
        waiting.start()
        time.sleep(0.3)
        os.kill(siege.server.pid, signal.SIGUSR1)
        tasks = [{"dataId": "d", "url": "https://a.test/x.jpg"}]
        form = {"scenes": ["porn"], "tasks": tasks, "callback": url, "seed": "seed"}
        siege.send(sign_green(siege.host, "image/asyncscan", form))
        waiting.join(10)
        siege.fail_if(not came or came[0].status != 200, "a delay of 1 s lasts more than 10 s")
        pushed = siege.wait_until(lambda: b'"delivered"' in siege.control("GET", "callbacks").body, 5)
        siege.fail_if(not pushed, "a result is not pushed within 5 s")


def _send_delayed(siege: Siege, word: str) -> Answer:
    return siege.send(sign_in_query(siege.host, f"https://a.test/{word}.jpg"), timeout=15)


def push_to_itself(siege: Siege) -> None:
    """Let 20 results be pushed to the emulator's own reload of 30 000 rules."""
    for path in ("rules/reload", "reset"):
        tasks = [{"dataId": f"d{n}", "url": "https://a.test/x.jpg"} for n in range(20)]
        own = f"http://{siege.host}/_emulator/{path}"
        form = {"scenes": ["porn"], "tasks": tasks, "callback": own, "seed": "seed"}
        siege.send(sign_green(siege.host, "image/asyncscan", form))
        time.sleep(4)
    loaded = siege.control("GET", "info").json()["fixtures"]["generation"]
    siege.fail_if(loaded > 1, f"its own pushes made it read its rules {loaded - 1} times")


def write_thirty_thousand_rules(folder: Path) -> None:
    """Write a file of 30 000 rules."""
    (folder / "fixtures").mkdir()
    rules = [{"match": {"url": f"https://ruled.test/{n}.jpg"}, "verdict": "porn/sexy"} for n in range(30_000)]
    (folder / "fixtures" / "rules.json").write_text(json.dumps(rules))


def write_big_tree(folder: Path) -> None:
    """Write 40 000 other files into the folder of rules."""
    for number in range(40_000):
        inner = folder / "fixtures" / f"{number // 1000}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"{number}.js").touch()


def measure_idle_on_a_big_tree(siege: Siege) -> None:
    """Measure what watching so many files takes, while nothing happens."""
    before = siege.server.read()
    time.sleep(5)
    spent = siege.server.read().subtract(before)
    siege.note(f"{spent.server / spent.wall:.0%} of a core while idle (a neighbour takes some)")


def start_with_rules_in_a_pipe(siege: Siege) -> None:
    """Start one more server whose rules are a pipe into which nobody writes."""
    pipe = siege.folder / "pipe.yaml"
    os.mkfifo(pipe)
    with tempfile.TemporaryFile() as said:
        words = [sys.executable, "-m", *EMULATOR, "--fixtures", str(pipe)]
        process = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        spoke = siege.wait_until(lambda: os.fstat(said.fileno()).st_size > 0, 5)
        process.kill()
        process.wait()
        output = os.pread(said.fileno(), 80, 0).decode(errors="replace").partition("\n")[0]
    siege.note(output or "says nothing")
    siege.fail_if(not spoke, "it neither listens nor says why within 5 s")


def send_signal_during_call(siege: Siege, number: int) -> None:
    """Send a signal while a call is under way that takes a second."""
    siege.over = True
    came: list[Answer] = []
    waiting = threading.Thread(target=lambda: came.append(_send_delayed(siege, "emu-delay-1s")))
    waiting.start()
    time.sleep(0.4)
    siege.server.process.send_signal(number)
    waiting.join(10)
    siege.fail_if(not came or came[0].status != 200, "the call under way is cut off")


ATTACKS: Attacks = (
    Attack("F11 an empty key of the gateway", partial(start_with_damaged_key, content="")),
    Attack(
        "F11 a damaged key of the gateway", partial(start_with_damaged_key, content="-----BEGIN PRIVATE KEY-----\nx\n")
    ),
    Attack("F11 a key that is a pipe", ask_for_key_in_a_pipe),
    Attack("F11 the first key of the gateway", make_first_key),
    Attack("F11 the wall clock steps back by ten minutes", step_clock_back, command=STEPPING),
    Attack("F11 20 callbacks to its own reload", push_to_itself, prepare=write_thirty_thousand_rules),
    Attack("F11 rules beside 40 000 other files", measure_idle_on_a_big_tree, prepare=write_big_tree),
    Attack("F11 rules from a pipe", start_with_rules_in_a_pipe),
    Attack("F11 SIGHUP during a call", partial(send_signal_during_call, number=signal.SIGHUP)),
    Attack("F11 SIGTERM during a call", partial(send_signal_during_call, number=signal.SIGTERM)),
)
