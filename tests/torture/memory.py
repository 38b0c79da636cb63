"""F3: memory bounded by number and not by bytes."""

import json
import time
from functools import partial
from typing import Any

from tests.bench.signed import sign_green, sign_in_query
from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege

MEGA = 1_000_000


def send_long_addresses(siege: Siege) -> None:
    """Make 15 calls of 100 tasks with addresses of 100 kB."""
    for call in range(15):
        tasks = [{"dataId": f"d{n}", "url": f"https://a.test/{call}-{n}/" + "x" * 100_000} for n in range(100)]
        siege.send(sign_green(siege.host, "image/asyncscan", {"scenes": ["porn"], "tasks": tasks}))
    _weigh_journal(siege)


def push_long_rules(siege: Siege) -> None:
    """Push 25 rules of 4 MB, then list them."""
    for number in range(25):
        url = f"https://a.test/{number}/" + "x" * (4 * MEGA)
        siege.control("POST", "rules", {"match": {"url": url}, "verdict": "pass"})
    siege.note(f"list of rules {len(siege.control('GET', 'rules').body) / MEGA:.0f} MB")


def fill_journals(siege: Siege) -> None:
    """Make 63 calls of 200 kB in each of 8 accounts."""
    for _ in range(8):
        made = siege.control("POST", "accounts", {}).json()
        name = made["name"]
        for number in range(63):
            content = f"https://a.test/{number}/" + "x" * 60_000
            body = json.dumps(
                {"pid": "2088", "bizContext": {"risk_type": "img_risk", "content": content}, "x": content}
            )
            siege.ask("POST", f"/alipay/my.ap.imgRisk?account={name}", body.encode(), X_Long="x" * 7000)
    _weigh_journal(siege)


def send_long_headers(siege: Siege) -> None:
    """Make 63 calls with 120 headers of 8 kB."""
    lines: dict[str, Any] = {f"X_{n}": "x" * 8000 for n in range(120)}
    siege.repeat(siege.encode_request("GET", "/?Action=ScanImage", **lines), 63)
    _weigh_journal(siege)


def create_accounts(siege: Siege) -> None:
    """Create 10 000 accounts and some."""
    siege.repeat(siege.encode_request("POST", "/_emulator/accounts", b"{}"), 10_050)


def leave_unfinished_lines(siege: Siege) -> None:
    """Send 100 request lines of 4 MB that do not end."""
    _leave(siege, b"GET /?x=" + b"x" * (4 * MEGA), 100)


def leave_unfinished_headers(siege: Siege) -> None:
    """Send 100 heads of 100 lines that do not end."""
    lines = b"".join(b"X-%d: %b\r\n" % (n, b"x" * 8000) for n in range(100))
    _leave(siege, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + lines, 100)


def leave_unfinished_bodies(siege: Siege) -> None:
    """Send 30 bodies of 16 MB of which a byte is missing."""
    length = 16 * MEGA
    head = f"POST /wxa/msg_sec_check HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    _leave(siege, head.encode() + b"x" * (length - 1), 30)


def _leave(siege: Siege, data: bytes, times: int) -> None:
    refused = 0
    for _ in range(times):
        line = siege.connect()
        line.settimeout(5)
        siege.calls += 1
        try:
            line.sendall(data)
            siege.bytes += len(data)
        except OSError:
            refused += 1
    time.sleep(5)
    siege.note(f"{refused} of {times} refused at once")


def send_long_values(siege: Siege, path: str, form: str, times: int = 20) -> None:
    """Make calls with a value of 4 MB where an address is meant."""
    for number in range(times):
        body = form.replace("LONG", f"https://a.test/{number}/" + "x" * (4 * MEGA - 100))
        siege.ask("POST", path, body.encode())
    _weigh_journal(siege)


def send_data_addresses(siege: Siege) -> None:
    """Send a picture of 4 MB as a data: address in Green's url, ten times."""
    for number in range(10):
        url = f"data:image/png;base64,{number}" + "A" * (4 * MEGA - 1000)
        form = {"scenes": ["porn"], "tasks": [{"dataId": "d", "url": url}]}
        siege.send(sign_green(siege.host, "image/asyncscan", form))
    _weigh_journal(siege)


def send_many_calls(siege: Siege) -> None:
    """Make 2000 calls with an address as long as it may be."""
    siege.storm(
        partial(siege.send, sign_in_query(siege.host, f"https://a.test/{number}/" + "x" * 8000))
        for number in range(2000)
    )
    _weigh_journal(siege)


def _weigh_journal(siege: Siege) -> None:
    size = len(siege.control("GET", "journal?limit=15").body)
    siege.note(f"journal?limit=15 {size / MEGA:.1f} MB")


_RISK = '{"pid": "2088123456789012", "bizContext": {"risk_type": "img_risk", "content": "LONG"}}'
_MEDIA = '{"media_url": "LONG", "media_type": 2, "version": 2, "scene": 1, "openid": "openid"}'
_MEDIA_PATH = "/wxa/media_check_async?access_token=ACCESS_TOKEN"

ATTACKS: Attacks = (
    Attack("F3 asyncscan, 15 x 100 addresses of 100 kB", send_long_addresses),
    Attack("F3 asyncscan, 10 data: addresses of 4 MB", send_data_addresses),
    Attack("F3 imgRisk, 20 contents of 4 MB", partial(send_long_values, path="/alipay/my.ap.imgRisk", form=_RISK)),
    Attack("F3 WeChat, 20 media_url of 4 MB", partial(send_long_values, path=_MEDIA_PATH, form=_MEDIA)),
    Attack("F3 25 rules of 4 MB", push_long_rules),
    Attack("F3 8 accounts, 63 calls of 130 kB in each", fill_journals),
    Attack("F3 63 calls with 960 kB of headers", send_long_headers),
    Attack("F3 2000 ScanImage of 8 kB", send_many_calls),
    Attack("F3 10 050 accounts", create_accounts),
    Attack("F3 100 request lines of 4 MB, unfinished", leave_unfinished_lines),
    Attack("F3 100 heads of 800 kB, unfinished", leave_unfinished_headers),
    Attack("F3 30 bodies of 16 MB, unfinished", leave_unfinished_bodies),
)
