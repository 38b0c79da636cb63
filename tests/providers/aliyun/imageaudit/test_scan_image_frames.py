"""ScanImage: which frames of a moving or long picture are inspected, and the addresses they are shown at."""

import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from PIL import Image

from emulator.providers.aliyun.gateway import frames
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.imageaudit.builders import send_request
from tests.providers.aliyun.rpc_calls import call_rpc, encode_query, make_image_params, sign_rpc

STILL = "https://a.test/x.jpg"
MOVING = "https://a.test/x.gif"


def scan(
    live: RunningServer, url: str = STILL, scenes: tuple[str, ...] = ("porn",), **frames: int
) -> list[dict[str, Any]]:
    """Scan a picture and return its results; `frames` are Interval and MaxFrames."""
    params = make_image_params((url,), scenes) | {f"Task.1.{name}": str(value) for name, value in frames.items()}
    answer = call_rpc(live, "ScanImage", params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["Data"]["Results"][0]["SubResults"])


def list_numbers(sub: dict[str, Any]) -> list[int]:
    """Return the numbers of the frames that a result shows, by the names of their addresses."""
    names = [urlsplit(frame["URL"]).path for frame in sub.get("Frames", [])]
    found = [re.fullmatch(r".*-(\d+)\.png", name) for name in names]
    assert all(found)
    return [int(each[1]) for each in found if each]


@pytest.mark.parametrize(
    ("count", "interval", "most", "inspected"),
    [
        (10, 1, 10, list(range(10))),
        (10, 1, 100, list(range(10))),
        (10, 2, 100, [0, 2, 4, 6, 8]),
        (10, 2, 5, [0, 2, 4, 6, 8]),  # 2 x 5 is not less than 10
        (10, 3, 3, [0, 3, 6]),  # 3 x 3 is less: the step becomes 10 / 3, here the same
        (10, 2, 3, [0, 3, 6]),
        (10, 1, 3, [0, 3, 6]),
        (10, 1, 4, [0, 2, 4, 6]),
        (10, 1, 9, list(range(9))),
        (10, 4, 3, [0, 4, 8]),
        (10, 5, 1, [0]),
        (10, 9, 5, [0, 9]),
        (10, 10, 5, [0]),
        (10, 2_000_000_000, 5, [0]),
        (2, 1, 1, [0]),
        (2, 1, 2, [0, 1]),
        (1, 1, 10, []),
        (10_000, 1, 3, [0, 3333, 6666]),
    ],
)
def test_which_frames_are_inspected(
    live: RunningServer, count: int, interval: int, most: int, inspected: list[int]
) -> None:
    live.push_rule({"url": STILL}, verdict={"suggestion": "block", "frames": count})
    (sub,) = scan(live, Interval=interval, MaxFrames=most)
    assert list_numbers(sub) == inspected


def test_one_frame_when_nobody_says_how_many(live: RunningServer) -> None:
    live.push_rule({"url": STILL}, verdict={"suggestion": "block", "frames": 10})
    assert list_numbers(scan(live, Interval=2)[0]) == [0]


@pytest.mark.parametrize("verdict", [{"suggestion": "block", "frames": 10}, {"frames": 10}])
def test_frames_only_when_asked_for(live: RunningServer, verdict: dict[str, Any]) -> None:
    live.push_rule({"url": STILL}, verdict=verdict)
    assert "Frames" not in scan(live)[0]
    assert "Frames" not in scan(live, MaxFrames=5)[0]
    assert len(scan(live, Interval=1, MaxFrames=5)[0]["Frames"]) == 5


@pytest.mark.parametrize(
    "url", [STILL, "https://a.test/gif", "https://a.test/x.gif.jpg", "https://a.test/x.jpg?y=.gif"]
)
def test_a_still_picture_has_no_frames(live: RunningServer, url: str) -> None:
    assert "Frames" not in scan(live, url, Interval=1, MaxFrames=5)[0]


@pytest.mark.parametrize("url", [MOVING, "https://a.test/X.GIF?a=b", "https://a.test/a%2Egif"])
def test_a_gif_is_taken_to_hold_some_images(live: RunningServer, url: str) -> None:
    counts = {len(scan(live, url, Interval=1, MaxFrames=1000)[0]["Frames"]) for _ in range(3)}
    assert len(counts) == 1
    assert 2 <= counts.pop() <= 24


def test_gifs_differ_in_their_frames(live: RunningServer) -> None:
    urls = [f"https://a.test/{n}.gif" for n in range(30)]
    assert len({len(scan(live, url, Interval=1, MaxFrames=1000)[0]["Frames"]) for url in urls}) > 5


def test_rates_of_frames(live: RunningServer) -> None:
    live.push_rule({"url": MOVING}, verdict={"findings": [{"scene": "ad", "rate": 89.85}], "frames": 8})
    clean, found = scan(live, MOVING, ("porn", "ad"), Interval=1, MaxFrames=8)
    for sub, rate in ((clean, 99.9), (found, 89.85)):
        rates = [frame["Rate"] for frame in sub["Frames"]]
        assert (rates[0], len(rates)) == (rate, 8)
        assert all(rate / 2 <= other <= rate for other in rates)
        assert len(set(rates)) > 1
    assert [frame["URL"] for frame in clean["Frames"]] == [frame["URL"] for frame in found["Frames"]]


