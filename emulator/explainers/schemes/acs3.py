"""ACS3-HMAC-SHA256: what clients and proxies get wrong about the header signature."""

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote

from multidict import CIMultiDict

from emulator.explainers import Claim, Explainer
from emulator.explainers.clothes import HEX
from emulator.explainers.spelling import ENCODERS
from emulator.explainers.stamps import restamped
from emulator.explainers.ways import Slip, Texts, Way, seal_by_hmac, take_other_method
from emulator.signatures import acs3
from emulator.vocabulary import WireRequest

BODY_HASH = "x-acs-content-sha256"

_RIGHT: Way = {
    "method": "",
    "path": None,
    "query": "right",
    "headers": dict[str, str](),
    "without": frozenset[str](),
    "beside": frozenset[str](),
    "sorted": False,
    "blank_line": True,
    "body": None,
    "hashed": True,
    "head": True,
    "tail": "",
    "suffix": "",
    "digest": "sha256",
}
_EMPTY = hashlib.sha256(b"").hexdigest()


def claim(request: WireRequest) -> Claim | None:
    parsed = acs3.parse(request.headers.get("Authorization", ""))
    return Claim(parsed.credential, parsed.signature) if parsed else None


def texts(request: WireRequest, way: Way) -> Texts:
    """The canonical request and what of it is signed."""
    headers = CIMultiDict(request.headers)
    headers.update(way["headers"])
    names = [name for name in signed_headers(request) if name not in way["without"]] + sorted(way["beside"])
    names = sorted(names) if way["sorted"] or way["beside"] else names
    canonical = acs3.canonical_request(
        way["method"] or request.method,
        request.path if way["path"] is None else way["path"],
        "",
        headers,
        names,
        hashlib.sha256(request.body).hexdigest() if way["body"] is None else way["body"],
    )
    method, path, _no_query, rest = canonical.split("\n", 3)
    if not way["blank_line"]:
        rest = rest.replace(f"\n\n{';'.join(names)}\n", f"\n{';'.join(names)}\n", 1)
    canonical = "\n".join([method, path, _query(request, way["query"]), rest]) + way["tail"]
    signed = acs3.string_to_sign(canonical) if way["hashed"] else canonical
    return {"canonical_request": canonical, "string_to_sign": signed if way["head"] else signed.rpartition("\n")[2]}


def signed_headers(request: WireRequest) -> tuple[str, ...]:
    """Those that Authorization lists; of a call that is not signed yet, those that clients sign."""
    parsed = acs3.parse(request.headers.get("Authorization", ""))
    return parsed.signed_headers if parsed else tuple(sorted(_signable(request)))


def slips(request: WireRequest) -> Iterator[Slip]:
    told = request.headers.get(BODY_HASH, "")
    if told and told.lower() != hashlib.sha256(request.body).hexdigest():
        yield Slip(f"{BODY_HASH} is the hash of another body: it changed after signing", {"body": told})
    yield take_other_method(request)
    for host in _hosts(request):
        cause = f"Host was {host[:80]} when it was signed: a proxy or client changed it"
        yield Slip(cause, {"headers": {"host": host}})
    path = request.path
    for signed in dict.fromkeys(("/", unquote(path), f"{path}/", path.rstrip("/"), quote(path, safe="/~"))):
        if signed != path:
            yield Slip(f"the path was signed as {signed[:80] or 'nothing'}", {"path": signed})
    yield from _ALWAYS
    yield Slip("the hash of the body is in capital letters", {"body": hashlib.sha256(request.body).hexdigest().upper()})
    if request.body:
        yield Slip("the body was signed as if it were empty", {"body": _EMPTY})
        yield Slip("the form was signed as query", {"query": "form", "body": _EMPTY})
    yield from _of_headers(request)
    yield from restamped("x-acs-date", request.headers.get("x-acs-date", ""), "headers")


def notes(request: WireRequest) -> Iterator[str]:
    told = request.headers.get(BODY_HASH, "")
    if told and told.lower() != hashlib.sha256(request.body).hexdigest() and BODY_HASH in signed_headers(request):
        yield f"{BODY_HASH} is not the hash of the body that came"


