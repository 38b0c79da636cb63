"""security.imgSecCheck over HTTPS: verdicts by content, limits, and every way in which clients upload."""

import hashlib
import http.client
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.assets import FIXTURES
from emulator.media.card import draw_card
from emulator.providers.wechat.errors import ROWS
from moderation_emulator.contract.running_server import RunningServer
from tests.providers.wechat.builders import (
    CHECK,
    MEDIA,
    PNG,
    encode_multipart,
    encode_smallest_gif,
    pad_picture,
    post,
    read_code,
    upload,
)

Start = Callable[..., RunningServer]
LARGEST = 1024 * 1024
JPEG, GIF = draw_card(["plain"], 64, 64, "jpeg"), draw_card(["plain"], 64, 64, "gif")


def check_answer(answer: requests.Response) -> int:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; encoding=utf-8"
    return read_code(answer.json())


# -- the document's own words


def test_what_the_page_says_in_chinese() -> None:
    assert ROWS["87014"].chinese == ("内容含有违法违规内容", "", True)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the line of the document needs curl")
def test_the_curl_line_of_the_document(live: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "test.jpg").write_bytes(JPEG)
    line = f"curl -s -F media=@test.jpg '{live.url}/wxa/img_sec_check?access_token=ACCESS_TOKEN'"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=True, timeout=10)
    assert done.stdout == b'{"errcode":0,"errmsg":"ok","errMsg":"ok"}'
    (entry,) = live.list_entries()
    assert (entry.account, entry.operation, entry.via) == ("acc-1", "security.imgSecCheck", "https")


# -- verdicts


@pytest.mark.parametrize(
    "data", [PNG, JPEG, GIF, encode_smallest_gif(750, 1334)], ids=["png", "jpeg", "gif", "smallest"]
)
def test_a_picture_nobody_knows_passes(live: RunningServer, data: bytes) -> None:
    assert read_code(upload(live, data)) == 0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("emu-pass", 0),
        ("emu-review", 0),
        ("emu-block", 87014),
        ("emu-porn", 87014),
        ("emu-porn-sexy", 0),
        ("emu-porn-sexy-99.5", 87014),
        ("emu-qrcode", 87014),
        ("emu-error-87014", 87014),
        ("emu-error-45009", 45009),
        ("emu-error-87015", 87015),
        ("emu-error--1", -1),
        ("emu-porn-sexy emu-ad", 87014),
        ("emu-nosuch", 0),
    ],
)
@pytest.mark.parametrize("place", ["filename", "bytes", "remark"])
def test_magic_words_in_name_or_bytes_decide(live: RunningServer, word: str, expected: int, place: str) -> None:
    data = {"filename": PNG, "bytes": PNG + word.encode(), "remark": draw_card([], 8, 8, comment=f" {word} ")}[place]
    assert read_code(upload(live, data, f"{word}.png" if place == "filename" else "a")) == expected


def test_a_verdict_of_risk_is_a_verdict_in_the_journal(live: RunningServer) -> None:
    body = upload(live, filename="emu-block")
    entry = live.list_entries()[0]
    assert (entry.code, entry.outcome, entry.decided_by[0]) == ("87014", "verdict", "magic")
    assert body["errmsg"] == f"risky content rid: {entry.request_id}"
    assert body["errMsg"] == body["errmsg"]


@pytest.mark.parametrize(
    "match",
    [
        {"sha256": hashlib.sha256(PNG).hexdigest().upper()},
        {"filename": "test.png"},
        {"filename": {"glob": "*.png"}},
        {"marker": "IHDR"},
        {"format": "png", "width": 64, "height": {"max": 64}},
        {"provider": "wechat", "operation": "security.imgSecCheck", "via": "https", "account": "default"},
    ],
)
def test_a_rule_by_any_property_decides(live: RunningServer, match: dict[str, Any]) -> None:
    live.push_rule(match, verdict="block")
    assert read_code(upload(live)) == 87014
    assert read_code(upload(live, JPEG, "other", "nobody's")) == 40001


