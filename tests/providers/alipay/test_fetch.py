"""With images.fetch: the documented formats and size are looked at; what cannot be had or read passes."""

import socket
from collections.abc import Callable

import pytest

from moderation_emulator.contract.running_server import RunningServer
from tests.picture_host import PictureHost, encode_picture, encode_png_head
from tests.providers.alipay.builders import check_picture
from tests.providers.timeouts import shorten_timeout

MEGABYTE = 1024 * 1024
MARK = b"emu-block"
PNG = encode_picture(remark=MARK)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><!-- emu-block --></svg>'


@pytest.fixture
def live(fetching: RunningServer) -> RunningServer:
    return fetching


@pytest.mark.parametrize("kind", ["bmp", "png", "jpeg", "tiff", "ico"])
def test_documented_formats_are_read(live: RunningServer, gallery: PictureHost, kind: str) -> None:
    assert check_picture(live, gallery.serve(f"{kind}.txt", encode_picture(kind, remark=MARK))) == "REJECTED"
    assert check_picture(live, gallery.serve(f"clean-{kind}.txt", encode_picture(kind))) == "PASSED"


def test_svg_is_read(live: RunningServer, gallery: PictureHost) -> None:
    assert check_picture(live, gallery.serve("drawing", SVG)) == "REJECTED"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("gif", encode_picture("gif", remark=MARK), 200),
        ("webp", encode_picture("webp", remark=MARK), 200),
        ("page", b"<!doctype html><p>emu-block", 200),
        ("empty", b"", 200),
        ("half.png", PNG[:20] + MARK, 200),
        ("cut.png", PNG + MARK, 200),
        *((f"{status}.png", PNG, status) for status in (302, 401, 403, 404, 500)),
    ],
)
def test_what_cannot_be_read_passes(
    live: RunningServer, gallery: PictureHost, name: str, body: bytes, status: int
) -> None:
    assert check_picture(live, gallery.serve(name, body, status)) == "PASSED"
    assert live.list_entries()[-1].outcome == "pass"


@pytest.mark.parametrize(("width", "height"), [(30_001, 1), (1, 2**32 - 1), (60_000, 60_000)])
def test_no_document_limits_the_pixels(live: RunningServer, gallery: PictureHost, width: int, height: int) -> None:
    assert (
        check_picture(live, gallery.serve(f"{width}.png", encode_png_head(width, height) + b" " + MARK)) == "REJECTED"
    )


@pytest.mark.parametrize(("size", "expected"), [(10 * MEGABYTE, "REJECTED"), (10 * MEGABYTE + 1, "PASSED")])
def test_more_than_ten_megabytes_are_not_read(
    live: RunningServer, gallery: PictureHost, size: int, expected: str
) -> None:
    assert check_picture(live, gallery.serve(f"{size}.png", PNG + bytes(size - len(PNG)))) == expected


def test_who_does_not_answer_in_time_passes(
    live: RunningServer, gallery: PictureHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_timeout(live, monkeypatch, "alipay", "my.ap.imgRisk")
    assert check_picture(live, gallery.serve("hangs.png", None)) == "PASSED"


def test_addresses_that_nobody_can_or_may_read_pass(live: RunningServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert check_picture(live, f"http://127.0.0.1:{unused.getsockname()[1]}/x.png") == "PASSED"
    for url in ("http://169.254.169.254/", "http://10.0.0.1/", "ftp://127.0.0.1/", "no address", "https://", "示例"):
        assert check_picture(live, url) == "PASSED"


def test_a_rule_decides_whatever_can_be_read(live: RunningServer, gallery: PictureHost) -> None:
    url = gallery.serve("gone.png", b"", 404)
    live.push_rule({"url": url}, verdict="block")
    assert check_picture(live, url) == "REJECTED"
    live.push_rule({"format": "png", "width": 40}, verdict="pass")
    assert check_picture(live, gallery.serve("fine.png", PNG)) == "PASSED"


def test_nothing_is_fetched_by_default(start: Callable[..., RunningServer], gallery: PictureHost) -> None:
    asked = len(gallery.requested)
    assert check_picture(start(), gallery.serve("unseen.png", PNG)) == "PASSED"
    assert len(gallery.requested) == asked


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_a_picture_that_is_closed_to_the_public_may_have_no_result(
    live: RunningServer, gallery: PictureHost, status: int
) -> None:
    """By the remarks on the parameters one that is encrypted or restricted has none; by the FAQ it passes."""
    assert live.control("PATCH", "settings", {"quirks": {"alipay.unreachable": "empty"}}).status_code == 200
    url = gallery.serve(f"{status}.png", encode_picture(), status)
    assert check_picture(live, url) == ("" if status in (401, 403) else "PASSED")
    unseen = {200: None, 401: "denied", 403: "denied", 404: "missing", 500: "missing"}
    assert live.list_entries()[-1].items[0][2].get("unseen") == unseen[status]
    live.push_rule({"url": url}, verdict="block")
    assert check_picture(live, url) == "REJECTED"
