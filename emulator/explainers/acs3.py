"""ACS3-HMAC-SHA256: what clients and proxies get wrong about the header signature."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from multidict import CIMultiDict

from emulator.explainers import Claim, Explainer, Slip, Texts, Way
from emulator.signatures import acs3, rpc
from emulator.vocabulary import WireRequest

BODY_HASH = "x-acs-content-sha256"

_RIGHT: Way = {
    "method": "",
    "path": None,
    "query": "sorted",
    "headers": {},
    "signed_headers": None,
    "body": "",
    "hashed": True,
    "suffix": "",
    "digest": "hex",
}
_EMPTY = hashlib.sha256(b"").hexdigest()


def claim(request: WireRequest) -> Claim | None:
    parsed = acs3.parse(request.headers.get("Authorization", ""))
    return Claim(parsed.credential, parsed.signature) if parsed else None


def texts(request: WireRequest, way: Way) -> Texts:
    """The canonical request and what of it is signed."""
    headers = CIMultiDict(request.headers)
    headers.update(way["headers"])
    canonical = acs3.canonical_request(
        way["method"] or request.method,
        request.path if way["path"] is None else way["path"],
        "",
        headers,
        way["signed_headers"] or signed_headers(request),
        way["body"] or hashlib.sha256(request.body).hexdigest(),
    )
    method, path, _no_query, rest = canonical.split("\n", 3)
    canonical = "\n".join([method, path, _query(request, way["query"]), rest])
    return {
        "canonical_request": canonical,
        "string_to_sign": acs3.string_to_sign(canonical) if way["hashed"] else canonical,
    }


def signed_headers(request: WireRequest) -> tuple[str, ...]:
    """Those that Authorization lists; of a call that is not signed yet, those that clients sign."""
    parsed = acs3.parse(request.headers.get("Authorization", ""))
    if parsed:
        return parsed.signed_headers
    names = {name.lower() for name in request.headers}
    return tuple(sorted(name for name in names if name in {"host", "content-type"} or name.startswith("x-acs-")))


def sign(secret: str, text: str, way: Way) -> str:
    signature = acs3.sign(f"{secret}{way['suffix']}", text)
    if way["digest"] == "base64":
        return base64.b64encode(bytes.fromhex(signature)).decode()
    return signature.upper() if way["digest"] == "capitals" else signature


def slips(request: WireRequest) -> Iterator[Slip]:
    told = request.headers.get(BODY_HASH, "")
    if told and told.lower() != hashlib.sha256(request.body).hexdigest():
        yield Slip(f"{BODY_HASH} is the hash of another body: it changed after signing", {"body": told})
    other = "GET" if request.method == "POST" else "POST"
    yield Slip(f"signed as {other}, sent as {request.method}", {"method": other})
    for host in _hosts(request):
        yield Slip(
            f"Host was {host[:80]} when it was signed: a proxy or client changed it", {"headers": {"host": host}}
        )
    for path in dict.fromkeys(("/", unquote(request.path), f"{request.path}/", request.path.rstrip("/"))):
        if path != request.path:
            yield Slip(f"the path was signed as {path[:80] or 'nothing'}", {"path": path})
    yield from _ALWAYS
    if request.body:
        yield Slip("the body was signed as if it were empty", {"body": _EMPTY})
        yield Slip("the form was signed as query", {"query": "form", "body": _EMPTY})
    for name in signed_headers(request):
        if request.headers.get(name):
            yield Slip(f"the header {name[:80]} was empty when it was signed", {"headers": {name: ""}})


def notes(request: WireRequest) -> Iterator[str]:
    told = request.headers.get(BODY_HASH, "")
    if told and told.lower() != hashlib.sha256(request.body).hexdigest() and BODY_HASH in signed_headers(request):
        yield f"{BODY_HASH} is not the hash of the body that came"


def _query(request: WireRequest, kind: str) -> str:
    if kind == "raw":
        return request.query
    form = request.body.decode("utf-8", "replace") if kind == "form" else ""
    raw = "&".join(part for part in (request.query, form) if part)
    pairs = parse_qsl(raw, keep_blank_values=True)
    if kind == "none":
        return ""
    if kind == "plain":
        return "&".join(f"{name}={value}" for name, value in sorted(pairs))
    return rpc.canonical_query(pairs)


def _hosts(request: WireRequest) -> list[str]:
    """What a client may have called this server: another port, no port, or what a proxy says it was."""
    host = request.headers.get("Host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    forwarded = request.headers.get("X-Forwarded-Host", "")
    named = [forwarded, name, f"{name}:80", f"{name}:443", f"{name}:8080", "localhost", "127.0.0.1"]
    return [each for each in dict.fromkeys(named) if each and each != host]


_ALWAYS = (
    Slip("the parameters of the query are signed as they came, not sorted and encoded", {"query": "raw"}),
    Slip("the parameters of the query are signed without percent-encoding", {"query": "plain"}),
    Slip("the query is not signed", {"query": "none"}),
    Slip("the canonical request is signed itself instead of its hash", {"hashed": False}),
    Slip("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Slip("the signature is Base64 instead of hexadecimal", {"digest": "base64"}),
    Slip("the signature is in capital letters", {"digest": "capitals"}),
)

EXPLAINER = Explainer(
    scheme="acs3",
    claim=claim,
    texts=texts,
    sign=sign,
    rights=(_RIGHT,),
    slips=slips,
    form=f"{acs3.SCHEME} Credential=...,SignedHeaders=...,Signature=...",
    notes=notes,
    signs_body=lambda request: bool(request.body),
)
