import hmac
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from defusedxml import ElementTree

from emulator.media.images import inspect
from emulator.net.egress import EgressError
from moderation_emulator.contract.running_server import RunningServer
from tests.http.control.builders import parse_error
from tests.providers.aliyun.rpc_calls import call_rpc, make_image_params


def list_frames(live: RunningServer, count: int = 3) -> list[str]:
    """Return the addresses that ScanImage hands out for the inspected pieces of a moving picture."""
    live.push_rule({}, verdict={"suggestion": "block", "frames": 12})
    params = make_image_params(("https://a.test/moving.gif",), ("porn",))
    params |= {"Task.1.Interval": "2", "Task.1.MaxFrames": str(count)}
    result = call_rpc(live, "ScanImage", params).json()["Data"]["Results"][0]["SubResults"][0]
    return [frame["URL"] for frame in result["Frames"]]


def assert_denied(answer: requests.Response, reason: str) -> None:
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/xml"
    found = ElementTree.fromstring(answer.content)
    assert found.findtext("Code") == "AccessDenied"
    assert reason in (found.findtext("Message") or "")


def test_each_address_shows_a_picture(live: RunningServer) -> None:
    urls = list_frames(live)
    assert len(set(urls)) == 3
    pictures = set()
    for url in urls:
        assert url.startswith(f"{live.url}/_emulator/frames/")
        answer = requests.get(url, timeout=5)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/png"
        picture = inspect(answer.content)
        assert (picture.format, picture.width, picture.height) == ("png", 256, 256)
        pictures.add(picture.sha256)
    assert len(pictures) == 3


def test_the_emulator_may_fetch_its_own_frames(live: RunningServer) -> None:
    """As a picture that a client has inspected again; nothing else is fetched from the control API."""
    (url, *_) = list_frames(live)
    fetched = live.run(live.state.egress.get(url, limit=10**6, seconds=5))
    assert inspect(fetched).format == "png"
    for other in ("/_emulator/rules", "/_emulator/frames/../rules", "/%5Femulator/info", "/_emulator/frames"):
        with pytest.raises(EgressError, match="forbidden: the control plane"):
            live.run(live.state.egress.get(live.url + other, limit=10**6, seconds=5))


def test_address_has_the_shape_of_a_signed_link(live: RunningServer) -> None:
    query = parse_qs(urlsplit(list_frames(live)[0]).query)
    assert set(query) == {"Expires", "OSSAccessKeyId", "Signature"}
    assert query["OSSAccessKeyId"] == ["testId"]


def test_it_lives_for_five_minutes_of_the_account(live: RunningServer) -> None:
    clock = live.state.accounts.default.clock
    clock.freeze(True)
    url = list_frames(live)[0]
    expires = int(parse_qs(urlsplit(url).query)["Expires"][0])
    assert expires == int(clock.now()) + 300
    clock.set(expires - 0.001)
    assert requests.get(url, timeout=5).status_code == 200
    clock.set(expires)
    assert_denied(requests.get(url, timeout=5), "expired")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"Signature=..", "Signature=zz"),
        (r"Signature=[^&]*", "Signature="),
        (r"Signature=[^&]*", "Signature=%E6%96%87"),
        (r"&Signature=[^&]*", ""),
        (r"Expires=\d", "Expires=9"),
        (r"Expires=\d+", "Expires="),
        (r"Expires=\d+", "Expires=never"),
        (r"OSSAccessKeyId=testId", "OSSAccessKeyId=nobody"),
        (r"OSSAccessKeyId=testId", "OSSAccessKeyId=%FF"),
        (r"-\d+\.png", "-11.png"),
        (r"frames/", "frames/%FF"),
        (r"\?.*", ""),
    ],
)
def test_changed_addresses_show_nothing(live: RunningServer, old: str, new: str) -> None:
    url = re.sub(old, new, list_frames(live)[0])
    assert_denied(requests.get(url, timeout=5), "signature")


def test_other_parameters_are_refused(live: RunningServer) -> None:
    parse_error(requests.get(f"{list_frames(live)[0]}&x-oss-process=1", timeout=5), 400)


@pytest.mark.parametrize("expires", ["", "abc", "1" * 5000, "١٢٣", "-1", "1e9", " 9999999999", "9" * 13, "\x00", "²"])
def test_what_is_signed_but_no_moment(live: RunningServer, expires: str) -> None:
    """The secret is published, so anybody can sign."""
    name = f"{'0' * 16}-1.png"
    signature = hmac.digest(b"testSecret", f"{name}\n{expires}".encode(), "sha1").hex()
    query = {"OSSAccessKeyId": "testId", "Expires": expires, "Signature": signature}
    assert_denied(requests.get(f"{live.url}/_emulator/frames/{name}", params=query, timeout=5), "expired")


@pytest.mark.parametrize("name", ["x.png", "1" * 5000, f"{'0' * 16}-{'1' * 11}.png", f"{'0' * 16}-1.png%0A"])
def test_what_is_signed_but_no_frame(live: RunningServer, name: str) -> None:
    signature = hmac.digest(b"testSecret", f"{name}\n9999999999".encode(), "sha1").hex()
    query = {"OSSAccessKeyId": "testId", "Expires": "9999999999", "Signature": signature}
    assert_denied(requests.get(f"{live.url}/_emulator/frames/{name}", params=query, timeout=5), "signature")
