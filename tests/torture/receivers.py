"""F2: what a peer may send before its final head, and after it."""

import time
from collections.abc import Callable
from functools import partial

from tests.bench.signed import green, in_query
from tests.torture.attack import Attack, Attacks
from tests.torture.peers import Play, endless, peer
from tests.torture.siege import Siege

WATCHED = 10  # seconds
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"
HEAVY = b"HTTP/1.1 100 Continue\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 4000) for n in range(20)) + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
WORSE: dict[str, Play] = {
    "header line": endless(b"x" * 1000, OK + b"X: "),
    "headers": endless(b"X: y\r\n", OK),
    "body": endless(b"x" * 1000, OK + b"\r\n"),
    "500": endless(b"x" * 1000, b"HTTP/1.1 500 No\r\n\r\n"),
    "101": endless(b"x", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    "old": endless(b"x" * 1000),
    "chunks": endless(b"zz\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "blank lines": endless(b"\r\n"),
}


def pushed(siege: Siege, play: Play, pushes: int, seconds: float = WATCHED) -> None:
    """So many results pushed to a receiver that answers so."""
    with peer(play) as receiver:
        tasks = [{"dataId": f"d{n}", "url": f"https://pictures.example.com/{n}.jpg"} for n in range(pushes)]
        form = {"scenes": ["porn"], "tasks": tasks, "callback": receiver.url, "seed": "seed"}
        siege.send(green(siege.host, "image/asyncscan", form))
        time.sleep(seconds)
        siege.note(f"{receiver.calls} pushes came")


def fetched(siege: Siege, play: Play) -> None:
    """One picture fetched from a host that answers so."""
    with peer(play) as host:
        siege.send(in_query(siege.host, host.url))


def all_that_is_worse(siege: Siege) -> None:
    """Everything else that never ends."""
    for play in WORSE.values():
        fetched(siege, play)
        pushed(siege, play, 2, 2)


FETCHING = {"images": {"fetch": True, "private": True}}

_Played = Callable[[Siege], None]


def _pushed(play: Play, pushes: int) -> _Played:
    return partial(pushed, play=play, pushes=pushes)


ATTACKS: Attacks = (
    Attack("F2 one push, 100 Continue without end", _pushed(endless(CONTINUE), 1)),
    Attack("F2 8 pushes, 100 Continue without end", _pushed(endless(CONTINUE), 8)),
    Attack("F2 one push, 102 Processing without end", _pushed(endless(PROCESSING), 1)),
    Attack("F2 one push, 103 Early Hints without end", _pushed(endless(HINTS), 1)),
    Attack("F2 one push, 100 with 80 kB of headers", _pushed(endless(HEAVY), 1)),
    Attack("F2 one picture, 100 Continue without end", partial(fetched, play=endless(CONTINUE)), FETCHING),
    Attack("F2 heads, lines and bodies without end", all_that_is_worse, FETCHING),
)
