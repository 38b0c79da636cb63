"""RSA2: what clients of an OpenAPI gateway get wrong about the signature over all their parameters."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from emulator.signatures import recovery, rsa2
from emulator.signatures.diagnosis.encoders import encode_text, rewrite_json
from emulator.signatures.diagnosis.scheme import Claim, RecoveredDigest, Scheme
from emulator.signatures.diagnosis.timestamps import iterate_clock_mistakes
from emulator.signatures.diagnosis.variants import Mistake, Texts, Variant
from emulator.types import WireRequest

BUSINESS = "biz_content"
_BARE = {32: "sha256", 20: "sha1", 16: "md5"}  # the hash by the length of a digest, for a signature that names no hash
_ESCAPE = re.compile("%[0-9A-F]{2}")
_HASHES = {"sha256": "SHA-256, which is sign_type=RSA2,", "sha1": "SHA-1, which is sign_type=RSA,"}

_RIGHT: Variant = {
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


def parse_claim(request: WireRequest) -> Claim | None:
    """Return the claim of a call with `sign` among its parameters; None for JSON, in which an address may hold one."""
    if request.body.lstrip()[:1] in (b"{", b"["):
        return None
    given = _parse_parameters(request)
    return Claim(given.get("app_id", ""), given["sign"]) if "sign" in given else None


def list_accepted(request: WireRequest) -> tuple[Variant, ...]:
    """Return the variants for the charset and the sign_type of a call: with empty values signed, and without."""
    given = _parse_parameters(request)
    digest = "sha1" if given.get("sign_type") == "RSA" else "sha256"
    right = {**_RIGHT, "charset": rsa2.choose_codec(given.get("charset", "")), "digest": digest}
    return right, {**right, "bare": True}


def build_texts(request: WireRequest, variant: Variant) -> Texts:
    received = _parse_parameters(_keep_plus(request) if variant["plus"] else request)
    given = {
        name: variant["values"].get(name, value) for name, value in received.items() if name not in variant["without"]
    }
    if variant["encoded"] is not None:
        names, style = variant["encoded"]
        for name in given.keys() & (names or given):
            given[name] = _STYLES[style](given[name], rsa2.choose_codec(variant["charset"]))
    if variant["unsorted"]:
        text = "&".join(f"{name}={value}" for name, value in given.items() if name != "sign")
    else:
        text = rsa2.build_string_to_sign(given, bare=variant["bare"])
    return {"string_to_sign": f"{text}{variant['tail']}"}


def compute_digest(_secret: str, text: str, variant: Variant) -> bytes:
    """Return the digest that is signed, behind the name of its hash; empty when the charset does not know the text."""
    try:
        data = encode_text(text, variant["charset"])
    except ValueError:
        return b""
    return _label_digest(variant["digest"], hashlib.new(variant["digest"], data, usedforsecurity=False).digest())


def recover_digest(secret: str, signature: bytes, right: Variant) -> RecoveredDigest | None:
    """Return what a signature was made over; None when the key did not sign. The hash is certain for any text."""
    found = recovery.recover_digest(secret, signature)
    if found is None:
        return None
    name, digest = found
    if name == right["digest"]:
        return RecoveredDigest(_label_digest(name, digest))
    sign_type = _choose_sign_type(right)
    if name:
        used = _HASHES.get(name, name.upper())
        return RecoveredDigest(
            _label_digest(name, digest), Mistake(f"signed with {used} and sign_type says {sign_type}", {"digest": name})
        )
    cause = f"{len(digest)} bytes were signed that name no hash, as when the private key encrypts instead of signing"
    bare = _BARE.get(len(digest), "sha256")
    return RecoveredDigest(_label_digest(bare, digest), Mistake(cause, {"digest": bare}))


def sign(secret: str, text: str, variant: Variant) -> bytes | None:
    """Return the signature by a private key; None for any other secret.

    Of an application, the emulator has only the public key, which cannot sign.
    """
    try:
        return base64.b64decode(rsa2.sign(secret, encode_text(text, variant["charset"]), _choose_sign_type(variant)))
    except ValueError:
        return None


def _choose_sign_type(variant: Variant) -> str:
    return "RSA" if variant["digest"] == "sha1" else "RSA2"


def iterate_mistakes(request: WireRequest) -> Iterator[Mistake]:
    given = _parse_parameters(request)
    yield from _iterate_encoding_mistakes(given)
    yield Mistake("the parameters are not sorted by name", {"unsorted": True})
    if b"+" in request.query.encode("utf-8", "surrogateescape") + request.body:
        yield Mistake("a + of the values came as a blank: percent-encode it as %2B", {"plus": True})
    yield Mistake("what is signed ends with a line break", {"tail": "\n"})
    yield Mistake("what is signed ends with an &", {"tail": "&"})
    if not all(value.isascii() for value in given.values()):
        yield from (
            Mistake(f"{cause}, charset says {given.get('charset')}", {"charset": name})
            for name, cause in _CHARSET_CAUSES
        )
    cause = "sign_type is not signed: it is left out of answers only"
    yield Mistake(cause, {"without": frozenset(["sign_type"])}, omits=True)
    # Certificate numbers come first, since two of them are left out together.
    for name in sorted(given, key=lambda name: not name.endswith("_sn")):
        if name not in ("sign", "sign_type"):
            cause = f"{name[:80]} is not among what was signed"
            yield Mistake(cause, {"without": frozenset([name])}, omits=True)
    yield from iterate_clock_mistakes("timestamp", given.get("timestamp", ""), "values")
    for how, text in rewrite_json(given.get(BUSINESS, "")):
        yield Mistake(f"{BUSINESS} was written {how} when it was signed", {"values": {BUSINESS: text}}, alone=True)


def _iterate_encoding_mistakes(given: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield mistakes with all values percent-encoded, or biz_content alone, in each style that makes a difference."""
    value, seen = given.get(BUSINESS, ""), set[str]()
    for style, how in _STYLE_CAUSES.items():
        encoded = _STYLES[style](value, "utf-8")
        if encoded not in seen:
            seen.add(encoded)
            yield Mistake(f"the values are signed percent-encoded instead of decoded{how}", {"encoded": (None, style)})
            if encoded != value:
                cause = f"{BUSINESS} alone is signed percent-encoded instead of decoded{how}"
                yield Mistake(cause, {"encoded": ((BUSINESS,), style)})