@pytest.mark.parametrize("key", ["via", "url", "text", "data_id"])
def test_rules_that_do_not_fit(live: RunningServer, key: str) -> None:
    live.push_rule({key: "cloud" if key == "via" else "test.png"}, verdict="block")
    assert read_code(upload(live)) == 0


def test_a_rule_for_any_finding_of_several(live: RunningServer) -> None:
    findings = [{"label": "sexy", "scene": "porn"}, {"label": "weapon", "scene": "terrorism", "suggestion": "block"}]
    live.push_rule({}, verdict={"suggestion": "review", "findings": findings})
    assert read_code(upload(live)) == 87014


def test_respond_lies_over_the_passing_answer(live: RunningServer) -> None:
    live.push_rule({"filename": "test.png"}, respond={"errcode": 99999, "errmsg": None, "more": [1]})
    assert upload(live) == {"errcode": 99999, "more": [1]}


def test_the_journal_shows_the_digest_and_not_the_picture(live: RunningServer) -> None:
    upload(live)
    id_ = live.control("GET", "journal").json()["items"][0]["id"]
    entry = live.control("GET", f"journal/{id_}").json()
    assert (
        entry["subjects"][0].items()
        >= {
            "filename": "test.png",
            "sha256": hashlib.sha256(PNG).hexdigest(),
            "format": "png",
            "width": 64,
            "height": 64,
        }.items()
    )
    assert f"<{len(PNG)} bytes>" in entry["request"]["body"]
    assert "IHDR" not in entry["request"]["body"]
    assert "ACCESS_TOKEN" not in str(entry["request"]["parameters"])


@pytest.mark.parametrize(
    ("file", "filename", "expected"),
    [
        ("clean.png", "a.png", 0),
        ("risky.png", "a.png", 87014),
        (None, "sample-risky.png", 87014),
        (None, "sample-review.png", 0),
        (None, "sample-busy.jpg", -1),
    ],
)
def test_shipped_samples_get_their_code(live: RunningServer, file: str | None, filename: str, expected: int) -> None:
    data = (FIXTURES / "wechat" / file).read_bytes() if file else PNG
    assert len(data) < 2048
    assert read_code(upload(live, data, filename)) == expected


def test_shipped_rules_by_content(live: RunningServer, start: Start) -> None:
    marked = PNG + b"sample-of-a-risky-picture"
    assert [read_code(upload(live, marked, name)) for name in ("sample-1", "other")] == [87014, 0]
    assert [read_code(upload(live, encode_smallest_gif(123, height))) for height in (320, 321, 322, 323)] == [
        0,
        87014,
        87014,
        0,
    ]
    wordless = start({"magic_words": False})
    assert read_code(upload(wordless, (FIXTURES / "wechat" / "risky.png").read_bytes())) == 87014
    assert read_code(upload(wordless, filename="emu-block")) == 0


# -- limits


@pytest.mark.parametrize("data", [PNG, JPEG, GIF], ids=["png", "jpeg", "gif"])
@pytest.mark.parametrize(("size", "expected"), [(LARGEST - 1, 0), (LARGEST, 0), (LARGEST + 1, 40006)])
def test_a_picture_of_too_many_bytes_is_refused(live: RunningServer, data: bytes, size: int, expected: int) -> None:
    assert read_code(upload(live, pad_picture(data, size))) == expected


@pytest.mark.parametrize("byte", [b",", b"[", b"&"])
def test_a_picture_may_hold_any_byte_as_often_as_it_likes(live: RunningServer, byte: bytes) -> None:
    """What bounds JSON and forms says nothing of pictures."""
    assert read_code(upload(live, PNG + byte * 900_000)) == 0


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        *[(749, 10, 0), (750, 10, 0), (751, 10, 40006), (10, 1333, 0), (10, 1334, 0), (10, 1335, 40006)],
        *[(750, 1334, 0), (751, 1335, 40006), (1334, 750, 40006), (1, 1, 0), (65535, 65535, 40006)],
    ],
)
@pytest.mark.parametrize("quirk", ["documented", "lenient", "87015"])
def test_a_picture_of_too_many_pixels_is_refused_by_quirk(
    start: Start, width: int, height: int, expected: int, quirk: str
) -> None:
    own = start({"quirks": {"wechat.pixels": quirk}} if quirk != "documented" else {})
    found = expected and {"documented": 40006, "lenient": 0, "87015": 87015}[quirk]
    assert read_code(upload(own, encode_smallest_gif(width, height))) == found
    assert not found or f"{width} x {height}" in own.list_entries()[0].detail


