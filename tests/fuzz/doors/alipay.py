"""Calls of Alipay: the mini program's functions and files, and the OpenAPI gateway."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.fuzz.dice import Dice
from tests.fuzz.draft import Draft
from tests.providers.alipay import forms
from tests.providers.alipay.gateway import forms as gateway

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CALLS = {forms.SUBMIT: forms.picture(), forms.QUERY: forms.task("a" * 32), forms.TEXT: forms.text("示例 text")}
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
    forms.TEXT,
)
_SETTINGS = {
    "charset": ("utf-8", "GBK", "gb2312", "utf-7", "idna", "undefined", ""),
    "format": ("JSON", "json", "XML", ""),
    "sign_type": ("RSA2", "RSA", ""),
    "version": ("1.0", ""),
    "timestamp": ("2026-01-05 16:00:00", "2026-13-45 99:00:00", "２026-01-05 16:00:00"),
}


def my(dice: Dice) -> Draft:
    """A function of the mini program."""
    name = dice.choice([*_CALLS])
    query = f"?account={quote(dice.plain())}" if dice.wild and dice.one_in(5) else ""
    return Draft("POST", f"/alipay/{name}{query}", {"Content-Type": "application/json"}, dice.json(_CALLS[name]))


def file(dice: Dice) -> Draft:
    """A file of the shim, asked for under some name of the server."""
    headers = {"Host": dice.line()} if dice.wild and dice.one_in(2) else {}
    return Draft(dice.choice(("GET", "HEAD", "OPTIONS", "PUT")), f"/alipay/{dice.choice(_FILES)}", headers)


def call(dice: Dice, registered: bool) -> Draft:
    """A call of the gateway. Where a key is registered, a third is signed by it."""
    method = dice.choice(gateway.METHODS)
    others = {name: dice.choice(values) for name, values in _SETTINGS.items() if dice.wild and dice.one_in(6)}
    codec = "gbk" if others.get("charset", "").lower() in ("gbk", "gb2312") else "utf-8"
    content = dice.json(gateway.content(method, "word")).decode("utf-8", "replace")
    params = gateway.common(dice.either(method), None, **others, biz_content=content)
    if dice.wild and dice.one_in(4):
        params[dice.plain()] = dice.plain()
    params = {_of(name, codec): _of(value, codec) for name, value in params.items()}
    signed = registered and dice.one_in(3)
    params["sign"] = _signature(params, codec) if signed else dice.either("x", codec)
    query = {name: value for name, value in params.items() if name != "biz_content"}
    form = {name: value for name, value in params.items() if name == "biz_content"}
    if dice.one_in(4):
        return Draft("GET", f"/gateway.do?{_written(params, codec)}")
    return Draft("POST", f"/gateway.do?{_written(query, codec)}", FORM, _written(form, codec).encode())


def _signature(params: Mapping[str, str], codec: str) -> str:
    """By the library: the signature by the textbook, in the gateway's forms, takes a hundred times as long."""
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return b64encode(gateway.pair().key.sign(text.encode(codec), PKCS1v15(), SHA256())).decode()


def _written(params: dict[str, str], codec: str) -> str:
    return gateway.written({quote(name): value for name, value in params.items()}, codec)


def _of(text: str, codec: str) -> str:
    return text.encode(codec, "replace").decode(codec)
