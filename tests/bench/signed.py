"""Signed ScanImage requests as wire bytes, by a signature computation that shares nothing with the emulator."""

import hashlib
import hmac
import json
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, urlencode

KEY, SECRET = "testId", "testSecret"
ACTION, VERSION = "ScanImage", "2019-12-30"

Form = Callable[[str, str], bytes]  # (host, picture URL) -> a whole request


def sign_in_query(host: str, url: str) -> bytes:
    """GET with every parameter in the query (form C)."""
    return sign_scan_image(host, _make_task(url))


def sign_scan_image(host: str, task: Mapping[str, str]) -> bytes:
    """Return a ScanImage request whose parameters are given flat, such as Task.1.ImageURL."""
    parameters = dict(task) | _make_common()
    query = _encode_query(parameters | {"Signature": _compute_rpc_signature("GET", parameters)})
    return f"GET /?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def sign_in_query_and_body(host: str, url: str) -> bytes:
    """POST with the common parameters in the query and the task in a form body (form A)."""
    common, task = _make_common(), _make_task(url)
    query = _encode_query(common | {"Signature": _compute_rpc_signature("POST", common | task)})
    return _encode_post(host, f"/?{query}", urlencode(task).encode(), {})


def sign_in_headers(host: str, url: str) -> bytes:
    """POST with the task in a form body and an ACS3-HMAC-SHA256 signature in the headers (form E)."""
    body = urlencode(_make_task(url)).encode()
    digest = hashlib.sha256(body).hexdigest()
    signed = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
        "host": host,
        "x-acs-action": ACTION,
        "x-acs-content-sha256": digest,
        "x-acs-date": _format_now(),
        "x-acs-signature-nonce": str(uuid.uuid4()),
        "x-acs-version": VERSION,
    }
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{digest}"
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(SECRET.encode(), to_sign.encode(), "sha256").hex()
    authorization = f"ACS3-HMAC-SHA256 Credential={KEY},SignedHeaders={names},Signature={signature}"
    own = {name: value for name, value in signed.items() if name not in {"host", "content-type"}}
    return _encode_post(host, "/", body, own | {"Authorization": authorization})


def sign_hundred_tasks(host: str, url: str) -> bytes:
    """Return a call of Green's image/asyncscan with a hundred pictures."""
    return sign_asyncscan(host, url, 100)


def sign_asyncscan(host: str, url: str, pictures: int) -> bytes:
    """Return a call of Green's image/asyncscan with so many pictures."""
    tasks = [{"dataId": f"d{number}", "url": f"{url}?{number}"} for number in range(pictures)]
    return sign_green(host, "image/asyncscan", {"scenes": ["porn"], "tasks": tasks})


def sign_green(host: str, operation: str, form: Any) -> bytes:
    """Return a call of Green, signed by ROA HMAC-SHA1."""
    path = f"/green/{operation}"
    body = json.dumps(form).encode()
    kind, moment = "application/json", formatdate(usegmt=True)
    digest = b64encode(hashlib.md5(body).digest()).decode()
    own = {
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": str(uuid.uuid4()),
        "x-acs-signature-version": "1.0",
        "x-acs-version": "2018-05-09",
    }
    lines = "".join(f"{name}:{value}\n" for name, value in own.items())
    to_sign = f"POST\n{kind}\n{digest}\n{kind}\n{moment}\n{lines}{path}"
    signature = b64encode(hmac.digest(SECRET.encode(), to_sign.encode(), "sha1")).decode()
    common = {"Accept": kind, "Content-MD5": digest, "Content-Type": kind, "Date": moment}
    return _encode_post(host, path, body, common | own | {"Authorization": f"acs {KEY}:{signature}"})


def _encode_post(host: str, target: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    head = {
        "Host": host,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    } | dict(headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _make_task(url: str) -> dict[str, str]:
    return {"Scene.1": "porn", "Task.1.DataId": uuid.uuid4().hex, "Task.1.ImageURL": url}


def _make_common() -> dict[str, str]:
    return {
        "Version": VERSION,
        "Action": ACTION,
        "Format": "JSON",
        "RegionId": "cn-shanghai",
        "Timestamp": _format_now(),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureType": "",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "AccessKeyId": KEY,
    }


def _compute_rpc_signature(method: str, parameters: Mapping[str, str]) -> str:
    to_sign = f"{method}&%2F&{quote(_encode_query(dict(sorted(parameters.items()))), safe='')}"
    return b64encode(hmac.digest(f"{SECRET}&".encode(), to_sign.encode(), "sha1")).decode()


def _encode_query(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters.items())


def _format_now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
