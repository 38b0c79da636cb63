"""F2: what a peer may send before its final head, and after it."""

import time
from collections.abc import Callable
from functools import partial

from tests.bench.signed import sign_green, sign_in_query
from tests.torture.attack import Attack, Attacks
from tests.torture.peers import Play, running_peer, send_endlessly
from tests.torture.siege import Siege

WATCHED = 10  # seconds
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"
HEAVY = b"HTTP/1.1 100 Continue\r\n" + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 4000) for n in range(20)) + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
WORSE: dict[str, Play] = {
    "header line": send_endlessly(b"x" * 1000, OK + b"X: "),
    "headers": send_endlessly(b"X: y\r\n", OK),
    "body": send_endlessly(b"x" * 1000, OK + b"\r\n"),
    "500": send_endlessly(b"x" * 1000, b"HTTP/1.1 500 No\r\n\r\n"),
    "101": send_endlessly(b"x", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    "old": send_endlessly(b"x" * 1000),
    "chunks": send_endlessly(b"zz\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    "blank lines": send_endlessly(b"\r\n"),
}


def push_results(siege: Siege, play: Play, pushes: int, seconds: float = WATCHED) -> None:
    """Let so many results be pushed to a receiver that answers so."""
    with running_peer(play) as receiver:
        tasks = [{"dataId": f"d{n}", "url": f"https://pictures.example.com/{n}.jpg"} for n in range(pushes)]
        form = {"scenes": ["porn"], "tasks": tasks, "callback": receiver.url, "seed": "seed"}
        siege.send(sign_green(siege.host, "image/asyncscan", form))
        time.sleep(seconds)
        siege.note(f"{receiver.calls} pushes came")


def fetch_picture(siege: Siege, play: Play) -> None:
    """Let one picture be fetched from a host that answers so."""
    with running_peer(play) as host:
        siege.send(sign_in_query(siege.host, host.url))


def meet_all_that_is_worse(siege: Siege) -> None:
    """Meet everything else that never ends."""
    for play in WORSE.values():
        fetch_picture(siege, play)
        push_results(siege, play, 2, 2)


FETCHING = {"images": {"fetch": True, "private": True}}

_Played = Callable[[Siege], None]


def _make_push_attack(play: Play, pushes: int) -> _Played:
    return partial(push_results, play=play, pushes=pushes)


ATTACKS: Attacks = (
    Attack("F2 one push, 100 Continue without end", _make_push_attack(send_endlessly(CONTINUE), 1)),
    Attack("F2 8 pushes, 100 Continue without end", _make_push_attack(send_endlessly(CONTINUE), 8)),
    Attack("F2 one push, 102 Processing without end", _make_push_attack(send_endlessly(PROCESSING), 1)),
    Attack("F2 one push, 103 Early Hints without end", _make_push_attack(send_endlessly(HINTS), 1)),
    Attack("F2 one push, 100 with 80 kB of headers", _make_push_attack(send_endlessly(HEAVY), 1)),
    Attack("F2 one picture, 100 Continue without end", partial(fetch_picture, play=send_endlessly(CONTINUE)), FETCHING),
    Attack("F2 heads, lines and bodies without end", meet_all_that_is_worse, FETCHING),
)
