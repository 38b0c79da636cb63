"""Clients of the JVM that were told nothing: `exec` leads each to an emulator, but the one that heeds no proxy."""

import pytest

from tests.exec.jvm import Java, find_version
from tests.exec.led import find_way, note_arrival, run_led

BLOCKED = {"expires_in": 7200, "errcode": 87014}
# What Client.java calls it, what the table does, and whose version it has.
CLIENTS = (
    ("HttpClient", "JVM: java.net.http.HttpClient", "JDK"),
    ("HttpURLConnection", "JVM: HttpURLConnection", "JDK"),
    ("OkHttp", "JVM: OkHttp", "okhttp"),
    ("Apache createSystem", "JVM: Apache HttpClient, `createSystem`", "httpclient"),
)

pytestmark = pytest.mark.led


@pytest.mark.parametrize(("client", "name", "library"), CLIENTS)
def test_a_client_gets_the_verdict_of_the_emulator(
    request: pytest.FixtureRequest, java: Java, client: str, name: str, library: str
) -> None:
    led = run_led(java(client))
    assert (led.got, led.code) == (BLOCKED, 0), led.stderr
    assert led.stderr.startswith("Picked up JAVA_TOOL_OPTIONS: ")
    assert led.stderr.count("\n") == 1
    note_arrival(request, name, find_version(library), find_way(java(client), BLOCKED))


def test_one_that_heeds_no_proxy_is_not_led(java: Java) -> None:
    """It needs host names that lead to the emulator: see test_host_names.py."""
    led = run_led(java("Apache createDefault"), preload=False)
    assert (led.got, led.code) == ("", 1)
    assert "java.net.UnknownHostException: api.weixin.qq.com" in led.stderr
