"""HEAD: whatever can be read, without its body; no call of a provider is made by it."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import requests

from emulator.discovery import find_providers
from emulator.http.control.index import list_routes
from emulator.provider import Provider
from moderation_emulator.contract.raw_socket import Answer, Connection, ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green.builders import sign_roa
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, make_image_params, sign_rpc
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud

PAGE = "text/html,*/*;q=0.8"
READ = [
    f"/_emulator/{route.path}"
    for route in list_routes(find_providers().values())
    if route.method == "GET" and "{" not in route.path
]
CHANGING = ("date", "content-length", "x-uptime")  # from one moment to the next


def ask_both(live: RunningServer, target: str, **headers: Any) -> tuple[Answer, Answer]:
    """Return what GET and then HEAD answer on one connection, which a byte of a body would spoil."""
    with Connection(live) as connection:
        got = connection.send(encode_request(target=target, host=live.host, **headers)).read_answer()
        headed = connection.send(encode_request("HEAD", target, host=live.host, **headers)).read_answer(head=True)
        assert connection.send(encode_request(target="/_emulator/health", host=live.host)).read_answer().status == 200
    return got, headed


def drop_changing(answer: Answer) -> tuple[int, dict[str, str]]:
    return answer.status, {name: value for name, value in answer.headers.items() if name not in CHANGING}


@pytest.mark.parametrize("target", [*READ, "/_emulator/nowhere", "/_emulator/rules?x=1", "/_emulator/journal/7"])
def test_of_whatever_the_control_api_lists(live: RunningServer, target: str) -> None:
    got, headed = ask_both(live, target)
    assert drop_changing(headed) == drop_changing(got)
    assert int(headed.headers["content-length"]) > 0
    if target not in ("/_emulator/metrics", "/_emulator/clock"):  # where another moment has another length
        assert headed.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize("target", ["/alipay/my.js", "/alipay/my.cjs", "/alipay/my.mjs", "/"])
def test_of_files_and_of_the_page(live: RunningServer, target: str) -> None:
    got, headed = ask_both(live, target, Accept=PAGE)
    assert got.status == 200
    assert drop_changing(headed) == drop_changing(got)
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert live.list_entries() == []


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain, */*"])
def test_of_the_root_whoever_asks(live: RunningServer, accept: str) -> None:
    assert ask(live, encode_request("HEAD", "/", Accept=accept), head=True).status == 200
    assert live.list_entries() == []


def test_of_a_frame(live: RunningServer) -> None:
    live.push_rule({}, verdict={"suggestion": "block", "frames": 12})
    params = make_image_params(("https://a.test/a.gif",), ("porn",)) | {"Task.1.Interval": "2", "Task.1.MaxFrames": "2"}
    result = call_rpc(live, "ScanImage", params)
    url = result.json()["Data"]["Results"][0]["SubResults"][0]["Frames"][0]["URL"]
    got, headed = requests.get(url, timeout=5), requests.head(url, timeout=5)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["Content-Type"] == "image/png"
    assert headed.headers["Content-Length"] == str(len(got.content))


def test_it_changes_nothing(live: RunningServer) -> None:
    live.push_rule({"text": "x"}, verdict="ad")
    before = live.control("GET", "rules").json()["total"]
    for target in ("rules", "reset", "journal", "accounts"):
        requests.head(f"{live.url}/_emulator/{target}", timeout=5)
    assert live.control("GET", "rules").json()["total"] == before


def test_it_stands_before_the_guards_as_get_does(start: Callable[..., RunningServer]) -> None:
    live = start({"control": {"token": "secret-word"}})
    assert ask(live, encode_request("HEAD", "/_emulator/info"), head=True).status == 401
    assert ask(live, encode_request("HEAD", "/_emulator/info", host="evil.example"), head=True).status == 403
    assert ask(live, encode_request("HEAD", "/_emulator/health", host="evil.example"), head=True).status == 200


# Calls of the providers.


def test_a_nonce_is_not_spent(live: RunningServer) -> None:
    params = {"Labels.1.Label": "ad", "Tasks.1.Content": "hello"}
    common = {"SignatureNonce": "the-only-one"}
    headed = ask(
        live,
        encode_request("HEAD", f"/?{encode_query(sign_rpc('ScanText', params, method='HEAD', common=common))}"),
        head=True,
    )
    assert (headed.status, live.list_entries()[0].code) == (403, "UnsupportedHTTPMethod")
    assert call_rpc(live, "ScanText", params, common=common).status_code == 200
    assert call_rpc(live, "ScanText", params, common=common).json()["Code"] == "SignatureNonceUsed"


def test_green_takes_none(live: RunningServer) -> None:
    nonce = {"x-acs-signature-nonce": "the-only-one"}
    headers = sign_roa("/green/image/results", b"", method="HEAD", headers=nonce)
    answer = requests.head(f"{live.url}/green/image/results", headers=headers, timeout=5)
    assert (answer.status_code, live.list_entries()[0].code) == (403, "UnsupportedHTTPMethod")
    headers = sign_roa("/green/image/results", b"[]", headers=nonce)
    assert requests.post(f"{live.url}/green/image/results", b"[]", headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize("path", ["cgi-bin/token", "cgi-bin/stable_token"])
def test_no_token_is_made(live: RunningServer, path: str) -> None:
    token = wechat.fetch_token(live).json()["access_token"]
    answer = ask(live, encode_request("HEAD", f"/{path}?{encode_query(wechat.CREDENTIAL)}"), head=True)
    assert (answer.status, live.list_entries()[0].code) == (200, "43002")
    entry = live.control("GET", f"journal/{live.list_entries()[0].id}").json()
    assert "access_token" not in entry["response"]["body"]
    assert wechat.read_code(wechat.upload(live, access_token=token)) == 0  # none took its place


def test_the_gateway_of_alipay_takes_none(live: RunningServer) -> None:
    params = gateway.sign_params(
        gateway.make_common(gateway.ANALYZE, gateway.make_content(gateway.ANALYZE, "emu-porn"))
    )
    answer = ask(live, encode_request("HEAD", f"/gateway.do?{gateway.encode_form(params)}"), head=True)
    assert (answer.status, live.list_entries()[0].code) == (200, "isv.invalid-parameter")


def test_the_cloud_takes_none(live: RunningServer) -> None:
    headers = {"Authorization": cloud.TC3, "Content-Type": f"multipart/form-data; boundary={cloud.BOUNDARY}"}
    sent = cloud.encode_form(cloud.encode_media())
    assert requests.head(f"{live.url}/admin", data=sent, headers=headers, timeout=5).status_code == 200
    assert live.list_entries()[0].code == "-501007"
    assert cloud.parse_answer(cloud.post(live, sent)).api["errcode"] == 0


@pytest.mark.parametrize("provider", find_providers().values(), ids=lambda provider: provider.name)
def test_no_operation_is_done_by_it(live: RunningServer, provider: Provider) -> None:
    assert provider.wire.endpoint is not None
    for name in provider.operations:
        place = provider.wire.endpoint(name)
        target = f"{place.path}?{encode_query(place.query)}"
        ask(live, encode_request("HEAD", target, host=live.host), head=True)
        entry = live.list_entries()[0]
        assert (entry.outcome, entry.method) == ("refused", "HEAD"), name
        assert entry.code in provider.errors.codes


def test_a_mini_program_calls_by_post(live: RunningServer) -> None:
    assert ask(live, encode_request("HEAD", "/alipay/my.ap.imgRisk"), head=True).status == 400
    assert live.list_entries()[0].code == "param error"


# What waits for a server.


def test_wget_and_curl_see_that_it_is_ready(live: RunningServer) -> None:
    for command in (["wget", "-q", "--spider"], ["curl", "-fsSI", "-o", "/dev/null"]):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        for path in ("/_emulator/health", "/", "/alipay/my.js", "/_emulator/"):
            assert subprocess.run([*command, f"{live.url}{path}"], check=False, timeout=20).returncode == 0, path
