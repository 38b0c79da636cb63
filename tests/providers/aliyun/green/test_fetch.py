"""With images.fetch: what is seen of a picture, and each way in which it cannot be had."""

import socket

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.picture_host import PictureHost, encode_picture, encode_png_head
from tests.providers.aliyun.green.builders import fetch_results, scan, submit
from tests.providers.timeouts import shorten_timeout

MEGABYTE = 1024 * 1024
PNG = encode_picture()


@pytest.fixture
def live(fetching: RunningServer) -> RunningServer:
    return fetching


def fetch_codes(live: RunningServer, url: str) -> tuple[int, int]:
    """Return the code of a picture by image/scan, and by image/asyncscan."""
    return scan(live, url)[0]["code"], fetch_results(live, *submit(live, url))[0]["code"]


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "webp"])
def test_documented_formats_are_read(live: RunningServer, gallery: PictureHost, kind: str) -> None:
    assert fetch_codes(live, gallery.serve(f"{kind}-named.txt", encode_picture(kind))) == (200, 200)


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("302", PNG, 302, 404),
        ("404", PNG, 404, 404),
        ("500", PNG, 500, 404),
        ("401", PNG, 401, 403),
        ("403", PNG, 403, 403),
        ("cut.png", PNG, 200, 480),
        ("page.png", b"<!doctype html><p>Not found", 200, 590),
        ("empty.png", b"", 200, 590),
        ("tiff", encode_picture("tiff"), 200, 590),
        ("half.png", PNG[:20], 200, 590),
        ("widest.png", encode_png_head(30_000, 8_333), 200, 200),
        ("wider.png", encode_png_head(30_001, 1), 200, 590),
        ("higher.png", encode_png_head(1, 2**32 - 1), 200, 590),
        ("larger.png", encode_png_head(25_001, 10_000), 200, 590),
    ],
)
def test_pictures_that_cannot_be_checked(
    live: RunningServer, gallery: PictureHost, name: str, body: bytes, status: int, code: int
) -> None:
    assert fetch_codes(live, gallery.serve(name, body, status)) == (code, code)


@pytest.mark.parametrize(
    ("size", "codes"),
    [
        (5 * MEGABYTE, (200, 200)),
        (5 * MEGABYTE + 1, (589, 200)),
        (20 * MEGABYTE, (589, 200)),
        (20 * MEGABYTE + 1, (589, 589)),
    ],
)
def test_a_picture_of_too_many_bytes_is_refused(
    live: RunningServer, gallery: PictureHost, size: int, codes: tuple[int, int]
) -> None:
    assert fetch_codes(live, gallery.serve(f"{size}.png", PNG + bytes(size - len(PNG)))) == codes


@pytest.mark.parametrize("name", ["image/scan", "image/asyncscan"])
def test_a_download_has_its_time(
    live: RunningServer, gallery: PictureHost, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Three seconds by the page, which tests/test_figures.py pins; here fewer, and no account's clock moves."""
    shorten_timeout(live, monkeypatch, "aliyun_green", name)
    hanging, fine = gallery.serve("hangs.png", None), gallery.serve("fine.png", PNG)
    items = scan(live, hanging, fine) if name == "image/scan" else fetch_results(live, *submit(live, hanging, fine))
    assert [(item["code"], item["msg"]) for item in items] == [(592, "DOWNLOAD_TIMEOUT"), (200, "OK")]


def test_dead_and_forbidden_addresses_are_refused(live: RunningServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert fetch_codes(live, f"http://127.0.0.1:{unused.getsockname()[1]}/x.png") == (480, 480)
    for forbidden in (
        "http://169.254.169.254/",
        "http://public.example.test/x",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
    ):
        code = 480 if "public" in forbidden else 401  # a name that nobody knows
        assert fetch_codes(live, forbidden) == (code, code)


def test_what_is_in_the_picture_decides(live: RunningServer, gallery: PictureHost) -> None:
    url = gallery.serve("harmless.png", encode_picture(remark=b"emu-porn-sexy"))
    assert scan(live, url)[0]["results"][0]["label"] == "sexy"
    live.push_rule({"width": 40, "format": "png"}, verdict="porn")
    assert fetch_results(live, *submit(live, url))[0]["results"][0]["label"] == "porn"


def test_boxes_lie_inside_the_picture(live: RunningServer, gallery: PictureHost) -> None:
    live.push_rule({"format": "png"}, verdict="logo/TV")
    (logo,) = scan(live, gallery.serve("logo.png", PNG), scenes=("logo",))[0]["results"][0]["logoData"]
    assert logo["x"] + logo["w"] <= 40
    assert logo["y"] + logo["h"] <= 30
