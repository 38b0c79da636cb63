"""ROA HMAC-SHA1: what clients and proxies get wrong about the header signature of calls with a path of their own."""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import parse_qsl, unquote

from multidict import CIMultiDict

from emulator.signatures import roa, rpc
from emulator.signatures.diagnosis.scheme import Claim, Scheme
from emulator.signatures.diagnosis.timestamps import iterate_clock_mistakes
from emulator.signatures.diagnosis.variants import Mistake, Texts, Variant, compute_hmac, make_method_mistake
from emulator.types import WireRequest

_SIGNED = ("Accept", "Content-MD5", "Content-Type", "Date")
_OWN = "x-acs-"

_RIGHT: Variant = {
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


def parse_claim(request: WireRequest) -> Claim | None:
    parsed = roa.parse_authorization(request.headers.get("Authorization", ""))
    return Claim(parsed.key, parsed.signature) if parsed else None


def build_texts(request: WireRequest, variant: Variant) -> Texts:
    headers = CIMultiDict(request.headers)
    for name, value in variant["headers"].items():
        headers.popall(name, None)
        if value is not None:
            headers[name] = value
    path = request.path if variant["path"] is None else variant["path"]
    if variant["blank_line"]:
        path = f"\n{path}"
    decoded = variant["query"] == "decoded"
    query = request.query if decoded else ""
    text = roa.build_string_to_sign(variant["method"] or request.method, path, query, headers, bare=variant["bare"])
    if variant["own"] != "right" or variant["lines"] != _SIGNED or variant["without"]:
        text = _rearrange_lines(text, headers, variant)
    if not decoded and (odd := _build_query(request, variant["query"])):
        text = f"{text}?{odd}"
    return {"string_to_sign": f"{text}{variant['tail']}"}


def iterate_mistakes(request: WireRequest) -> Iterator[Mistake]:
    yield make_method_mistake(request)
    yield from _COMMON_MISTAKES
    for name, value in _iterate_header_values(request):
        cause = f"{name} was {value or 'empty'} when it was signed: a proxy or client changed it"
        yield Mistake(cause, {"headers": {name: value}}, omits=not value)
    for name in _SIGNED:
        cause = f"the line of {name} is not among what was signed: it stands there even if empty"
        yield Mistake(cause, {"without": frozenset([name])}, omits=True)
    path = request.path
    for signed in dict.fromkeys(("/", unquote(path), f"{path}/", path.rstrip("/"), f"/{path.rpartition('/')[2]}")):
        if signed != path:
            yield Mistake(f"the path was signed as {signed[:80] or 'nothing'}", {"path": signed})
    for name in dict.fromkeys(request.headers):
        if name.lower().startswith(_OWN):
            yield Mistake(f"{name.lower()[:80]} is not among what was signed", {"headers": {name: None}}, omits=True)
    yield from iterate_clock_mistakes("Date", find_timestamp(request), "headers")


def find_timestamp(request: WireRequest) -> str:
    return request.headers.get("Date", "")


def find_notes(request: WireRequest) -> Iterator[str]:
    stated = request.headers.get("Content-MD5")
    if stated and stated != _compute_md5(request):
        yield "Content-MD5 is not the hash of the body that came"


def _rearrange_lines(text: str, headers: CIMultiDict[str], variant: Variant) -> str:
    """Return the string to sign with its lines in another order, or without some of them."""
    method, *values, rest = text.split("\n", 1 + len(_SIGNED))
    named = dict(zip(_SIGNED, values, strict=True))
    lines = [method, *(named[name] for name in variant["lines"] if name not in variant["without"])]
    given = {name: value.strip() for name, value in headers.items() if name.lower().startswith(_OWN)}
    *own, resource = rest.split("\n", len({name.lower() for name in given}))
    if variant["own"] != "right":
        own = _OWN_LINES[variant["own"]](given)
    return "\n".join([*lines, *own, resource])


def _iterate_header_values(request: WireRequest) -> Iterator[tuple[str, str]]:
    """Yield the standard headers with other values that they may have had when they were signed."""
    candidates = {**_VALUES, "Content-MD5": ("", _compute_md5(request))}
    for name in _SIGNED:
        for value in candidates[name]:
            if request.headers.get(name, "") != value:
                yield name, value


def _compute_md5(request: WireRequest) -> str:
    return base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()


def _build_query(request: WireRequest, kind: str) -> str:
    if kind == "none":
        return ""
    if kind == "raw":
        return request.query
    pairs = parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape")
    return (
        rpc.build_canonical_query(pairs) if kind == "encoded" else "&".join(f"{name}={value}" for name, value in pairs)
    )


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

_COMMON_MISTAKES = (
    Mistake("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Mistake("the secret ends with a line break", {"suffix": "\n"}),
    Mistake("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Mistake("the parameters of the query are not sorted", {"query": "unsorted"}),
    Mistake("the query is signed percent-encoded instead of decoded", {"query": "encoded"}),
    Mistake("the query is signed as it came instead of decoded and sorted", {"query": "raw"}),
    Mistake("the query is not signed", {"query": "none"}),
    Mistake(
        "there is an empty line before the path, as the vendor's text shows and no client has", {"blank_line": True}
    ),
    Mistake("Content-MD5 stands before Accept", {"lines": ("Content-MD5", "Accept", "Content-Type", "Date")}),
    Mistake("Content-Type stands before Content-MD5", {"lines": ("Accept", "Content-Type", "Content-MD5", "Date")}),
    Mistake("Date stands before Content-Type", {"lines": ("Accept", "Content-MD5", "Date", "Content-Type")}),
    Mistake("no x-acs- header is among what was signed", {"own": "none"}),
    Mistake("the x-acs- headers are not sorted", {"own": "unsorted"}),
    Mistake("the names of the x-acs- headers are not in small letters", {"own": "as sent"}),
    Mistake("there is a blank behind the colons of the x-acs- headers", {"own": "spaced"}),
    Mistake("what is signed ends with a line break", {"tail": "\n"}),
)

SCHEME = Scheme(
    name="roa",
    parse_claim=parse_claim,
    build_texts=build_texts,
    list_accepted=lambda _request: (_RIGHT, {**_RIGHT, "bare": True}),
    iterate_mistakes=iterate_mistakes,
    compute_digest=compute_hmac,
    possible_causes="another slip, or a header or path that was changed after signing",
    header_format="acs KEY:SIGNATURE",
    find_notes=find_notes,
    find_timestamp=find_timestamp,
)