def _of_headers(request: WireRequest) -> Iterator[Slip]:
    """Slips with single headers."""
    listed = signed_headers(request)
    for name in listed[:_MOST]:
        if request.headers.get(name):
            cause = f"the header {name[:80]} was empty when it was signed"
            yield Slip(cause, {"headers": {name: ""}}, omits=True)
    for name in listed[:_MOST] if len(listed) > 1 else ():
        cause = f"{name[:80]} is listed in SignedHeaders, and not among what was signed"
        yield Slip(cause, {"without": frozenset([name])}, omits=True)
    for name in sorted(_signable(request) - {name.lower() for name in listed})[:_MOST]:
        yield Slip(f"{name[:80]} was signed, and SignedHeaders does not list it", {"beside": frozenset([name])})


def _signable(request: WireRequest) -> set[str]:
    """The names of the headers that clients sign."""
    names = {name.lower() for name in request.headers}
    return {name for name in names if name in {"host", "content-type"} or name.startswith("x-acs-")}


def _query(request: WireRequest, kind: str) -> str:
    if kind == "raw":
        return request.query
    form = request.body.decode("utf-8", "replace") if kind == "form" else ""
    raw = "&".join(part for part in (request.query, form) if part)
    pairs = parse_qsl(raw, keep_blank_values=True)
    if kind == "unsigned":
        return ""
    encode = ENCODERS["right" if kind in ("form", "unsorted") else kind]
    ordered = pairs if kind == "unsorted" else sorted(pairs)
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in ordered)


def _hosts(request: WireRequest) -> list[str]:
    """What a client may have called this server: another port, no port, or what a proxy says it was."""
    host = request.headers.get("Host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    forwarded = request.headers.get("X-Forwarded-Host", "")
    named = [forwarded, name, f"{name}:80", f"{name}:443", f"{name}:8080", "localhost", "127.0.0.1"]
    return [each for each in dict.fromkeys(named) if each and each != host]


_MOST = 40  # headers that are left out, or signed beside those that are listed, one by one

_ALWAYS = (
    Slip("the parameters of the query are signed as they came, not sorted and encoded", {"query": "raw"}),
    Slip("the parameters of the query are signed without percent-encoding", {"query": "none"}),
    Slip("the parameters of the query are not sorted", {"query": "unsorted"}),
    Slip("a blank in the query is signed as + instead of %20", {"query": "plus"}),
    Slip("the query is encoded as Java's URLEncoder does: + * %7E must become %20 %2A ~", {"query": "java"}),
    Slip("the query is encoded as JavaScript's encodeURIComponent does", {"query": "javascript"}),
    Slip("the query is percent-encoded twice", {"query": "twice"}),
    Slip("the query is not signed", {"query": "unsigned"}),
    Slip("the headers are sorted when they are signed, and SignedHeaders is not", {"sorted": True}),
    Slip("the empty line behind the headers is missing", {"blank_line": False}),
    Slip("the hash of the body is not signed: its line is empty", {"body": ""}),
    Slip("the body was signed as UNSIGNED-PAYLOAD", {"body": "UNSIGNED-PAYLOAD"}),
    Slip("the canonical request is signed itself instead of its hash", {"hashed": False}),
    Slip("the line ACS3-HMAC-SHA256 before the hash of the canonical request is not signed", {"head": False}),
    Slip("the canonical request ends with a line break", {"tail": "\n"}),
    Slip("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Slip("the secret ends with a line break", {"suffix": "\n"}),
    Slip("signed with HMAC-SHA1 instead of HMAC-SHA256", {"digest": "sha1"}),
)

EXPLAINER = Explainer(
    scheme="acs3",
    claim=claim,
    texts=texts,
    rights=lambda _request: (_RIGHT,),
    slips=slips,
    seal=seal_by_hmac,
    suspects="another slip, or a header, query or body that was changed after signing",
    letters=HEX,
    form=f"{acs3.SCHEME} Credential=...,SignedHeaders=...,Signature=...",
    notes=notes,
    signs_body=lambda request: bool(request.body),
)
