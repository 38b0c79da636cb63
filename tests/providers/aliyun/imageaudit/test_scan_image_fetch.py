"""ScanImage with images.fetch: what is seen of a picture, and each way in which it cannot be had."""

import hashlib
import socket
from dataclasses import replace
from typing import Any

import pytest
from requests import Response

from emulator.assets import FIXTURES
from emulator.providers.aliyun.imageaudit.operations import OPERATIONS
from moderation_emulator.contract.running_server import RunningServer
from tests.picture_host import PictureHost, encode_picture, encode_png_head
from tests.providers.aliyun.rpc_calls import call_rpc, make_image_params, scan_image

TEN_MEGABYTES = 10 * 1024 * 1024
PNG = encode_picture()


@pytest.fixture
def live(fetching: RunningServer) -> RunningServer:
    return fetching


def read_outcome(answer: Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("Code")


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "webp"])
def test_documented_formats_are_read(live: RunningServer, gallery: PictureHost, kind: str) -> None:
    url = gallery.serve(f"{kind}-named.txt", encode_picture(kind))
    assert read_outcome(scan_image(live, url)) == (200, None)
    facts = live.list_entries()[0].items[0][2]
    assert (facts["format"], facts["width"], facts["height"]) == (kind, 40, 30)
    assert facts["sha256"] == hashlib.sha256(encode_picture(kind)).hexdigest()


@pytest.mark.parametrize(
    ("name", "body", "status", "expected"),
    [
        ("204", b"", 204, (404, "InvalidImage.NotFound")),
        ("302", PNG, 302, (404, "InvalidImage.NotFound")),
        ("404", PNG, 404, (404, "InvalidImage.NotFound")),
        ("410", PNG, 410, (404, "InvalidImage.NotFound")),
        ("500", PNG, 500, (404, "InvalidImage.NotFound")),
        ("401", PNG, 401, (403, "InvalidImage.Unaccessible")),
        ("403", PNG, 403, (403, "InvalidImage.Unaccessible")),
        ("cut.png", PNG, 200, (403, "InvalidImage.Unaccessible")),
        ("empty.png", b"", 200, (400, "InvalidParameter.Format")),
        ("page.png", b"<!doctype html><p>Not found", 200, (400, "InvalidParameter.Format")),
        ("plain.png", b"hello", 200, (400, "InvalidParameter.Format")),
        ("tiff", encode_picture("tiff"), 200, (400, "InvalidParameter.Format")),
        ("ico", encode_picture("ico"), 200, (400, "InvalidParameter.Format")),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 200, (400, "InvalidParameter.Format")),
        ("half.png", PNG[:20], 200, (480, "InvalidImage.Restriction")),
        ("widest.png", encode_png_head(30_000, 8_333), 200, (200, None)),
        ("wider.png", encode_png_head(30_001, 1), 200, (480, "InvalidImage.Restriction")),
        ("higher.png", encode_png_head(1, 2**32 - 1), 200, (480, "InvalidImage.Restriction")),
        ("half.jpg", encode_picture("jpeg")[:10], 200, (480, "InvalidImage.Restriction")),
        ("half.gif", encode_picture("gif")[:20], 200, (480, "InvalidImage.Restriction")),
        ("largest.png", PNG + bytes(TEN_MEGABYTES - len(PNG)), 200, (200, None)),
        ("larger.png", PNG + bytes(TEN_MEGABYTES + 1 - len(PNG)), 200, (400, "InvalidParameter.TooLarge")),
    ],
)
def test_what_hosts_answer(
    live: RunningServer, gallery: PictureHost, name: str, body: bytes, status: int, expected: tuple[int, str | None]
) -> None:
    assert read_outcome(scan_image(live, gallery.serve(name, body, status))) == expected


def test_an_address_where_nobody_listens_is_refused(live: RunningServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.png"
        assert read_outcome(scan_image(live, url)) == (403, "InvalidImage.Unaccessible")


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://93.184.215.14/x.png",
            "http://10.0.0.1/x.png",
            "http://169.254.169.254/latest",
            "http://0.0.0.0/x.png",
        ),
        *(
            "http://2130706433/x.png",
            "http://0x7f.1/x.png",
            "http://[::ffff:10.0.0.1]/x.png",
            "http://a@127.0.0.1/x.png",
        ),
    ],
)
def test_addresses_that_are_not_called(live: RunningServer, url: str) -> None:
    assert read_outcome(scan_image(live, url)) == (401, "InvalidImage.Unsafe")


