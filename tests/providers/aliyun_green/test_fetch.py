"""With images.fetch: what is seen of a picture, and each way in which it cannot be had."""

import socket

import pytest

from tests.gallery import Gallery, picture, png_head
from tests.live import Live
from tests.providers.aliyun_green.forms import results, scan, submit
from tests.providers.patience import soon

MEGABYTE = 1024 * 1024
PNG = picture()


@pytest.fixture
def live(fetching: Live) -> Live:
    return fetching


def both(live: Live, url: str) -> tuple[int, int]:
    """The code of a picture by image/scan, and by image/asyncscan."""
    return scan(live, url)[0]["code"], results(live, *submit(live, url))[0]["code"]


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "webp"])
def test_documented_formats(live: Live, gallery: Gallery, kind: str) -> None:
    assert both(live, gallery.show(f"{kind}-named.txt", picture(kind))) == (200, 200)


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
        ("tiff", picture("tiff"), 200, 590),
        ("half.png", PNG[:20], 200, 590),
        ("widest.png", png_head(30_000, 8_333), 200, 200),
        ("wider.png", png_head(30_001, 1), 200, 590),
        ("higher.png", png_head(1, 2**32 - 1), 200, 590),
        ("larger.png", png_head(25_001, 10_000), 200, 590),
    ],
)
def test_pictures_that_cannot_be_checked(
    live: Live, gallery: Gallery, name: str, body: bytes, status: int, code: int
) -> None:
    assert both(live, gallery.show(name, body, status)) == (code, code)


@pytest.mark.parametrize(
    ("size", "codes"),
    [
        (5 * MEGABYTE, (200, 200)),
        (5 * MEGABYTE + 1, (589, 200)),
        (20 * MEGABYTE, (589, 200)),
        (20 * MEGABYTE + 1, (589, 589)),
    ],
)
def test_sizes(live: Live, gallery: Gallery, size: int, codes: tuple[int, int]) -> None:
    assert both(live, gallery.show(f"{size}.png", PNG + bytes(size - len(PNG)))) == codes


@pytest.mark.parametrize("name", ["image/scan", "image/asyncscan"])
def test_a_download_has_its_time(live: Live, gallery: Gallery, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Three seconds by the page, which tests/test_figures.py pins; here fewer, and the clock of nobody moves."""
    soon(live, monkeypatch, "aliyun_green", name)
    hanging, fine = gallery.show("hangs.png", None), gallery.show("fine.png", PNG)
    items = scan(live, hanging, fine) if name == "image/scan" else results(live, *submit(live, hanging, fine))
    assert [(item["code"], item["msg"]) for item in items] == [(592, "DOWNLOAD_TIMEOUT"), (200, "OK")]


def test_addresses(live: Live) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert both(live, f"http://127.0.0.1:{unused.getsockname()[1]}/x.png") == (480, 480)
    for forbidden in (
        "http://169.254.169.254/",
        "http://public.example.test/x",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
    ):
        code = 480 if "public" in forbidden else 401  # a name that nobody knows
        assert both(live, forbidden) == (code, code)


def test_what_is_in_the_picture_decides(live: Live, gallery: Gallery) -> None:
    url = gallery.show("harmless.png", picture(remark=b"emu-porn-sexy"))
    assert scan(live, url)[0]["results"][0]["label"] == "sexy"
    live.rule({"width": 40, "format": "png"}, verdict="porn")
    assert results(live, *submit(live, url))[0]["results"][0]["label"] == "porn"


def test_boxes_lie_inside_the_picture(live: Live, gallery: Gallery) -> None:
    live.rule({"format": "png"}, verdict="logo/TV")
    (logo,) = scan(live, gallery.show("logo.png", PNG), scenes=("logo",))[0]["results"][0]["logoData"]
    assert logo["x"] + logo["w"] <= 40
    assert logo["y"] + logo["h"] <= 30
