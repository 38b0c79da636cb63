"""Calls by an address and by tunnels, for `exec -- python -m tests.bench.tunnelling`."""

import json
import os
import ssl
import sys
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

CALLS, TUNNELS = 1000, 100
_HOST = "api.weixin.qq.com"
_BODY = json.dumps({"content": "hello"})
_TARGET = "/wxa/msg_sec_check?access_token=ACCESS_TOKEN"


def connect_plain() -> HTTPConnection:
    address = urlsplit(os.environ["EMULATOR_URL"])
    return HTTPConnection(str(address.hostname), address.port)


@cache
def load_trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["EMULATOR_CA"])


def connect_by_tunnel() -> HTTPConnection:
    proxy, context = urlsplit(os.environ["https_proxy"]), load_trust()
    connection = HTTPSConnection(str(proxy.hostname), proxy.port, context=context)
    connection.set_tunnel(_HOST)
    return connection


def time_call(connection: HTTPConnection) -> float:
    """Return the milliseconds that one call takes."""
    began = perf_counter()
    connection.request("POST", _TARGET, _BODY)
    body = connection.getresponse().read()
    took = perf_counter() - began
    assert json.loads(body)["errcode"] == 0
    return took * 1000


def time_new(connect: Callable[[], HTTPConnection]) -> float:
    """Return the milliseconds from nothing to the first answer."""
    began = perf_counter()
    time_call(connection := connect())
    took = perf_counter() - began
    connection.close()
    return took * 1000


def main() -> None:
    """Print medians in milliseconds: of a call, and of the first one of a connection, by each way in turns."""
    plain, tunnel = connect_plain(), connect_by_tunnel()
    calls = [(time_call(plain), time_call(tunnel)) for _ in range(CALLS)]
    firsts = [(time_new(connect_plain), time_new(connect_by_tunnel)) for _ in range(TUNNELS)]
    found = {"call": calls, "first": firsts}
    sys.stdout.write(
        json.dumps({name: [median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()})
    )


if __name__ == "__main__":
    main()