def fetch_address(live: RunningServer) -> str:
    live.push_rule({"url": MOVING}, verdict={"frames": 2})
    return str(scan(live, MOVING, Interval=1, MaxFrames=2)[0]["Frames"][1]["URL"])


def test_a_frame_can_be_seen(live: RunningServer) -> None:
    url = fetch_address(live)
    assert url.startswith(f"{live.url}/_emulator/frames/")
    answer = requests.get(url, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (256, 256)


def test_addresses_bear_the_name_the_client_called(live: RunningServer) -> None:
    live.push_rule({"url": MOVING}, verdict={"frames": 2})
    query = encode_query(sign_rpc("ScanImage", {**make_image_params((MOVING,), ("porn",)), "Task.1.Interval": "1"}))
    answer = send_request(live, "GET", f"/?{query}", {"Host": "emulator:8080"})
    (frame,) = answer.json()["Data"]["Results"][0]["SubResults"][0]["Frames"]
    assert frame["URL"].startswith("http://emulator:8080/_emulator/frames/")


@pytest.mark.parametrize(("later", "status"), [(0, 200), (299, 200), (300, 403), (301, 403), (1_000_000, 403)])
def test_an_address_holds_for_five_minutes(live: RunningServer, later: int, status: int) -> None:
    clock = live.state.accounts.default.clock
    clock.freeze(True)
    clock.set(int(clock.now()))
    url = fetch_address(live)
    clock.advance(later)
    answer = requests.get(url, timeout=10)
    assert answer.status_code == status
    if status == 403:
        assert answer.headers["Content-Type"] == "application/xml"
        assert "<Code>AccessDenied</Code><Message>Request has expired.</Message>" in answer.text


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("-1.png", "-0.png"),
        ("Expires=", "Expires=9"),
        ("Signature=", "Signature=0"),
        ("Signature=", "Other="),
        ("OSSAccessKeyId=testId", "OSSAccessKeyId=nobody"),
        ("OSSAccessKeyId=testId", ""),
        ("Expires=", "Expires=x"),
    ],
)
def test_a_changed_address_shows_nothing(live: RunningServer, part: str, other: str) -> None:
    url = fetch_address(live)
    assert part in url
    answer = requests.get(url.replace(part, other, 1), timeout=10)
    assert answer.status_code in (400, 403)
    assert b"PNG" not in answer.content


def test_addresses_are_signed_as_those_of_oss(live: RunningServer) -> None:
    query = parse_qs(urlsplit(fetch_address(live)).query)
    assert query.keys() == {"Expires", "OSSAccessKeyId", "Signature"}
    assert query["OSSAccessKeyId"] == ["testId"]
    assert "testSecret" not in fetch_address(live)


@pytest.mark.parametrize("pictures", [1, 10])
def test_however_many_are_asked_for_a_call_lists_few(
    live: RunningServer, monkeypatch: pytest.MonkeyPatch, pictures: int
) -> None:
    """A rule may set 10 000 frames. Each address costs a signature, so it is made once for all scenes."""
    made: list[str] = []
    sign = frames._sign

    def count_and_sign(key: bytes, name: str, expires: str) -> str:
        made.append(name)
        return sign(key, name, expires)

    monkeypatch.setattr(frames, "_sign", count_and_sign)
    live.push_rule({}, verdict={"suggestion": "block", "frames": 10_000})
    scenes = ("porn", "terrorism", "ad", "live", "logo")
    params = make_image_params(tuple(f"https://a.test/{n}.gif" for n in range(pictures)), scenes)
    for n in range(1, pictures + 1):
        params |= {f"Task.{n}.Interval": "1", f"Task.{n}.MaxFrames": "9999999999"}
    results = call_rpc(live, "ScanImage", params, form=True).json()["Data"]["Results"]
    lists = [sub["Frames"] for result in results for sub in result["SubResults"]]
    assert len(lists) == 5 * pictures
    assert {len(each) for each in lists} == {200 if pictures == 1 else 100}
    assert len(made) == len(set(made)) == sum(len(result["SubResults"][0]["Frames"]) for result in results) <= 1000


def test_the_example_of_the_document(live: RunningServer) -> None:
    live.push_rule({"url": STILL}, verdict={"suggestion": "block", "frames": 200})
    (sub,) = scan(live, Interval=2, MaxFrames=100)
    assert list_numbers(sub) == list(range(0, 200, 2))


def test_a_scene_that_is_asked_for_again_is_reported_once(live: RunningServer) -> None:
    """Nothing bounds the number of scenes but that there are five."""
    assert [sub["Scene"] for sub in scan(live, scenes=("porn", "ad", "porn", *["ad"] * 500))] == ["porn", "ad"]
