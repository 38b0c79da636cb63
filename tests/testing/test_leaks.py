"""The guard against calls to real providers, by every way that a Python client takes."""

import asyncio
import http.client
import socket
import urllib.request
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
import requests
from yarl import URL

from emulator.testing import Emulator, Leak, LeakGuard
from moderation_emulator.contract.running_server import RunningServer
from tests.testing.sdk import make_scan_text_call

ORIGINALS = (socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex)
PROXY = {"http": "http://127.0.0.1:9", "https": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    "host",
    [
        "imageaudit.cn-shanghai.aliyuncs.com",
        "green-cip.cn-shanghai.aliyuncs.com",
        "green.cn-shanghai.aliyuncs.com",
        "API.weixin.qq.com",
        "api2.weixin.qq.com",
        "sh.api.weixin.qq.com",
        "tcb-api.tencentcloudapi.com",
        "env-1.ap-shanghai.tcb-api.tencentcloudapi.com",
        "openapi.alipay.com.",
        "openapi-sandbox.dl.alipaydev.com",
    ],
)
def test_a_call_to_a_real_host_is_a_leak(host: str) -> None:
    with LeakGuard() as guard, pytest.raises(Leak, match=rf"the real {host.rstrip('.').lower()}; .*emulator"):
        socket.getaddrinfo(host, 443)
    assert len(guard.leaks) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", b"127.0.0.1", "localhost", None, "::1"])
def test_a_call_to_another_host_is_no_leak(host: str | bytes | None) -> None:
    with LeakGuard() as guard:
        assert socket.getaddrinfo(host, 80)
    assert not guard.leaks


@pytest.mark.parametrize("host", ["docs.aliyuncs.com.example.test", "weixin.qq.com", "aliyuncs.com", "alipay.com"])
def test_names_that_are_alike(host: str) -> None:
    LeakGuard().check(host)


WAYS: dict[str, Callable[[], object]] = {
    "requests": lambda: requests.get("https://api.weixin.qq.com/cgi-bin/token", timeout=5),
    "requests by a proxy": lambda: requests.get("https://api.weixin.qq.com/", timeout=5, proxies=PROXY),
    "requests, http by a proxy": lambda: requests.get("http://api.weixin.qq.com/", timeout=5, proxies=PROXY),
    "urllib": lambda: urllib.request.urlopen("https://api.weixin.qq.com/", timeout=5),
    "http.client": lambda: http.client.HTTPSConnection("api.weixin.qq.com", timeout=5).request("GET", "/"),
    "create_connection": lambda: socket.create_connection(("api.weixin.qq.com", 443), 5),
    "gethostbyname": lambda: socket.gethostbyname("api.weixin.qq.com"),
    "bytes": lambda: socket.getaddrinfo(b"api.weixin.qq.com", 443),
    "by name of the argument": lambda: socket.getaddrinfo(host="api.weixin.qq.com", port=443),
    "asyncio": lambda: asyncio.run(_open()),
    "aiohttp": lambda: asyncio.run(_get()),
    "aiohttp by a proxy": lambda: asyncio.run(_get(proxy=PROXY["http"])),
    "aiohttp with yarl": lambda: asyncio.run(_get(URL("https://api.weixin.qq.com/"))),
    "aiohttp by name of the argument": lambda: asyncio.run(_get_by_name()),
}


async def _open() -> None:
    await asyncio.open_connection("api.weixin.qq.com", 443)


async def _get(url: str | URL = "https://api.weixin.qq.com/", **options: Any) -> None:
    async with aiohttp.ClientSession() as session:
        await session.get(url, **options)


async def _get_by_name() -> None:
    async with aiohttp.ClientSession() as session:
        await session._request("GET", str_or_url="https://api.weixin.qq.com/")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_is_guarded(way: str) -> None:
    with LeakGuard() as guard, pytest.raises(Leak, match=r"api\.weixin\.qq\.com"):
        WAYS[way]()
    assert guard.leaks


def test_everything_is_put_back() -> None:
    tunnel = http.client.HTTPConnection.set_tunnel
    with LeakGuard():
        assert socket.getaddrinfo is not ORIGINALS[0]
        with LeakGuard(["*.example.test"]) as inner:
            with pytest.raises(Leak):
                socket.getaddrinfo("cdn.example.test", 443)
            assert len(inner.leaks) == 1
    assert (socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex) == ORIGINALS
    assert http.client.HTTPConnection.set_tunnel is tunnel


async def test_aiohttp_reaches_the_emulator(live: RunningServer) -> None:
    with LeakGuard() as guard:
        async with aiohttp.ClientSession(live.url) as session, session.get("/_emulator/health") as answer:
            assert answer.status == 200
    assert not guard.leaks


def test_the_emulator_is_reached(live: RunningServer) -> None:
    with LeakGuard() as guard, Emulator(live.url).account() as account:
        assert make_scan_text_call(account)() == "pass"
    assert not guard.leaks
