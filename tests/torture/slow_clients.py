"""Section 4: trickled heads, long lists, one rule among very many."""

import json
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from tests.bench.signed import sign_in_query
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege

MOST = 15  # seconds in which a head must have come, and some
HEAD = b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nX-Long: "


def trickle_heads(siege: Siege, head: bytes) -> None:
    """Open 50 connections, each of which sends one more byte of a head every second."""
    lines = [siege.connect() for _ in range(50)]
    siege.calls += len(lines)
    for line in lines:
        line.sendall(head)
        line.settimeout(0)
    open_ones, end = set(lines), time.monotonic() + MOST
    while open_ones and time.monotonic() < end:
        time.sleep(1)
        for line in tuple(open_ones):
            try:
                line.send(b"x")
                if not line.recv(4096):
                    open_ones.discard(line)
            except BlockingIOError:
                continue
            except OSError:
                open_ones.discard(line)
    siege.fail_if(bool(open_ones), f"{len(open_ones)} of 50 are still open after {MOST} s")


def trickle_second_heads(siege: Siege) -> None:
    """Open 50 connections that trickle a second head after a first whole one."""
    trickle_heads(siege, b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n" + HEAD)


def read_long_lists(siege: Siege) -> None:
    """Read a full journal, from every side."""
    for _ in range(4):
        requests = [sign_in_query(siege.host, f"https://a.test/{n}.jpg") for n in range(2500)]
        _play(siege, requests)
    for query in ("limit=1000", "limit=1", "after=1&limit=10", "contains=nowhere", "status=500", "provider=wechat"):
        siege.control("GET", f"journal?{query}")
    siege.control("GET", "journal/1")
    for path in ("bill", "etiquette"):
        siege.control("GET", path)
    siege.control("POST", "journal/verify", {"match": {"url": {"contains": "nowhere"}}, "count": 1})
    siege.control("DELETE", "journal")


def _play(siege: Siege, requests: list[bytes]) -> None:
    """Send all of them over one connection, one after another."""
    line = siege.connect()
    for request in requests:
        line.sendall(request)
        came = b""
        while not came.rstrip().endswith(b"}"):
            part = line.recv(65536)
            if not part:
                return
            came += part
        siege.calls += 1
        siege.bytes += len(request)
        siege.statuses[int(came[9:12])] += 1
    with suppress(OSError):
        line.close()


def write_hundred_thousand_rules(folder: Path) -> None:
    """Write a file of 100 000 rules."""
    (folder / "fixtures").mkdir()
    rules = [{"match": {"url": f"https://ruled.test/{n}.jpg"}, "verdict": "porn/sexy"} for n in range(100_000)]
    (folder / "fixtures" / "rules.json").write_text(json.dumps(rules))


def change_rule_among_files(siege: Siege) -> None:
    """Push, change and remove one rule beside 100 000 of a file."""
    _change_one_rule(siege)


def change_rule_among_pushed(siege: Siege) -> None:
    """Push, change and remove one rule among 100 000 that were pushed, 20 000 at a time."""
    for batch in range(5):
        rules = [{"match": {"url": f"https://b.test/{batch}-{n}"}, "verdict": "pass"} for n in range(20_000)]
        siege.control("POST", "rules", rules)
    _change_one_rule(siege)
    siege.control("GET", "rules")
    siege.control("DELETE", "rules")


def _change_one_rule(siege: Siege) -> None:
    rule = {"match": {"url": "https://one.test/x.jpg"}, "verdict": "pass"}
    for number in range(3):
        siege.control("POST", "rules", rule)
        siege.control("PUT", f"rules/own-{number}", rule)
        siege.send(sign_in_query(siege.host, "https://one.test/x.jpg"))
        siege.control("DELETE", f"rules/own-{number}")


ATTACKS: Attacks = (
    Attack("4 50 heads, a byte a second", partial(trickle_heads, head=HEAD)),
    Attack("4 50 second heads, a byte a second", trickle_second_heads),
    Attack("4 a journal of 10 000, read", read_long_lists),
    Attack("4 one rule beside 100 000 of a file", change_rule_among_files, prepare=write_hundred_thousand_rules),
    Attack("4 one rule among 100 000 pushed", change_rule_among_pushed),
)