def encode_huge_png(width: int, height: int) -> bytes:
    """Return a PNG whose header, though sound, declares this size."""
    head = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize("size", [(2**31, 2**31), (2**32 - 1, 1), (1, 2**32 - 1)])
def test_absurd_sizes_cost_nothing(live: RunningServer, size: tuple[int, int]) -> None:
    assert read_code(upload(live, encode_huge_png(*size))) == 40006


@pytest.mark.parametrize(
    "data",
    [
        *[b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"\xff\xd8", b"GIF89", b"\0"],
        *[
            draw_card(["x"], 8, 8, "bmp"),
            draw_card(["x"], 8, 8, "webp"),
            b"II*\0" + bytes(30),
            b"\0\0\1\0\1\0" + bytes(30),
        ],
        *[PNG[:20], JPEG[:4], GIF[:9], encode_huge_png(0, 5), b"<html>emu-block</html>", b"GIF89a" + bytes(100)],
    ],
)
def test_what_is_no_picture_is_refused(live: RunningServer, data: bytes) -> None:
    assert read_code(upload(live, data)) == 40004


def test_a_polyglot_is_what_its_first_bytes_say(live: RunningServer) -> None:
    assert read_code(upload(live, GIF + b"<script>emu-x</script>PK\x03\x04%PDF")) == 0
    assert read_code(upload(live, b"%PDF" + GIF)) == 40004


def test_a_declared_type_and_an_ending_mean_nothing(live: RunningServer) -> None:
    given = {"media": ("a.txt", PNG, "text/html")}
    answer = requests.post(f"{live.url}{CHECK}?access_token=ACCESS_TOKEN", files=given, timeout=10)
    assert check_answer(answer) == 0


# -- ways to upload


@pytest.mark.parametrize("name", ["media", "", 'a"b.png', "a;b.png", r"C:\a.png", "a" * 300])
def test_file_names_are_read_as_they_are(live: RunningServer, name: str) -> None:
    written = name.replace('"', '\\"')
    assert check_answer(post(live, encode_multipart((f'form-data; name="media"; filename="{written}"', PNG)))) == 0
    assert live.list_entries()[0].items[0][2]["filename"] == name


def test_other_parts_around(live: RunningServer) -> None:
    other = ('form-data; name="other"', b"text")
    body = encode_multipart(other, (MEDIA, PNG), other)
    assert check_answer(post(live, body, "multipart/form-data; charset=utf-8; boundary=bound")) == 0


def test_chunks_are_refused_by_the_web_server_in_front(live: RunningServer) -> None:
    """Captured by callers of img_sec_check and of other APIs, 2021 to 2025: HTTP 412, and no JSON."""
    body = encode_multipart((MEDIA, PNG))
    refused = post(live, iter([body]))
    assert (refused.status_code, refused.reason, refused.content) == (412, "Precondition Failed", b"")
    assert "wechat.chunked" in live.list_entries()[0].detail
    assert check_answer(post(live, body)) == 0


@pytest.mark.parametrize("path", ["/wxa/msg_sec_check", "/wxa/media_check_async", "/cgi-bin/stable_token"])
def test_chunks_are_refused_wherever_something_is_posted(live: RunningServer, path: str) -> None:
    url = f"{live.url}{path}?access_token=ACCESS_TOKEN"
    assert requests.post(url, data=iter([b"{}"]), timeout=10).status_code == 412


def test_chunks_may_be_taken(start: Start) -> None:
    own = start({"quirks": {"wechat.chunked": "taken"}})
    body = encode_multipart((MEDIA, PNG))
    assert check_answer(post(own, iter([body[:100], body[100:]]))) == 0


