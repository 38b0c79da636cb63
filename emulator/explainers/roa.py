"""ROA HMAC-SHA1: what clients and proxies get wrong about the header signature of calls with a path of their own."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from multidict import CIMultiDict

from emulator.explainers import Claim, Explainer, Slip, Texts, Way, mac
from emulator.signatures import roa, rpc
from emulator.vocabulary import WireRequest

_RIGHT: Way = {
    "method": "",
    "path": None,
    "query": "decoded",
    "headers": {},
    "bare": False,
    "blank_line": False,
    "suffix": "",
    "digest": "sha1",
}
_SIGNED = ("Accept", "Content-MD5", "Content-Type", "Date")


def claim(request: WireRequest) -> Claim | None:
    parsed = roa.parse(request.headers.get("Authorization", ""))
    return Claim(parsed.key, parsed.signature) if parsed else None


def texts(request: WireRequest, way: Way) -> Texts:
    headers = CIMultiDict(request.headers)
    for name, value in way["headers"].items():
        headers.popall(name, None)
        if value is not None:
            headers[name] = value
    path = request.path if way["path"] is None else way["path"]
    if way["blank_line"]:
        path = f"\n{path}"
    decoded = way["query"] == "decoded"
    query = request.query if decoded else ""
    text = roa.string_to_sign(way["method"] or request.method, path, query, headers, bare=way["bare"])
    if not decoded and (odd := _odd_query(request, way["query"])):
        text = f"{text}?{odd}"
    return {"string_to_sign": text}


def sign(secret: str, text: str, way: Way) -> str:
    return mac(f"{secret}{way['suffix']}", text, way["digest"])


def slips(request: WireRequest) -> Iterator[Slip]:
    other = "GET" if request.method == "POST" else "POST"
    yield Slip(f"signed as {other}, sent as {request.method}", {"method": other})
    yield from _ALWAYS
    for name in _SIGNED:
        for value in _VALUES[name]:
            if request.headers.get(name, "") != value:
                told = f"{name} was {value or 'empty'} when it was signed: a proxy or client changed it"
                yield Slip(told, {"headers": {name: value}})
    path = request.path
    for signed in dict.fromkeys(("/", unquote(path), f"{path}/", path.rstrip("/"), f"/{path.rpartition('/')[2]}")):
        if signed != path:
            yield Slip(f"the path was signed as {signed[:80] or 'nothing'}", {"path": signed})
    yield from (
        Slip(f"{name.lower()[:80]} is not among what was signed", {"headers": {name: None}})
        for name in dict.fromkeys(request.headers)
        if name.lower().startswith("x-acs-")
    )


def notes(request: WireRequest) -> Iterator[str]:
    told = request.headers.get("Content-MD5")
    if told and told != base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode():
        yield "Content-MD5 is not the hash of the body that came"


def _odd_query(request: WireRequest, kind: str) -> str:
    if kind == "none":
        return ""
    if kind == "raw":
        return request.query
    pairs = parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape")
    return rpc.canonical_query(pairs) if kind == "encoded" else "&".join(f"{name}={value}" for name, value in pairs)


_VALUES = {
    "Accept": ("application/json", "", "*/*"),
    "Content-MD5": ("",),
    "Content-Type": ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8", ""),
    "Date": ("",),
}

_ALWAYS = (
    Slip("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Slip("the secret ends with a line break", {"suffix": "\n"}),
    Slip("the parameters of the query are not sorted", {"query": "unsorted"}),
    Slip("the query is signed percent-encoded instead of decoded", {"query": "encoded"}),
    Slip("the query is signed as it came instead of decoded and sorted", {"query": "raw"}),
    Slip("the query is not signed", {"query": "none"}),
    Slip("there is an empty line before the path, as the vendor's text shows and no client has", {"blank_line": True}),
    Slip("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Slip("the signature is hexadecimal instead of Base64", {"digest": "hex"}),
)

EXPLAINER = Explainer(
    scheme="roa",
    claim=claim,
    texts=texts,
    sign=sign,
    rights=(_RIGHT, {**_RIGHT, "bare": True}),
    slips=slips,
    form="acs KEY:SIGNATURE",
    notes=notes,
)
