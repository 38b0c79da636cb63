"""A picture that is itself the body: so most public Java and C# code sends it, and so does a PHP library, in a way."""

from collections.abc import Callable

import pytest

from emulator.media.card import draw_card
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import MEDIA, PNG, encode_multipart, pad_picture, post, read_code

BYTES = "application/octet-stream"
GIF, JPEG = draw_card(["x"], 8, 8, "gif"), draw_card(["x"], 8, 8, "jpeg")


@pytest.mark.parametrize("kind", [BYTES, "Application/Octet-Stream", f"{BYTES};charset=utf-8", "image/png", "image/x"])
@pytest.mark.parametrize("data", [PNG, GIF, JPEG])
def test_the_body_is_the_picture(live: RunningServer, kind: str, data: bytes) -> None:
    assert read_code(post(live, data, kind).json()) == 0
    assert read_code(post(live, data + b"emu-block", kind).json()) == 87014


def test_rules_see_it(live: RunningServer) -> None:
    live.push_rule({"format": "gif", "width": 8}, verdict="block")
    live.push_rule({"filename": {"contains": ""}}, verdict="block")  # it has no name
    assert [read_code(post(live, data, BYTES).json()) for data in (PNG, GIF)] == [0, 87014]
    (entry, _) = live.list_entries()
    assert entry.body == f"<{len(GIF)} bytes>".encode()
    assert "filename" not in entry.items[0][2]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"no picture", 40004),
        (pad_picture(PNG, 1024 * 1024), 0),
        (pad_picture(PNG, 1024 * 1024 + 1), 40006),
        (draw_card([], 751, 8), 40006),
        (PNG + bytes(9 << 20), 40006),
    ],
)
def test_limits_are_the_same(live: RunningServer, data: bytes, expected: int) -> None:
    assert read_code(post(live, data, BYTES).json()) == expected


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", None])
def test_any_other_kind_is_no_picture(live: RunningServer, kind: str | None) -> None:
    """41005 was captured for JSON in 2021."""
    assert read_code(post(live, PNG, kind).json()) == 41005
    assert "application/octet-stream" in live.list_entries()[0].detail


class TestFormDeclaredAsBytes:
    """A public PHP library forces application/octet-stream, to which curl adds the boundary of the form it sends."""

    KIND = f"{BYTES}; boundary=bound"

    def send(self, live: RunningServer, body: bytes) -> int:
        return read_code(post(live, body, self.KIND).json())

    def test_the_picture_in_it_is_checked(self, live: RunningServer) -> None:
        assert self.send(live, encode_multipart((MEDIA, PNG))) == 0
        assert live.list_entries()[0].items[0][2]["filename"] == "a.png"
        assert self.send(live, encode_multipart((MEDIA, PNG + b"emu-block"))) == 87014

    @pytest.mark.parametrize(
        "body",
        [
            encode_multipart((MEDIA, b"")),
            encode_multipart(('form-data; name="file"; filename="a.png"', PNG)),
            encode_multipart((MEDIA, PNG))[:-20],
            b"--other\r\n\r\n",
            b"--",
        ],
    )
    def test_what_holds_none_is_checked_by_its_bytes(self, live: RunningServer, body: bytes) -> None:
        assert self.send(live, body) == 40004

    def test_a_picture_with_a_boundary_for_nothing(self, live: RunningServer) -> None:
        assert self.send(live, PNG) == 0

    @pytest.mark.parametrize("disposition", ['form-data; name="media"', 'form-data; name="media"; filename="图.png"'])
    def test_the_name_does_not_matter(self, live: RunningServer, disposition: str) -> None:
        assert self.send(live, encode_multipart((disposition, PNG))) == 0


def test_an_empty_body_is_none(live: RunningServer, start: Callable[..., RunningServer]) -> None:
    assert read_code(post(live, b"", BYTES).json()) == 41005
    assert read_code(post(start({"quirks": {"wechat.empty_body": "44002"}}), b"", BYTES).json()) == 44002
