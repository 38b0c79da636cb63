"""The five ways in which clients send a call, made by hand, and requests written byte by byte."""

import hashlib
import hmac
import socket
import uuid
from collections.abc import Mapping
from http.client import HTTPMessage, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import orjson

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import encode_query, format_timestamp, make_image_params, sign_rpc

FORMS = ("A", "B", "C", "D", "E")
IMAGE = make_image_params(("https://a.test/x.jpg",), ("porn",))
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SIGNED_HEADERS = ("content-type", "host", "x-acs-*")


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> Any:
        return self.json().get("Code")


def send_request(
    live: RunningServer,
    method: str = "GET",
    target: str | bytes = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    chunks: int = 0,
) -> Answer:
    """Send one request exactly as given: only Host and the length of the body are added where they are missing.

    With `chunks`, the body is sent in pieces of that size without a length.
    """
    lines = dict(headers or {})
    if "host" not in map(str.lower, lines):
        lines["Host"] = live.host
    if chunks:
        lines["Transfer-Encoding"] = "chunked"
        parts = [body[start : start + chunks] for start in range(0, len(body), chunks)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
    elif body or method == "POST":
        lines.setdefault("Content-Length", str(len(body)))
    path = target if isinstance(target, bytes) else target.encode()
    head = b"".join(f"{name}: {value}\r\n".encode("utf-8", "surrogateescape") for name, value in lines.items())
    return send_bytes(live, b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method.encode(), path, head, body))


def send_bytes(live: RunningServer, data: bytes) -> Answer:
    """Return whatever the server answers to these bytes."""
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as connection:
        connection.sendall(data)
        answer = HTTPResponse(connection, method=data.partition(b" ")[0].decode("latin-1"))
        answer.begin()
        return Answer(answer.status, answer.headers, answer.read())


def call(
    live: RunningServer, form: str, action: str = "ScanImage", params: Mapping[str, str] = IMAGE, **options: Any
) -> Answer:
    """Make a signed call in form A to E; `options` are those of `sign_rpc`, and in form E of `sign_acs3`."""
    if form == "E":
        body = urlencode(params).encode()
        return send_request(live, "POST", "/", sign_acs3(live.host, action, body, **options), body)
    given = sign_rpc(action, params, **{**options, "method": "GET" if form == "C" else "POST"})
    if form == "A":
        common = {name: value for name, value in given.items() if name not in params}
        return send_request(live, "POST", f"/?{encode_query(common)}", _FORM, urlencode(params).encode())
    if form == "B":
        return send_request(live, "POST", "/", _FORM, urlencode(given).encode())
    return send_request(live, "GET" if form == "C" else "POST", f"/?{encode_query(given)}")


def sign_acs3(
    host: str,
    action: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    query: Mapping[str, str] | None = None,
    key: str = "testId",
    secret: str = "testSecret",
    headers: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Return the headers of form E with their signature.

    `headers` replaces some before signing; None leaves one out.
    """
    body_hash = hashlib.sha256(body).hexdigest()
    own: dict[str, str | None] = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": body_hash,
        "x-acs-date": format_timestamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": "2019-12-30",
        **(headers or {}),
    }
    given = {name: value for name, value in own.items() if value is not None}
    names = sorted(name for name in given if name in _SIGNED_HEADERS or name.startswith("x-acs-"))
    lines = "".join(f"{name}:{given[name].strip()}\n" for name in names)
    pairs = "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted((query or {}).items())
    )
    canonical = f"{method}\n/\n{pairs}\n{lines}\n{';'.join(names)}\n{body_hash}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    given["Authorization"] = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={';'.join(names)},Signature={signature}"
    return given
