"""RSA2: what clients of an OpenAPI gateway get wrong about the signature over all their parameters."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from emulator.explainers import Claim, Explainer, Opened
from emulator.explainers.spelling import in_bytes, rewritten
from emulator.explainers.stamps import restamped
from emulator.explainers.ways import Slip, Texts, Way
from emulator.signatures import opening, rsa2
from emulator.vocabulary import WireRequest

if TYPE_CHECKING:
    from emulator.world import World

BUSINESS = "biz_content"
_BARE = {32: "sha256", 20: "sha1", 16: "md5"}  # what a digest is of by its length, where it does not say so
_ESCAPE = re.compile("%[0-9A-F]{2}")
_HASHES = {"sha256": "SHA-256, which is sign_type=RSA2,", "sha1": "SHA-1, which is sign_type=RSA,"}

_RIGHT: Way = {
    "bare": False,
    "without": frozenset[str](),
    "plus": False,
    "encoded": None,
    "values": dict[str, str](),
    "unsorted": False,
    "tail": "",
    "charset": "utf-8",
    "digest": "sha256",
}


def claim(request: WireRequest) -> Claim | None:
    """A `sign` among the parameters; that of an address inside JSON is none of ours."""
    if request.body.lstrip()[:1] in (b"{", b"["):
        return None
    given = _read(request)
    return Claim(given.get("app_id", ""), given["sign"]) if "sign" in given else None


def rights(request: WireRequest) -> tuple[Way, ...]:
    """By the charset and the sign_type of a call; empty values are signed or not."""
    given = _read(request)
    digest = "sha1" if given.get("sign_type") == "RSA" else "sha256"
    right = {**_RIGHT, "charset": rsa2.codec(given.get("charset", "")), "digest": digest}
    return right, {**right, "bare": True}


def texts(request: WireRequest, way: Way) -> Texts:
    read = _read(_with_plus(request) if way["plus"] else request)
    given = {name: way["values"].get(name, value) for name, value in read.items() if name not in way["without"]}
    if way["encoded"] is not None:
        names, style = way["encoded"]
        for name in given.keys() & (names or given):
            given[name] = _STYLES[style](given[name], rsa2.codec(way["charset"]))
    if way["unsorted"]:
        text = "&".join(f"{name}={value}" for name, value in given.items() if name != "sign")
    else:
        text = rsa2.string_to_sign(given, bare=way["bare"])
    return {"string_to_sign": f"{text}{way['tail']}"}


def seal(_secret: str, text: str, way: Way) -> bytes:
    """The digest that is signed, with the name of its hash; nothing of a text that the charset does not know."""
    try:
        data = in_bytes(text, way["charset"])
    except ValueError:
        return b""
    return _named(way["digest"], hashlib.new(way["digest"], data, usedforsecurity=False).digest())


def open_(secret: str, signature: bytes, right: Way) -> Opened | None:
    """What a signature was made over. The hash is certain, whatever the text was."""
    found = opening.opened(secret, signature)
    if found is None:
        return None
    name, digest = found
    if name == right["digest"]:
        return Opened(_named(name, digest))
    told = _sign_type(right)
    if name:
        used = _HASHES.get(name, name.upper())
        return Opened(_named(name, digest), Slip(f"signed with {used} and sign_type says {told}", {"digest": name}))
    cause = f"{len(digest)} bytes were signed that name no hash, as when the private key encrypts instead of signing"
    bare = _BARE.get(len(digest), "sha256")
    return Opened(_named(bare, digest), Slip(cause, {"digest": bare}))


def sign(secret: str, text: str, way: Way) -> bytes | None:
    """Only the private key signs, and the emulator has but the public one of an application."""
    try:
        return base64.b64decode(rsa2.sign(secret, in_bytes(text, way["charset"]), _sign_type(way)))
    except ValueError:
        return None


def _sign_type(way: Way) -> str:
    return "RSA" if way["digest"] == "sha1" else "RSA2"


def slips(request: WireRequest) -> Iterator[Slip]:
    given = _read(request)
    yield from _encoded(given)
    yield Slip("the parameters are not sorted by name", {"unsorted": True})
    if b"+" in request.query.encode("utf-8", "surrogateescape") + request.body:
        yield Slip("a + of the values came as a blank: percent-encode it as %2B", {"plus": True})
    yield Slip("what is signed ends with a line break", {"tail": "\n"})
    yield Slip("what is signed ends with an &", {"tail": "&"})
    if not all(value.isascii() for value in given.values()):
        yield from (Slip(f"{told}, charset says {given.get('charset')}", {"charset": name}) for name, told in _AS_BYTES)
    told = "sign_type is not signed: it is left out of answers only"
    yield Slip(told, {"without": frozenset(["sign_type"])}, omits=True)
    for name in sorted(given, key=lambda name: not name.endswith("_sn")):  # certificate numbers come in twos
        if name not in ("sign", "sign_type"):
            told = f"{name[:80]} is not among what was signed"
            yield Slip(told, {"without": frozenset([name])}, omits=True)
    yield from restamped("timestamp", given.get("timestamp", ""), "values")
    for how, text in rewritten(given.get(BUSINESS, "")):
        yield Slip(f"{BUSINESS} was written {how} when it was signed", {"values": {BUSINESS: text}}, alone=True)


def public_keys(world: "World") -> Iterator[tuple[str, str]]:
    """All applications with their keys, empty for one that registered none: any signature of it is good."""
    for account in world.accounts:
        yield account.alipay.app_id, account.alipay.app_public_key or ""


def _encoded(given: Mapping[str, str]) -> Iterator[Slip]:
    """All values percent-encoded, or biz_content alone, in each style that makes a difference."""
    value, seen = given.get(BUSINESS, ""), set[str]()
    for style, how in _HOW.items():
        encoded = _STYLES[style](value, "utf-8")
        if encoded not in seen:
            seen.add(encoded)
            yield Slip(f"the values are signed percent-encoded instead of decoded{how}", {"encoded": (None, style)})
            if encoded != value:
                cause = f"{BUSINESS} alone is signed percent-encoded instead of decoded{how}"
                yield Slip(cause, {"encoded": ((BUSINESS,), style)})


def _read(request: WireRequest) -> Mapping[str, str]:
    return _parameters(request.target, request.body, request.headers.get("Content-Type", ""))


@lru_cache(4)
def _parameters(target: str, body: bytes, kind: str) -> Mapping[str, str]:
    """The same is read for each slip."""
    return rsa2.parameters(WireRequest("POST", target, {"Content-Type": kind}, body))


def _with_plus(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target.replace("+", "%2B"), body=request.body.replace(b"+", b"%2B"))


def _named(name: str, digest: bytes) -> bytes:
    return name.encode() + b" " + digest


def _quoted(quote_: Callable[..., str], safe: str) -> Callable[[str, str], str]:
    return lambda text, codec: quote_(text, safe, codec, "surrogateescape")


def _like_dotnet(text: str, codec: str) -> str:
    escaped = quote_plus(text, "!*()", codec, "surrogateescape").replace("~", "%7E")
    return _ESCAPE.sub(lambda found: found[0].lower(), escaped)


_STYLES: Mapping[str, Callable[[str, str], str]] = {
    "percent": _quoted(quote, ""),
    "plus": _quoted(quote_plus, ""),
    "javascript": _quoted(quote, "!'()*~"),
    "java": _quoted(quote_plus, "*"),
    "dotnet": _like_dotnet,
}
_HOW: Mapping[str, str] = {
    "percent": "",
    "plus": ", with + for a blank",
    "java": ", as Java's URLEncoder does",
    "javascript": ", as JavaScript's encodeURIComponent does",
    "dotnet": ", as .NET's UrlEncode does",
}
_AS_BYTES = (
    ("utf-8", "the text was signed as UTF-8"),
    ("gbk", "the text was signed as GBK"),
    ("question marks", "the text was signed as Latin-1 or ASCII, with ? for each Chinese character"),
    ("low bytes", "the text was signed as Latin-1, with the low byte of each Chinese character"),
    ("twice", "the bytes of the text were taken for Latin-1 and made UTF-8 a second time"),
)

EXPLAINER = Explainer(
    scheme="rsa2",
    claim=claim,
    texts=texts,
    rights=rights,
    slips=slips,
    seal=seal,
    suspects=f"another slip, or a value that changed after signing, as a {BUSINESS} that was written anew",
    open=open_,
    sign=sign,
    signs_body=lambda request: bool(request.body),
    secrets=public_keys,
)