def _parse_parameters(request: WireRequest) -> Mapping[str, str]:
    return _parse_cached(request.target, request.body, request.headers.get("Content-Type", ""))


@lru_cache(4)
def _parse_cached(target: str, body: bytes, kind: str) -> Mapping[str, str]:
    """Return the parameters. They are cached, since they are read for each mistake."""
    return rsa2.parse_parameters(WireRequest("POST", target, {"Content-Type": kind}, body))


def _keep_plus(request: WireRequest) -> WireRequest:
    return replace(request, target=request.target.replace("+", "%2B"), body=request.body.replace(b"+", b"%2B"))


def _label_digest(name: str, digest: bytes) -> bytes:
    return name.encode() + b" " + digest


def _make_quoter(quote_: Callable[..., str], safe: str) -> Callable[[str, str], str]:
    return lambda text, codec: quote_(text, safe, codec, "surrogateescape")


def _encode_like_dotnet(text: str, codec: str) -> str:
    escaped = quote_plus(text, "!*()", codec, "surrogateescape").replace("~", "%7E")
    return _ESCAPE.sub(lambda found: found[0].lower(), escaped)


_STYLES: Mapping[str, Callable[[str, str], str]] = {
    "percent": _make_quoter(quote, ""),
    "plus": _make_quoter(quote_plus, ""),
    "javascript": _make_quoter(quote, "!'()*~"),
    "java": _make_quoter(quote_plus, "*"),
    "dotnet": _encode_like_dotnet,
}
_STYLE_CAUSES: Mapping[str, str] = {
    "percent": "",
    "plus": ", with + for a blank",
    "java": ", as Java's URLEncoder does",
    "javascript": ", as JavaScript's encodeURIComponent does",
    "dotnet": ", as .NET's UrlEncode does",
}
_CHARSET_CAUSES = (
    ("utf-8", "the text was signed as UTF-8"),
    ("gbk", "the text was signed as GBK"),
    ("question marks", "the text was signed as Latin-1 or ASCII, with ? for each Chinese character"),
    ("low bytes", "the text was signed as Latin-1, with the low byte of each Chinese character"),
    ("twice", "the bytes of the text were taken for Latin-1 and made UTF-8 a second time"),
)

SCHEME = Scheme(
    name="rsa2",
    parse_claim=parse_claim,
    build_texts=build_texts,
    list_accepted=list_accepted,
    iterate_mistakes=iterate_mistakes,
    compute_digest=compute_digest,
    possible_causes=f"another slip, or a value that changed after signing, as a {BUSINESS} that was written anew",
    recover_digest=recover_digest,
    sign=sign,
    signs_body=lambda request: bool(request.body),
    secrets="public keys",
)
