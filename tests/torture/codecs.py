"""F7: input that a decoder of Python takes for something else, or not at all."""

import hmac
import json
from urllib.parse import quote, urlencode

from tests.torture.attack import Attack, Attacks
from tests.torture.siege import Siege, encode_multipart

CODECS = (
    *("idna", "undefined", "punycode", "unicode_escape", "raw_unicode_escape", "hex", "rot13", "base64", "bz2", "zip"),
    *("uu", "quopri", "mbcs", "oem", "utf-7", "utf-16", "utf-32", "utf-8-sig", "ascii", "gbk", "hz", "big5", "cp65001"),
    *("", " ", "x" * 5000, "../x", "\0", "utf_8\0", "iso-2022-jp", "charmap", "é", "文", "latin-1", "UTF8", "none"),
)
NUMBERS = (
    *("", "abc", "9" * 5000, "²", "٣", "1e5", "-1", " 1", "1_0", "+1", "NaN", "inf", "0x1", "1.5", "1" * 400, "０"),
)
BYTES = (b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00", b"\x1b$B", b"\xfe\xff\x00")
SURROGATE = "\\ud800"


def send_file_names(siege: Siege) -> None:
    """Send an upload for each name of a codec, in the extended name of its file."""
    for codec in CODECS:
        for told in ("%41", "%ff", "%C3%28", "%00", "%", "%zz", ""):
            body, kind = encode_multipart([(f"; name=\"media\"; filename*={codec}''{told}", b"x")])
            siege.ask("POST", "/wxa/img_sec_check?access_token=ACCESS_TOKEN", body, kind=kind)


def send_charsets(siege: Siege) -> None:
    """Send every codec as charset of the OpenAPI gateway, of a form, and of JSON."""
    for codec in CODECS:
        safe = quote(codec)
        siege.ask("GET", f"/gateway.do?method=alipay.security.risk.content.detect&charset={safe}&biz_content=%ff%41")
        plain = codec.encode("ascii", "ignore").decode().replace("\0", "")
        for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"):
            for path in (
                "/",
                "/green/text/scan",
                "/wxa/msg_sec_check",
                "/alipay/my.textRiskIdentification",
                "/gateway.do",
            ):
                siege.ask("POST", path, b"--x\r\n\xff%ff=\xc3", kind=f"{kind}; charset={plain}")


def request_frames(siege: Siege) -> None:
    """Ask for signed addresses of frames whose expiry is no number."""
    for expires in NUMBERS:
        signature = hmac.digest(b"testSecret", f"x-1.png\n{expires}".encode(), "sha1").hex()
        query = urlencode({"Expires": expires, "OSSAccessKeyId": "testId", "Signature": signature})
        siege.ask("GET", f"/_emulator/frames/x-1.png?{query}")
    for name in ("x.png", "x-.png", f"x-{'9' * 5000}.png", "%ff", "%00", "-"):
        signature = hmac.digest(b"testSecret", f"{name}\n9999999999".encode(), "sha1").hex()
        query = urlencode({"Expires": "9999999999", "OSSAccessKeyId": "testId", "Signature": signature})
        siege.ask("GET", f"/_emulator/frames/{name}?{query}")


def send_numbers(siege: Siege) -> None:
    """Send what is no number, wherever a number is meant."""
    for number in NUMBERS:
        safe = quote(number)
        for name in ("limit", "after", "since", "until", "status", "request_id"):
            siege.ask("GET", f"/_emulator/journal?{name}={safe}")
        siege.ask("GET", f"/_emulator/callbacks?limit={safe}")
        siege.ask("GET", f"/_emulator/journal/{safe}")
        siege.ask("POST", "/_emulator/clock", json.dumps({"set": number}).encode())
        siege.ask("POST", "/_emulator/clock", f'{{"advance": {number or 0}}}'.encode())
        siege.ask("GET", f"/?Action=ScanImage&Version=2019-12-30&Task.{safe}.ImageURL=x&Task.1.Interval={safe}")


def send_broken_text(siege: Siege) -> None:
    """Send bytes that are no text, and half characters, in every body."""
    paths = ("/green/text/scan", "/wxa/msg_sec_check?access_token=ACCESS_TOKEN", "/alipay/my.textRiskIdentification")
    for path in (
        *paths,
        "/cgi-bin/stable_token",
        "/_emulator/rules",
        "/_emulator/accounts",
        "/_emulator/journal/verify",
    ):
        for data in BYTES:
            siege.ask("POST", path, b'{"content": "' + data + b'"}')
        for body in (f'{{"content": "{SURROGATE}"}}', f'{{"{SURROGATE}": 1}}', '{"content": 1e999}', "[" * 100_000):
            siege.ask("POST", path, body.encode())
        siege.ask("POST", path, json.dumps({"match": {"text": "\ud800"}, "verdict": "pass", "name": "\ud800"}).encode())
    siege.ask("GET", "/_emulator/rules")
    siege.ask("GET", "/_emulator/journal?limit=1000")


ATTACKS: Attacks = (
    Attack("F7 names of files in every codec", send_file_names),
    Attack("F7 charsets in every codec", send_charsets),
    Attack("F7 addresses of frames", request_frames),
    Attack("F7 what is no number", send_numbers),
    Attack("F7 what is no text", send_broken_text),
)
