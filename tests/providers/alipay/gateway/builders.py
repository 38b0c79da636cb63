"""Calls of the OpenAPI gateway, signed here and not by the emulator's code."""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote_plus

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from moderation_emulator.contract.running_server import RunningServer

APP_ID = "2021000000000000"
DETECT, SYNC, ANALYZE, RESULT = (
    f"alipay.security.risk.content.{name}" for name in ("detect", "sync.detect", "analyze", "result.get")
)
METHODS = (DETECT, SYNC, ANALYZE, RESULT)
POST = {"app_name": "shop", "app_scene": "comment", "app_scene_data_id": "post-1"}

# PKCS#1 v1.5: what stands before a digest (RFC 8017, 9.2), and the digest of each sign_type
_DIGESTS = {
    "RSA2": (bytes.fromhex("3031300d060960864801650304020105000420"), hashlib.sha256),
    "RSA": (bytes.fromhex("3021300906052b0e03021a05000414"), hashlib.sha1),
}


class KeyPair(NamedTuple):
    """An application's key in the forms that clients take.

    key: The private key itself.
    pkcs1: The private key in PKCS#1.
    pkcs8: The private key in PKCS#8.
    public: The public key.
    """

    key: rsa.RSAPrivateKey
    pkcs1: str
    pkcs8: str
    public: str


@cache
def make_key_pair(name: str = "app") -> KeyPair:
    """Return a key of this run; each name has another."""
    key = rsa.generate_private_key(65537, 2048)
    pkcs1, pkcs8 = (
        key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()
        for form in (PrivateFormat.TraditionalOpenSSL, PrivateFormat.PKCS8)
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return KeyPair(key, pkcs1, pkcs8, public)


def pad_digest(message: bytes, size: int, sign_type: str = "RSA2") -> int:
    """Return the number that is raised to a power in a signature of `size` bytes."""
    info, made = _DIGESTS[sign_type]
    digest = info + made(message).digest()
    return int.from_bytes(b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest)


def sign_text(key: rsa.RSAPrivateKey, message: bytes, sign_type: str = "RSA2") -> str:
    """Return a signature by the textbook, made of two halves: to raise to a power of half the length is much faster."""
    numbers = key.private_numbers()
    size = key.key_size // 8
    number = pad_digest(message, size, sign_type)
    first, second = pow(number, numbers.dmp1, numbers.p), pow(number, numbers.dmq1, numbers.q)
    value = second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)
    return base64.b64encode(value.to_bytes(size)).decode()


def verifies(public: str, message: bytes, given: str, sign_type: str = "RSA2") -> bool:
    key = load_pem_public_key(public.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    numbers = key.public_numbers()
    value = pow(int.from_bytes(base64.b64decode(given, validate=True)), numbers.e, numbers.n)
    return value == pad_digest(message, key.key_size // 8, sign_type)


def make_common(method: str, content: Any, **others: str | None) -> dict[str, str]:
    """Return all parameters but the signature.

    None leaves one out; `biz_content` replaces the content as it is written.
    """
    params: dict[str, str | None] = {
        "app_id": APP_ID,
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": "2026-01-05 16:00:00",
        "version": "1.0",
        "biz_content": json.dumps(content, ensure_ascii=False),
        **others,
    }
    return {name: value for name, value in params.items() if value is not None}


def sign_params(
    params: Mapping[str, str], key: rsa.RSAPrivateKey | None = None, sign_type: str | None = None
) -> dict[str, str]:
    """Return the parameters with their signature, of the kind that sign_type names unless another is given."""
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    codec = params.get("charset", "utf-8") if params.get("charset", "").lower() in ("gbk", "gb2312") else "utf-8"
    kind = sign_type or ("RSA" if params.get("sign_type") == "RSA" else "RSA2")
    return {**params, "sign": sign_text(key or make_key_pair().key, text.encode(codec), kind)}


def encode_form(params: Mapping[str, str], codec: str = "utf-8") -> str:
    return "&".join(f"{name}={quote_plus(value, encoding=codec)}" for name, value in params.items())


def send(live: RunningServer, params: Mapping[str, str], codec: str = "utf-8") -> requests.Response:
    """Send a call as the official clients do: biz_content in the form, everything else in the query."""
    query = {name: value for name, value in params.items() if name != "biz_content"}
    form = {name: value for name, value in params.items() if name == "biz_content"}
    return requests.post(
        f"{live.url}/gateway.do?{encode_form(query, codec)}",
        data=encode_form(form, codec),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=10,
    )


def call(live: RunningServer, method: str, content: Any, **others: str | None) -> requests.Response:
    return send(live, sign_params(make_common(method, content, **others)))


def parse_inner(answer: requests.Response) -> dict[str, Any]:
    """Return the object of an answer, whatever its key."""
    assert answer.status_code == 200
    ((key, content),) = [
        (key, got) for key, got in json.loads(answer.content.decode(parse_charset(answer))).items() if key != "sign"
    ]
    assert key.endswith("_response")
    return dict(content)


def parse_charset(answer: requests.Response) -> str:
    kind, _, name = answer.headers["Content-Type"].partition(";charset=")
    assert kind == "text/html"
    return name


def call_inner(live: RunningServer, method: str, content: Any, **others: str | None) -> dict[str, Any]:
    return parse_inner(call(live, method, content, **others))


def parse_refusal(answer: requests.Response) -> tuple[str, str]:
    body = parse_inner(answer)
    return body["sub_code"], body["sub_msg"]


def register(live: RunningServer, public: str = "", app_id: str = APP_ID, **query: str) -> None:
    """Register an application's key: that of `pair`, else the one of this run."""
    body = public or make_key_pair().public
    assert live.control("PUT", f"alipay/apps/{app_id}/public-key", body, **query).status_code == 200


def fetch_gateway_key(live: RunningServer) -> str:
    return live.control("GET", "alipay/public-key").text


def make_content(method: str, word: str) -> dict[str, Any]:
    """Return content that a method accepts, with a word in it."""
    url = f"https://cdn.example.test/{word}.jpg"
    contents: dict[str, dict[str, Any]] = {
        DETECT: {"content": f"示例 {word} 文本"},
        SYNC: {
            "request_id": "request-1",
            "products": "TJ_PORN_MC,TJ_ABUSES_MC",
            "channel": "tinyapp-eco-open",
            "content_type": "PICTURE",
            "data_list": [url],
        },
        ANALYZE: {**POST, "picture_urls": [url], "link_urls": ["x"], "audio_urls": ["x"], "video_urls": ["x"]},
        RESULT: {"event_id": word},
    }
    return contents[method]
