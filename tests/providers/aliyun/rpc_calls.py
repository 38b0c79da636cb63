"""Hand-made RPC calls, signed here and not by the emulator's code."""

import base64
import hashlib
import hmac
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import requests

from moderation_emulator.contract.running_server import RunningServer

_nonces = itertools.count()


def call_rpc(
    live: RunningServer, action: str, params: Mapping[str, str] | None = None, **options: Any
) -> requests.Response:
    """Make a signed RPC call by hand; options are those of `sign_rpc`, and `form` sends it as a form body."""
    form = options.pop("form", False)
    method = options.get("method", "POST" if form else "GET")
    given = sign_rpc(action, params or {}, **{**options, "method": method})
    if form:
        return requests.post(f"{live.url}/", data=given, timeout=10)
    return requests.request(method, f"{live.url}/?{encode_query(given)}", timeout=10)


def scan_image(
    live: RunningServer, *urls: str, scenes: tuple[str, ...] = ("porn",), **options: Any
) -> requests.Response:
    return call_rpc(live, "ScanImage", make_image_params(urls, scenes), **options)


def scan_text(live: RunningServer, *texts: str, labels: tuple[str, ...] = ("ad",), **options: Any) -> requests.Response:
    params = {f"Labels.{n}.Label": label for n, label in enumerate(labels, 1)}
    params |= {f"Tasks.{n}.Content": text for n, text in enumerate(texts, 1)}
    return call_rpc(live, "ScanText", params, **options)


def make_image_params(urls: tuple[str, ...], scenes: tuple[str, ...]) -> dict[str, str]:
    params = {f"Scene.{n}": scene for n, scene in enumerate(scenes, 1)}
    return params | {f"Task.{n}.ImageURL": url for n, url in enumerate(urls, 1)}


def encode_query(params: Mapping[str, str]) -> str:
    return urlencode(params, quote_via=quote, safe="~")


def format_timestamp(seconds: float = 0.0) -> str:
    """Return the present moment, moved by some seconds, as Timestamp wants it."""
    return datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign_rpc(
    action: str,
    params: Mapping[str, str],
    *,
    key: str = "testId",
    secret: str = "testSecret",
    method: str = "GET",
    common: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Return all parameters of an RPC call with its signature, computed here and not by the emulator's code.

    `common` replaces common parameters before signing; None leaves one out.
    """
    all_params: dict[str, str | None] = {
        "AccessKeyId": key,
        "Action": action,
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": f"{next(_nonces)}-{id(params)}",
        "SignatureVersion": "1.0",
        "Timestamp": format_timestamp(),
        "Version": "2019-12-30",
        **params,
        **(common or {}),
    }
    given = {name: value for name, value in all_params.items() if value is not None}
    query = "&".join(f"{quote(name, safe='~')}={quote(given[name], safe='~')}" for name in sorted(given))
    to_sign = f"{method}&%2F&{quote(query, safe='~')}"
    digest = hmac.new(f"{secret}&".encode(), to_sign.encode(), hashlib.sha1).digest()
    return {"Signature": base64.b64encode(digest).decode(), **given} if "Signature" not in given else given