def test_a_slow_download_is_given_up(
    live: RunningServer, gallery: PictureHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = OPERATIONS["ScanImage"].image_limits
    assert limits is not None
    assert limits.seconds == 3
    hasty = replace(OPERATIONS["ScanImage"], image_limits=limits._replace(seconds=0.05))
    monkeypatch.setitem(OPERATIONS, "ScanImage", hasty)
    assert read_outcome(scan_image(live, gallery.serve("hang", None))) == (400, "InvalidImage.Timeout")


def test_good_and_bad_pictures_together(live: RunningServer, gallery: PictureHost) -> None:
    good, bad = gallery.serve("good.png", PNG), gallery.serve("bad.png", b"x")
    first, second = scan_image(live, good, bad).json()["Data"]["Results"]
    assert (first["Code"], second["Code"], second["Message"]) == (
        *(200, 400),
        "InvalidParameter.Format",
    )
    gone = gallery.serve("gone.png", PNG, 404)
    assert read_outcome(scan_image(live, gone, bad)) == (404, "InvalidImage.NotFound")


def test_rules_and_magic_words_decide_before_the_download(live: RunningServer, gallery: PictureHost) -> None:
    gone = gallery.serve("gone-emu-porn.png", PNG, 404)
    assert fetch_label(live, gone) == "porn"
    live.push_rule({"url": gone}, verdict="porn/sexy")
    assert fetch_label(live, gone) == "sexy"


def fetch_label(live: RunningServer, url: str) -> Any:
    return scan_image(live, url).json()["Data"]["Results"][0]["SubResults"][0]["Label"]


MARKED = encode_picture("png", 64, 48, remark=b"marker-of-ours")


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"sha256": hashlib.sha256(MARKED).hexdigest()}, True),
        ({"sha256": hashlib.sha256(MARKED).hexdigest().upper()}, True),
        ({"sha256": hashlib.sha256(PNG).hexdigest()}, False),
        ({"sha256": {"prefix": hashlib.sha256(MARKED).hexdigest()[:8]}}, True),
        ({"format": "png"}, True),
        ({"format": ["gif", "png"]}, True),
        ({"format": "jpg"}, False),
        ({"width": 64, "height": 48}, True),
        ({"width": 48}, False),
        ({"width": {"min": 64, "max": 64}}, True),
        ({"width": {"min": 65}}, False),
        ({"height": {"max": 47}}, False),
        ({"marker": "marker-of-ours"}, True),
        ({"marker": ["other", "of-ours"]}, True),
        ({"marker": "marker of ours"}, False),
        ({"marker": "marker", "format": "gif"}, False),
    ],
)
def test_rules_on_what_is_seen(live: RunningServer, gallery: PictureHost, match: dict[str, Any], holds: bool) -> None:
    live.push_rule(match, verdict="porn/sexy")
    assert fetch_label(live, gallery.serve("marked.png", MARKED)) == ("sexy" if holds else "normal")


def test_magic_words_in_the_bytes(live: RunningServer, gallery: PictureHost) -> None:
    url = gallery.serve("quiet.png", encode_picture(remark=b"\xff\x00emu-porn-sexy-71.5\x00"))
    (sub,) = scan_image(live, url).json()["Data"]["Results"][0]["SubResults"]
    assert (sub["Label"], sub["Suggestion"], sub["Rate"]) == ("sexy", "review", 71.5)
    broken = gallery.serve("words.png", encode_picture(remark=b"emu-error-InternalServerError.Algo"))
    assert read_outcome(scan_image(live, broken)) == (586, "InternalServerError.Algo")


def test_the_sample_picture_meets_its_rule(live: RunningServer, gallery: PictureHost) -> None:
    sample = (FIXTURES / "aliyun_imageaudit" / "sample.png").read_bytes()
    assert fetch_label(live, gallery.serve("any-name.png", sample)) == "porn"  # block goes to the first scene asked for


def count_frames(live: RunningServer, url: str) -> int:
    params = {**make_image_params((url,), ("porn",)), "Task.1.Interval": "1", "Task.1.MaxFrames": "100"}
    return len(call_rpc(live, "ScanImage", params).json()["Data"]["Results"][0]["SubResults"][0].get("Frames", []))


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (encode_picture("gif"), 0),
        (encode_picture("gif", frames=2), 2),
        (encode_picture("gif", frames=7), 7),
        (encode_picture("gif", 1000, 100, frames=3), 3),
        (encode_picture("png", 400, 100), 0),  # not longer than 400
        (encode_picture("png", 401, 100), 4),
        (encode_picture("png", 100, 401), 4),
        (encode_picture("jpeg", 500, 200), 0),  # exactly 2.5
        (encode_picture("jpeg", 501, 200), 2),
        (encode_picture("jpeg", 200, 599), 2),
        (encode_picture("bmp", 600, 200), 3),
        (encode_picture("gif", 100, 1000), 10),
    ],
)
def test_frames_of_moving_and_long_pictures(live: RunningServer, gallery: PictureHost, body: bytes, count: int) -> None:
    assert count_frames(live, gallery.serve("long.gif", body)) == count


def test_a_verdict_tells_how_many_frames_all_the_same(live: RunningServer, gallery: PictureHost) -> None:
    url = gallery.serve("moving.gif", encode_picture("gif", frames=4))
    live.push_rule({"url": url}, verdict={"frames": 9})
    assert count_frames(live, url) == 9


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 200), (64, 48)])
def test_boxes_lie_inside_the_picture(live: RunningServer, gallery: PictureHost, width: int, height: int) -> None:
    for n in range(20):
        url = gallery.serve(f"{n}/emu-logo.png", encode_picture("png", width, height))
        box = scan_image(live, url, scenes=("logo",)).json()["Data"]["Results"][0]["SubResults"][0]["LogoDataList"][0]
        assert 0 <= box["X"] <= width - box["Width"] < width
        assert 0 <= box["Y"] <= height - box["Height"] < height


def test_nothing_is_fetched_by_default(gallery: PictureHost) -> None:
    url = gallery.serve("never.png", b"not a picture")
    with RunningServer() as still:
        still.push_rule({"width": {"min": 0}}, verdict="porn/sexy")
        still.push_rule({"marker": "picture"}, verdict="porn/sexy")
        assert fetch_label(still, url) == "normal"
    assert "/never.png" not in gallery.requested