@pytest.mark.parametrize("awaited", [False, True])
def test_a_client_that_expects_100_continue(live: RunningServer, awaited: bool) -> None:
    body = encode_multipart((MEDIA, PNG))
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=10)
    headers = {"Content-Type": "multipart/form-data; boundary=bound", **({"Expect": "100-continue"} if awaited else {})}
    connection.request("POST", f"{CHECK}?access_token=ACCESS_TOKEN", body, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'{"errcode":0,"errmsg":"ok","errMsg":"ok"}')
    connection.close()


# -- quirks


@pytest.mark.parametrize(("key", "shown"), [("errmsg", {"errmsg"}), ("errMsg", {"errMsg"})])
def test_the_key_of_the_message(start: Start, key: str, shown: set[str]) -> None:
    own = start({"quirks": {"wechat.message_key": key}})
    for filename in ("a.png", "emu-block", "emu-error-45011"):
        assert upload(own, filename=filename).keys() == {"errcode"} | shown


def test_a_review_may_be_a_risk(start: Start) -> None:
    own = start({"quirks": {"wechat.review": 87014}})
    assert [read_code(upload(own, filename=f"emu-{word}")) for word in ("pass", "review", "block")] == [0, 87014, 87014]


def test_the_part_may_have_any_name(start: Start) -> None:
    body = encode_multipart(('form-data; name="text"', b"x"), ('form-data; name="file"; filename="f"', PNG))
    assert check_answer(post(start({"quirks": {"wechat.part_name": "any"}}), body)) == 0
    assert check_answer(post(start(), body)) == 41005


def test_no_file_name_may_be_another_error(start: Start) -> None:
    body = encode_multipart(('form-data; name="media"', PNG))
    assert check_answer(post(start(), body)) == 41005
    assert check_answer(post(start({"quirks": {"wechat.no_filename": "47001"}}), body)) == 47001


QUOTED = 'multipart/form-data; boundary="bound"'  # as .NET writes it; three posts report its failure
RAW_NAME = 'form-data; name="media"; filename="测试-1.png"'  # as PHP's CURLFile writes it
ENCODED_NAME = "form-data; name=\"media\"; filename*=UTF-8''%E5%9B%BE"


@pytest.mark.parametrize(
    ("disposition", "kind", "why"),
    [(MEDIA, QUOTED, "quotation marks"), (RAW_NAME, None, "not in ASCII"), (ENCODED_NAME, None, "no filename")],
)
def test_the_parser_is_as_strict_as_callers_found_it(
    live: RunningServer, start: Start, disposition: str, kind: str | None, why: str
) -> None:
    kind = kind or "multipart/form-data; boundary=bound"
    body = encode_multipart((disposition, PNG))
    assert check_answer(post(live, body, kind)) == 41005
    assert why in live.list_entries()[0].detail
    assert check_answer(post(start({"quirks": {"wechat.parser": "lenient"}}), body, kind)) == 0


@pytest.mark.parametrize(("disposition", "name"), [(RAW_NAME, "测试-1.png"), (ENCODED_NAME, "图")])
def test_file_names_that_the_lenient_parser_reads(start: Start, disposition: str, name: str) -> None:
    own = start({"quirks": {"wechat.parser": "lenient"}})
    assert check_answer(post(own, encode_multipart((disposition, PNG)))) == 0
    assert own.list_entries()[0].items[0][2]["filename"] == name


def test_a_name_in_ascii_beside_an_encoded_one_is_enough(live: RunningServer) -> None:
    both = 'form-data; name="media"; filename="a.png"; filename*=UTF-8\'\'%E5%9B%BE'
    assert check_answer(post(live, encode_multipart((both, PNG)))) == 0
    assert live.list_entries()[0].items[0][2]["filename"] == "a.png"


def test_an_empty_body_may_be_another_error(start: Start) -> None:
    assert check_answer(post(start(), b"")) == 41005
    assert check_answer(post(start({"quirks": {"wechat.empty_body": "44002"}}), b"")) == 44002
