"""Path prefixes: which provider a path belongs to, and what answers on paths that belong to nobody."""

import gc

import pytest
import requests

from emulator.discovery import find_providers
from emulator.error_types import Refusal
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import encode_query, sign_rpc

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_browser_gets_a_page_of_help(live: RunningServer) -> None:
    answer = requests.get(live.url, headers={"Accept": BROWSER}, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for provider in find_providers().values():
        assert provider.name in answer.text
        assert all(name in answer.text for name in provider.operations)
    assert "/_emulator/journal" in answer.text
    assert live.list_entries() == []


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/", "*/*"),
        ("GET", "/", "application/json"),
        ("GET", "/?Action=ScanImage", BROWSER),
        ("GET", "/?", BROWSER),
        ("POST", "/", BROWSER),
        ("PUT", "/", BROWSER),
    ],
)
def test_everything_else_at_the_root_is_a_call(live: RunningServer, method: str, path: str, accept: str) -> None:
    answer = ask(live, encode_request(method, path, Accept=accept))
    assert answer.json()["Code"] == "MissingVersion"
    assert live.list_entries()[0].method == method


@pytest.mark.parametrize(
    "target", ["/nowhere", "/nowhere/", "/nowhere?a=b", "/greens/image/scan", "/%2e", "/_emulators"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_path_of_no_provider_is_not_found(live: RunningServer, target: str, method: str) -> None:
    answer = ask(live, encode_request(method, target), head=method == "HEAD")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    if method != "HEAD":
        body = answer.json()["error"]
        assert f"/{target[1:].partition('?')[0].partition('/')[0]};" in body
        assert "/, " in body or "/ and" in body
        assert body.endswith("/_emulator/.")
    assert live.list_entries() == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_control_api_is_found_without_its_last_slash(live: RunningServer, method: str) -> None:
    answer = ask(live, encode_request(method, "/_emulator"), head=method == "HEAD")
    assert (answer.status, answer.headers["location"], answer.body) == (307, "/_emulator/", b"")
    answer = ask(live, encode_request(method, "/_emulator?account=default"), head=method == "HEAD")
    assert answer.headers["location"] == "/_emulator/?account=default"
    assert requests.get(f"{live.url}/_emulator", timeout=5).json()["routes"]
    assert ask(live, encode_request("POST", "/_emulator", b"{}")).status == 404
    assert live.list_entries() == []


def test_an_unknown_path_is_not_repeated_at_length(live: RunningServer) -> None:
    assert len(ask(live, encode_request(target="/" + "x" * 100_000)).body) < 1000


def test_absolute_form_of_a_proxy(live: RunningServer) -> None:
    params = sign_rpc("ScanText", {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"})
    answer = ask(live, encode_request(target=f"http://imageaudit.cn-shanghai.aliyuncs.com/?{encode_query(params)}"))
    assert answer.status == 200
    assert answer.json()["Data"]["Elements"][0]["Results"][0]["Label"] == "normal"
    assert ask(live, encode_request(target="http://example.com/nowhere")).status == 404
    assert (
        ask(live, encode_request(target="http://imageaudit.cn-shanghai.aliyuncs.com")).json()["Code"]
        == "MissingVersion"
    )


def test_absolute_form_does_not_go_around_the_guards_of_the_control_api(live: RunningServer) -> None:
    target = "http://evil.example/_emulator/reset"
    assert ask(live, encode_request("POST", target, host="evil.example")).status in (403, 404)


def test_hosts_of_the_real_services_are_welcome(live: RunningServer) -> None:
    for host in ("imageaudit.cn-shanghai.aliyuncs.com", "anything.example", "127.0.0.1:1", "[::1]"):
        answer = ask(live, encode_request(host=host)).json()
        assert answer["Code"] == "MissingVersion"
        assert answer["HostId"] == (host if host.startswith("[") else host.partition(":")[0])


def test_answers_may_be_read_across_origins(live: RunningServer) -> None:
    answer = requests.get(live.url, headers={"Origin": "https://app.example"}, timeout=5)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "target", ["/", "/green/image/scan", "/gateway.do", "/alipay/my.ap.imgRisk", "/wxa/img_sec_check", "/admin"]
)
def test_a_refused_call_leaves_nothing_to_be_looked_for(live: RunningServer, target: str) -> None:
    """What was garbage when many rules came would be kept with them."""
    gc.collect()
    gc.disable()
    try:
        ask(live, encode_request("POST", target))
        assert live.list_entries()[0].outcome == "refused"
        assert not [each for each in gc.get_objects() if isinstance(each, Refusal)]
    finally:
        gc.enable()
