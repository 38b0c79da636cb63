"""No credential leaves the journal whole: in the list, the long form, near misses, verify's closest and callbacks."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
import requests

from emulator.reports.masking import find_secrets
from moderation_emulator.contract.raw_socket import ask, encode_request
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.alipay.gateway import builders as gateway
from tests.providers.aliyun.green import builders as green
from tests.providers.aliyun.rpc_calls import scan_image
from tests.providers.wechat import builders as wechat
from tests.providers.wechat.cloud import builders as cloud
from tests.reports.builders import fetch_newest_entry

SECRET = "Sup3rS3cr3tValue"
BASIC = base64.b64encode(f"user:{SECRET}".encode()).decode()
LOOSE = json.dumps({"appid": "x", "deeper": {"access_token": SECRET}})
URL = f"https://user:{SECRET}@cdn.example.test/photo.jpg?access_token={SECRET}&dataId=7"


def gather_output(live: RunningServer) -> str:
    """Return everything that the control API lists of the calls that came."""
    entry = fetch_newest_entry(live)
    near = live.control("POST", "journal/verify", {"match": {"url": "https://cdn.example.test/other.jpg"}})
    texts = [json.dumps(entry), live.control("GET", "journal").text, near.text, live.control("GET", "callbacks").text]
    return "\n".join(texts)


def assert_hidden(live: RunningServer) -> None:
    everything = gather_output(live)
    assert SECRET not in everything
    assert BASIC not in everything
    assert quote(BASIC, safe="") not in everything


BODIES = [
    f'{{"secret":"{SECRET}","secret":"{SECRET}"}}',
    f'{{"appid":"x","access_token":"{SECRET}" broken',
    f'{{"secret":"{SECRET}","x":"{"x" * 70_000}"}}',
    f'{{"x":"{"x" * 65_480}","secret":"{SECRET * 4}"}}',
    f'{{"\\u0073ecre\\u0074":"{SECRET}"}}',
    LOOSE,
    json.dumps(LOOSE),
    f"secret={SECRET}&x=1",
    f"%2573ecret={SECRET}&x=1",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
@pytest.mark.parametrize(
    "path", ["/", "/green/image/scan", "/wxa/msg_sec_check", "/alipay/my.ap.imgRisk", "/gateway.do"]
)
def test_in_a_body(live: RunningServer, path: str, kind: str, body: str) -> None:
    headers = {"Content-Type": kind}
    requests.post(f"{live.url}{path}?access_token={SECRET}", data=body.encode(), headers=headers, timeout=10)
    assert_hidden(live)


@pytest.mark.parametrize(
    "name", ["Cookie", "Proxy-Authorization", "X-Api-Key", "Authorization", "x-acs-security-token"]
)
def test_in_a_header(live: RunningServer, name: str) -> None:
    requests.post(f"{live.url}/green/image/scan", headers={name: f"Basic {BASIC} {SECRET}"}, timeout=10)
    assert_hidden(live)


@pytest.mark.parametrize("name", ["access_token", "AccessKeySecret", "authorization", "secret"])
def test_in_a_part(live: RunningServer, name: str) -> None:
    body = wechat.encode_multipart((f'form-data; name="{name}"', SECRET.encode()), (wechat.MEDIA, wechat.PNG))
    wechat.post(live, body)
    assert_hidden(live)
    wechat.post(live, body[:150])
    assert_hidden(live)


def test_in_a_cloud_call_that_cannot_be_read(live: RunningServer) -> None:
    cloud.post(live, cloud.encode_form(b"\xff", authorization=SECRET.encode()), "")
    assert_hidden(live)
    cloud.post(
        live,
        cloud.encode_form(
            cloud.encode_parameters(content="x", deeper={"access_token": SECRET}), "security.msgSecCheck"
        ),
    )
    assert_hidden(live)


@pytest.mark.parametrize(
    "query", [f"AccessKeySecret={SECRET}", f"url={quote(URL, safe='')}", f"x={quote(quote(URL, safe=''))}"]
)
def test_in_a_query(live: RunningServer, query: str) -> None:
    requests.get(f"{live.url}/?Action=ScanImage&{query}", timeout=10)
    assert_hidden(live)


def test_in_the_address_itself(live: RunningServer) -> None:
    """As a proxy is asked, and as part of a path."""
    ask(live, encode_request("GET", f"http://user:{SECRET}@host/gateway.do?x"))
    assert_hidden(live)
    ask(live, encode_request("GET", f"/wxa/access_token={SECRET}"))
    assert_hidden(live)


def test_in_the_address_of_a_picture_or_receiver(live: RunningServer) -> None:
    """And what is no secret in it can still be read."""
    live.push_rule({"url": "https://cdn.example.test/photo.png"}, verdict="porn")
    scan_image(live, URL)
    assert_hidden(live)
    green.submit(live, URL, callback=f"http://user:{SECRET}@127.0.0.1:9/hook?access_token={SECRET}", seed="s")
    assert_hidden(live)
    gateway.call(live, gateway.SYNC, {**gateway.make_content(gateway.SYNC, "x"), "data_list": [URL]})
    assert_hidden(live)
    everything = gather_output(live)
    assert "cdn.example.test/photo.jpg" in everything
    assert "dataId=7" in everything
    (callback,) = live.control("GET", "callbacks").json()["items"]
    assert callback["url"] == "http://****@127.0.0.1:9/hook?access_token=Sup3****"


def test_what_a_user_needs_is_left(live: RunningServer) -> None:
    urls = ("https://cdn.example.test/a@2x.jpg?x=1&OSSAccessKeyId=testId", "https://cdn.example.test/key=photo.jpg")
    taken = green.submit(live, *urls)
    entry: Any = fetch_newest_entry(live)
    assert [each["url"] for each in entry["subjects"]] == list(urls)
    assert all(task in entry["response"]["body"] for task in taken)
    scan_image(live, *urls)
    entry = fetch_newest_entry(live)
    assert entry["request"]["parameters"]["AccessKeyId"] == "testId"
    assert entry["request"]["parameters"]["Task.1.ImageURL"] == urls[0]
    assert entry["signature"]["given"] == entry["signature"]["expected"]


def test_a_hostile_number_of_secrets(live: RunningServer) -> None:
    """Of those that stand without a name elsewhere only so many are looked for."""
    body = "&".join(f"secret={n:06}" for n in range(4000))
    requests.post(f"{live.url}/", data=body, headers={"Content-Type": "text/plain"}, timeout=10)
    assert len(find_secrets(live.list_entries()[0])) == 32
    assert "000100" not in gather_output(live)
