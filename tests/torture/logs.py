"""F8: a log without end."""

from functools import partial

from tests.bench.signed import sign_green, sign_in_query
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege

MOST = 500  # lines that this may write


def repeat_unknown_word(siege: Siege) -> None:
    """Make 3000 calls with the same unknown word."""
    siege.storm(partial(_scan, siege, number, ["emu-unknown"]) for number in range(3000))
    _count(siege)


def send_unknown_words(siege: Siege) -> None:
    """Send 200 texts of 50 unknown words, all different."""
    for call in range(2):
        _scan(siege, call, [" ".join(f"emu-x{call}y{n}z{word}" for word in range(50)) for n in range(100)])
    _count(siege)


def repeat_resets(siege: Siege) -> None:
    """Make 1000 resets and turns of the clock that name no account, where there are two."""
    siege.control("POST", "accounts", {})
    siege.repeat(siege.encode_request("POST", "/_emulator/reset"), 500)
    siege.repeat(siege.encode_request("POST", "/_emulator/clock", b'{"advance": 1}'), 500)
    _count(siege)


def push_to_nobody(siege: Siege) -> None:
    """Let 1000 results be pushed to where nobody listens."""
    for _ in range(10):
        tasks = [{"dataId": f"d{n}", "url": "https://a.test/x.jpg"} for n in range(100)]
        form = {"scenes": ["porn"], "tasks": tasks, "callback": "http://127.0.0.1:9/", "seed": "seed"}
        siege.send(sign_green(siege.host, "image/asyncscan", form))
    siege.wait_until(lambda: b'"waiting": 0' in siege.control("GET", "clock").body, 20)
    _count(siege)


def send_broken_requests(siege: Siege) -> None:
    """Send 3000 requests that are no HTTP, or signed by nobody."""
    siege.repeat(b"\x16\x03\x01 nothing like HTTP\r\n\r\n", 1500)
    siege.repeat(sign_in_query("localhost", "x").replace(b"testId", b"nobody"), 1500)
    _count(siege)


def _scan(siege: Siege, number: int, texts: list[str]) -> None:
    tasks = [{"dataId": f"d{number}-{n}", "content": text} for n, text in enumerate(texts)]
    siege.send(sign_green(siege.host, "text/scan", {"scenes": ["antispam"], "tasks": tasks}))


def _count(siege: Siege) -> None:
    lines = siege.server.read_output().count("\n")
    siege.fail_if(lines > MOST, f"{lines} lines were logged")


ATTACKS: Attacks = (
    Attack("F8 3000 calls with one unknown word", repeat_unknown_word),
    Attack("F8 10 000 unknown words", send_unknown_words),
    Attack("F8 1000 resets and clocks without account", repeat_resets),
    Attack("F8 1000 pushes to nobody", push_to_nobody),
    Attack("F8 3000 requests that are none", send_broken_requests),
)
