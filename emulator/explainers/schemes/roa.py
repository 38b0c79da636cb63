"""ROA HMAC-SHA1: what clients and proxies get wrong about the header signature of calls with a path of their own."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote

from multidict import CIMultiDict

from emulator.explainers import Claim, Explainer
from emulator.explainers.stamps import restamped
from emulator.explainers.ways import Slip, Texts, Way, seal_by_hmac, take_other_method
from emulator.signatures import roa, rpc
from emulator.vocabulary import WireRequest

_SIGNED = ("Accept", "Content-MD5", "Content-Type", "Date")
_OWN = "x-acs-"

_RIGHT: Way = {
    "method": "",
    "path": None,
    "query": "decoded",
    "headers": dict[str, str | None](),
    "lines": _SIGNED,
    "without": frozenset[str](),
    "own": "right",
    "bare": False,
    "blank_line": False,
    "tail": "",
    "suffix": "",
    "digest": "sha1",
}


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
    if way["own"] != "right" or way["lines"] != _SIGNED or way["without"]:
        text = _rearranged(text, headers, way)
    if not decoded and (odd := _odd_query(request, way["query"])):
        text = f"{text}?{odd}"
    return {"string_to_sign": f"{text}{way['tail']}"}


def slips(request: WireRequest) -> Iterator[Slip]:
    yield take_other_method(request)
    yield from _ALWAYS
    for name, value in _values(request):
        told = f"{name} was {value or 'empty'} when it was signed: a proxy or client changed it"
        yield Slip(told, {"headers": {name: value}}, omits=not value)
    for name in _SIGNED:
        told = f"the line of {name} is not among what was signed: it stands there even if empty"
        yield Slip(told, {"without": frozenset([name])}, omits=True)
    path = request.path
    for signed in dict.fromkeys(("/", unquote(path), f"{path}/", path.rstrip("/"), f"/{path.rpartition('/')[2]}")):
        if signed != path:
            yield Slip(f"the path was signed as {signed[:80] or 'nothing'}", {"path": signed})
    for name in dict.fromkeys(request.headers):
        if name.lower().startswith(_OWN):
            yield Slip(f"{name.lower()[:80]} is not among what was signed", {"headers": {name: None}}, omits=True)
    yield from restamped("Date", request.headers.get("Date", ""), "headers")


def notes(request: WireRequest) -> Iterator[str]:
    told = request.headers.get("Content-MD5")
    if told and told != _md5(request):
        yield "Content-MD5 is not the hash of the body that came"


def _rearranged(text: str, headers: CIMultiDict[str], way: Way) -> str:
    """What is signed with its lines in another order, or without some."""
    method, *values, rest = text.split("\n", 1 + len(_SIGNED))
    named = dict(zip(_SIGNED, values, strict=True))
    lines = [method, *(named[name] for name in way["lines"] if name not in way["without"])]
    given = {name: value.strip() for name, value in headers.items() if name.lower().startswith(_OWN)}
    *own, resource = rest.split("\n", len({name.lower() for name in given}))
    if way["own"] != "right":
        own = _OWN_LINES[way["own"]](given)
    return "\n".join([*lines, *own, resource])


def _values(request: WireRequest) -> Iterator[tuple[str, str]]:
    """What the standard headers may have been when they were signed."""
    known = {**_VALUES, "Content-MD5": ("", _md5(request))}
    for name in _SIGNED:
        for value in known[name]:
            if request.headers.get(name, "") != value:
                yield name, value


def _md5(request: WireRequest) -> str:
    return base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()


def _odd_query(request: WireRequest, kind: str) -> str:
    if kind == "none":
        return ""
    if kind == "raw":
        return request.query
    pairs = parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape")
    return rpc.canonical_query(pairs) if kind == "encoded" else "&".join(f"{name}={value}" for name, value in pairs)


_OWN_LINES: Mapping[str, Callable[[Mapping[str, str]], list[str]]] = {
    "none": lambda _given: [],
    "unsorted": lambda given: [f"{name.lower()}:{value}" for name, value in given.items()],
    "as sent": lambda given: [f"{name}:{value}" for name, value in sorted(given.items())],
    "spaced": lambda given: sorted(f"{name.lower()}: {value}" for name, value in given.items()),
}

_VALUES = {
    "Accept": (
        *("application/json", "", "*/*", "application/json, text/plain, */*"),
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    ),
    "Content-Type": (
        *("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8", ""),
        *("application/json; charset=UTF-8", "application/json;charset=UTF-8", "application/x-www-form-urlencoded"),
        "application/octet-stream",
    ),
    "Date": ("",),
}

_ALWAYS = (
    Slip("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Slip("the secret ends with a line break", {"suffix": "\n"}),
    Slip("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Slip("the parameters of the query are not sorted", {"query": "unsorted"}),
    Slip("the query is signed percent-encoded instead of decoded", {"query": "encoded"}),
    Slip("the query is signed as it came instead of decoded and sorted", {"query": "raw"}),
    Slip("the query is not signed", {"query": "none"}),
    Slip("there is an empty line before the path, as the vendor's text shows and no client has", {"blank_line": True}),
    Slip("Content-MD5 stands before Accept", {"lines": ("Content-MD5", "Accept", "Content-Type", "Date")}),
    Slip("Content-Type stands before Content-MD5", {"lines": ("Accept", "Content-Type", "Content-MD5", "Date")}),
    Slip("Date stands before Content-Type", {"lines": ("Accept", "Content-MD5", "Date", "Content-Type")}),
    Slip("no x-acs- header is among what was signed", {"own": "none"}),
    Slip("the x-acs- headers are not sorted", {"own": "unsorted"}),
    Slip("the names of the x-acs- headers are not in small letters", {"own": "as sent"}),
    Slip("there is a blank behind the colons of the x-acs- headers", {"own": "spaced"}),
    Slip("what is signed ends with a line break", {"tail": "\n"}),
)

EXPLAINER = Explainer(
    scheme="roa",
    claim=claim,
    texts=texts,
    rights=lambda _request: (_RIGHT, {**_RIGHT, "bare": True}),
    slips=slips,
    seal=seal_by_hmac,
    suspects="another slip, or a header or path that was changed after signing",
    form="acs KEY:SIGNATURE",
    notes=notes,
)
