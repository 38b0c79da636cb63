"""RSA2: what clients of an OpenAPI gateway get wrong about the signature over all their parameters."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from emulator.explainers import Claim, Explainer, Slip, Texts, Way
from emulator.signatures import rsa2
from emulator.vocabulary import WireRequest

if TYPE_CHECKING:
    from emulator.world import World

_RIGHT: Way = {"bare": False, "without": (), "values": "decoded", "unsorted": False, "charset": None}
_CHARSET = re.compile("(?:^|&)charset=([A-Za-z0-9-]+)")


def claim(request: WireRequest) -> Claim | None:
    """A `sign` among the parameters; that of an address inside JSON is none of ours."""
    if request.body.lstrip()[:1] in (b"{", b"["):
        return None
    given = rsa2.parameters(request)
    return Claim(given.get("app_id", ""), given["sign"]) if "sign" in given else None


def texts(request: WireRequest, way: Way) -> Texts:
    given = {name: value for name, value in rsa2.parameters(request).items() if name not in way["without"]}
    if way["values"] == "encoded":
        codec = rsa2.codec(given.get("charset", ""))
        given = {name: quote(value, "", codec, "surrogateescape") for name, value in given.items()}
    if way["unsorted"]:
        return {"string_to_sign": "&".join(f"{name}={value}" for name, value in given.items() if name != "sign")}
    return {"string_to_sign": rsa2.string_to_sign(given, bare=way["bare"])}


def sign(secret: str, text: str, way: Way) -> str | None:
    """Only the private key signs, and the emulator has but the public one of an application."""
    try:
        return rsa2.sign(secret, _signed(text, way))
    except ValueError:
        return None


def fits(secret: str, text: str, way: Way, given: str) -> bool:
    """Whether a signature is that of a text, by the public key or by the private one that it belongs to."""
    try:
        return rsa2.verify(secret, _signed(text, way), given)
    except ValueError:
        pass
    try:
        return rsa2.verify(rsa2.public_of(secret), _signed(text, way), given)
    except ValueError:
        return False


def slips(request: WireRequest) -> Iterator[Slip]:
    given = rsa2.parameters(request)
    yield Slip("the values are signed percent-encoded instead of decoded", {"values": "encoded"})
    yield Slip("the parameters are not sorted by name", {"unsorted": True})
    yield Slip("sign_type is not signed: it is left out of answers only", {"without": ("sign_type",)})
    yield Slip(f"the text was signed as UTF-8, charset says {given.get('charset')}", {"charset": "utf-8"})
    yield Slip(f"the text was signed as GBK, charset says {given.get('charset')}", {"charset": "gbk"})
    yield from (
        Slip(f"{name[:80]} is not among what was signed", {"without": (name,)})
        for name in given
        if name not in ("sign", "sign_type")
    )


def public_keys(world: "World") -> Iterator[tuple[str, str]]:
    """All applications with their keys, empty for one that registered none: any signature of it is good."""
    for account in world.accounts:
        yield account.alipay.app_id, account.alipay.app_public_key or ""


def _signed(text: str, way: Way) -> bytes:
    return text.encode(way["charset"] or _codec(text), "surrogateescape")


def _codec(text: str) -> str:
    """By the charset among the parameters of a text: the last, for a biz_content that holds one stands before it."""
    named = _CHARSET.findall(text)
    return rsa2.codec(named[-1] if named else "")


EXPLAINER = Explainer(
    scheme="rsa2",
    claim=claim,
    texts=texts,
    sign=sign,
    fits=fits,
    rights=(_RIGHT, {**_RIGHT, "bare": True}),
    slips=slips,
    signs_body=lambda request: bool(request.body),
    secrets=public_keys,
)
