"""Calls of Green signed by hand, in the ways of its clients."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, unquote

import requests

from moderation_emulator.contract.running_server import RunningServer
from tests.providers.aliyun.rpc_calls import format_timestamp

PICTURE = {"url": "https://a.test/x.jpg"}
SAMPLE: Mapping[str, Any] = {
    "image/asyncscan": {"scenes": ["porn"], "tasks": [PICTURE]},
    "image/results": ["no-such-task"],
    "image/scan": {"scenes": ["porn"], "tasks": [PICTURE]},
    "text/scan": {"scenes": ["antispam"], "tasks": [{"content": "hello"}]},
    "image/feedback": {},
    "text/feedback": {"taskId": "x"},
}

Headers = Mapping[str, str | None]


def encode_body(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def sign_roa(
    target: str,
    body: bytes,
    *,
    key: str = "testId",
    secret: str = "testSecret",
    method: str = "POST",
    headers: Headers | None = None,
) -> dict[str, str]:
    """Return the headers of a call as the classic SDK sends it.

    `headers` replaces some before signing; None leaves one out.
    """
    own: dict[str, str | None] = {
        "Accept": "application/json",
        "Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode(),
        "Content-Type": "application/octet-stream",
        "Date": formatdate(usegmt=True),
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        "x-acs-version": "2018-05-09",
        **(headers or {}),
    }
    given = {name: value for name, value in own.items() if value is not None}
    path, _, query = target.partition("?")
    lines = [method, *(given.get(name, "") for name in ("Accept", "Content-MD5", "Content-Type", "Date"))]
    lines += sorted(f"{name.lower()}:{value}" for name, value in given.items() if name.lower().startswith("x-acs-"))
    pairs = sorted(unquote(pair.replace("+", " ")) for pair in query.split("&")) if query else []
    to_sign = "\n".join([*lines, f"{path}?{'&'.join(pairs)}" if pairs else path])
    digest = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha1).digest()
    given.setdefault("Authorization", f"acs {key}:{base64.b64encode(digest).decode()}")
    return given


def sign_acs3(
    host: str,
    target: str,
    body: bytes,
    *,
    key: str = "testId",
    secret: str = "testSecret",
    method: str = "POST",
    headers: Headers | None = None,
) -> dict[str, str]:
    """Return the headers of a call as the current SDKs sign it."""
    body_hash = hashlib.sha256(body).hexdigest()
    own: dict[str, str | None] = {
        "accept": "application/json",
        "content-type": "application/json; charset=utf-8",
        "host": host,
        "x-acs-content-sha256": body_hash,
        "x-acs-date": format_timestamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-version": "2018-05-09",
        **(headers or {}),
    }
    given = {name: value for name, value in own.items() if value is not None}
    names = sorted(name for name in given if name in ("host", "content-type") or name.startswith("x-acs-"))
    lines = "".join(f"{name}:{given[name].strip()}\n" for name in names)
    path, _, query = target.partition("?")
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&")) if query else []
    encoded = "&".join(f"{quote(unquote(n), safe='~')}={quote(unquote(v), safe='~')}" for n, v in pairs)
    canonical = f"{method}\n{path}\n{encoded}\n{lines}\n{';'.join(names)}\n{body_hash}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    given["Authorization"] = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={';'.join(names)},Signature={signature}"
    return given


def call(
    live: RunningServer, operation: str, body: Any = None, *, query: str = "", **options: Any
) -> requests.Response:
    """Make a signed call; without a body it has that of SAMPLE.

    `options` are those of `sign_roa`; with `scheme="acs3"`, those of `sign_acs3`.
    """
    sent = encode_body(SAMPLE[operation] if body is None else body)
    target = f"/green/{operation}{query}"
    method = options.get("method", "POST")
    if options.pop("scheme", "roa") == "acs3":
        headers = sign_acs3(live.host, target, sent, **options)
    else:
        headers = sign_roa(target, sent, **options)
    return requests.request(method, live.url + target, headers=headers, data=sent, timeout=10)


def scan(live: RunningServer, *urls: str, scenes: tuple[str, ...] = ("porn",), **more: Any) -> list[dict[str, Any]]:
    """Call image/scan; return its items."""
    answer = call(live, "image/scan", {"scenes": list(scenes), "tasks": [{"url": url} for url in urls], **more})
    return list(answer.json()["data"])


def submit(live: RunningServer, *urls: str, scenes: tuple[str, ...] = ("porn",), **more: Any) -> list[str]:
    """Submit pictures to image/asyncscan; return the ids of their tasks."""
    answer = call(live, "image/asyncscan", {"scenes": list(scenes), "tasks": [{"url": url} for url in urls], **more})
    return [item["taskId"] for item in answer.json()["data"]]


def fetch_results(live: RunningServer, *task_ids: str) -> list[dict[str, Any]]:
    """Call image/results; return its items."""
    return list(call(live, "image/results", list(task_ids)).json()["data"])
