"""Calls of Alipay: the mini program's functions and files, and the OpenAPI gateway."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.fuzz.draft import Draft
from tests.fuzz.rng import Rng
from tests.providers.alipay import builders
from tests.providers.alipay.gateway import builders as gateway

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CALLS = {
    builders.SUBMIT: builders.make_picture(),
    builders.QUERY: builders.make_task("a" * 32),
    builders.TEXT: builders.make_text("示例 text"),
}
_FILES = (
    "my.js",
    "my.cjs",
    "my.mjs",
    "",
    "..",
    "../my.js",
    "%2e%2e/my.cjs",
    "my.ap.nothing",
    "my.js/",
    "my.js%00",
    builders.TEXT,
)
_SETTINGS = {
    "charset": ("utf-8", "GBK", "gb2312", "utf-7", "idna", "undefined", ""),
    "format": ("JSON", "json", "XML", ""),
    "sign_type": ("RSA2", "RSA", ""),
    "version": ("1.0", ""),
    "timestamp": ("2026-01-05 16:00:00", "2026-13-45 99:00:00", "２026-01-05 16:00:00"),
}


def build_my_call(rng: Rng) -> Draft:
    """Build a call of a function of the mini program."""
    name = rng.choice([*_CALLS])
    query = f"?account={quote(rng.pick_encodable_text())}" if rng.wild and rng.one_in(5) else ""
    return Draft("POST", f"/alipay/{name}{query}", {"Content-Type": "application/json"}, rng.encode_json(_CALLS[name]))


def build_file_request(rng: Rng) -> Draft:
    """Build a request for a file of the shim, under some name of the server."""
    headers = {"Host": rng.pick_header_value()} if rng.wild and rng.one_in(2) else {}
    return Draft(rng.choice(("GET", "HEAD", "OPTIONS", "PUT")), f"/alipay/{rng.choice(_FILES)}", headers)


def build_gateway_call(rng: Rng, registered: bool) -> Draft:
    """Build a call of the gateway. Where a key is registered, a third of the calls is signed by it."""
    method = rng.choice(gateway.METHODS)
    others = {name: rng.choice(values) for name, values in _SETTINGS.items() if rng.wild and rng.one_in(6)}
    codec = "gbk" if others.get("charset", "").lower() in ("gbk", "gb2312") else "utf-8"
    content = rng.encode_json(gateway.make_content(method, "word")).decode("utf-8", "replace")
    params = gateway.make_common(rng.keep_or_pick(method), None, **others, biz_content=content)
    if rng.wild and rng.one_in(4):
        params[rng.pick_encodable_text()] = rng.pick_encodable_text()
    params = {_replace_unencodable(name, codec): _replace_unencodable(value, codec) for name, value in params.items()}
    signed = registered and rng.one_in(3)
    params["sign"] = _sign(params, codec) if signed else rng.keep_or_pick("x", codec)
    query = {name: value for name, value in params.items() if name != "biz_content"}
    form = {name: value for name, value in params.items() if name == "biz_content"}
    if rng.one_in(4):
        return Draft("GET", f"/gateway.do?{_encode_form(params, codec)}")
    return Draft("POST", f"/gateway.do?{_encode_form(query, codec)}", FORM, _encode_form(form, codec).encode())


def _sign(params: Mapping[str, str], codec: str) -> str:
    """Sign with the library: the textbook signature of the gateway's builders takes a hundred times as long."""
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return b64encode(gateway.make_key_pair().key.sign(text.encode(codec), PKCS1v15(), SHA256())).decode()


def _encode_form(params: dict[str, str], codec: str) -> str:
    return gateway.encode_form({quote(name): value for name, value in params.items()}, codec)


def _replace_unencodable(text: str, codec: str) -> str:
    return text.encode(codec, "replace").decode(codec)
