"""With images.fetch: the documented formats and size are looked at; what cannot be had or read passes."""

import socket
from collections.abc import Callable

import pytest

from tests.gallery import Gallery, picture, png_head
from tests.live import Live
from tests.providers.alipay.forms import judged
from tests.providers.patience import soon

MEGABYTE = 1024 * 1024
MARK = b"emu-block"
PNG = picture(remark=MARK)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><!-- emu-block --></svg>'


@pytest.fixture
def live(fetching: Live) -> Live:
    return fetching


@pytest.mark.parametrize("kind", ["bmp", "png", "jpeg", "tiff", "ico"])
def test_documented_formats(live: Live, gallery: Gallery, kind: str) -> None:
    assert judged(live, gallery.show(f"{kind}.txt", picture(kind, remark=MARK))) == "REJECTED"
    assert judged(live, gallery.show(f"clean-{kind}.txt", picture(kind))) == "PASSED"


def test_svg(live: Live, gallery: Gallery) -> None:
    assert judged(live, gallery.show("drawing", SVG)) == "REJECTED"


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("gif", picture("gif", remark=MARK), 200),
        ("webp", picture("webp", remark=MARK), 200),
        ("page", b"<!doctype html><p>emu-block", 200),
        ("empty", b"", 200),
        ("half.png", PNG[:20] + MARK, 200),
        ("cut.png", PNG + MARK, 200),
        *((f"{status}.png", PNG, status) for status in (302, 401, 403, 404, 500)),
    ],
)
def test_what_cannot_be_read_passes(live: Live, gallery: Gallery, name: str, body: bytes, status: int) -> None:
    assert judged(live, gallery.show(name, body, status)) == "PASSED"
    assert live.entries()[-1].outcome == "pass"


@pytest.mark.parametrize(("width", "height"), [(30_001, 1), (1, 2**32 - 1), (60_000, 60_000)])
def test_no_document_limits_the_pixels(live: Live, gallery: Gallery, width: int, height: int) -> None:
    assert judged(live, gallery.show(f"{width}.png", png_head(width, height) + b" " + MARK)) == "REJECTED"


@pytest.mark.parametrize(("size", "expected"), [(10 * MEGABYTE, "REJECTED"), (10 * MEGABYTE + 1, "PASSED")])
def test_ten_megabytes(live: Live, gallery: Gallery, size: int, expected: str) -> None:
    assert judged(live, gallery.show(f"{size}.png", PNG + bytes(size - len(PNG)))) == expected


def test_who_does_not_answer_in_time_passes(live: Live, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    soon(live, monkeypatch, "alipay", "my.ap.imgRisk")
    assert judged(live, gallery.show("hangs.png", None)) == "PASSED"


def test_addresses_that_nobody_can_or_may_read_pass(live: Live) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert judged(live, f"http://127.0.0.1:{unused.getsockname()[1]}/x.png") == "PASSED"
    for url in ("http://169.254.169.254/", "http://10.0.0.1/", "ftp://127.0.0.1/", "no address", "https://", "示例"):
        assert judged(live, url) == "PASSED"


def test_a_rule_decides_whatever_can_be_read(live: Live, gallery: Gallery) -> None:
    url = gallery.show("gone.png", b"", 404)
    live.rule({"url": url}, verdict="block")
    assert judged(live, url) == "REJECTED"
    live.rule({"format": "png", "width": 40}, verdict="pass")
    assert judged(live, gallery.show("fine.png", PNG)) == "PASSED"


def test_nothing_is_fetched_by_default(start: Callable[..., Live], gallery: Gallery) -> None:
    asked = len(gallery.asked)
    assert judged(start(), gallery.show("unseen.png", PNG)) == "PASSED"
    assert len(gallery.asked) == asked


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500])
def test_a_picture_that_is_closed_to_the_public_may_have_no_result(live: Live, gallery: Gallery, status: int) -> None:
    """By the remarks on the parameters one that is encrypted or restricted has none; by the FAQ it passes."""
    assert live.control("PATCH", "settings", {"quirks": {"alipay.unreachable": "empty"}}).status_code == 200
    url = gallery.show(f"{status}.png", picture(), status)
    assert judged(live, url) == ("" if status in (401, 403) else "PASSED")
    unseen = {200: None, 401: "denied", 403: "denied", 404: "missing", 500: "missing"}
    assert live.entries()[-1].subjects[0][2].get("unseen") == unseen[status]
    live.rule({"url": url}, verdict="block")
    assert judged(live, url) == "REJECTED"
