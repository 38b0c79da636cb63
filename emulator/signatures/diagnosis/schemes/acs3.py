"""ACS3-HMAC-SHA256: what clients and proxies get wrong about the header signature."""

import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote

from multidict import CIMultiDict

from emulator.signatures import acs3
from emulator.signatures.diagnosis.encoders import ENCODERS
from emulator.signatures.diagnosis.encodings import HEX
from emulator.signatures.diagnosis.scheme import Claim, Scheme
from emulator.signatures.diagnosis.timestamps import iterate_clock_mistakes
from emulator.signatures.diagnosis.variants import Mistake, Texts, Variant, compute_hmac, make_method_mistake
from emulator.types import WireRequest

BODY_HASH = "x-acs-content-sha256"

_RIGHT: Variant = {
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
_DATE = "x-acs-date"
_EMPTY = hashlib.sha256(b"").hexdigest()


def parse_claim(request: WireRequest) -> Claim | None:
    parsed = acs3.parse_authorization(request.headers.get("Authorization", ""))
    return Claim(parsed.credential, parsed.signature) if parsed else None


def build_texts(request: WireRequest, variant: Variant) -> Texts:
    """Return the canonical request, and the string to sign that is made of it."""
    headers = CIMultiDict(request.headers)
    headers.update(variant["headers"])
    names = [name for name in list_signed_headers(request) if name not in variant["without"]] + sorted(
        variant["beside"]
    )
    names = sorted(names) if variant["sorted"] or variant["beside"] else names
    canonical = acs3.build_canonical_request(
        variant["method"] or request.method,
        request.path if variant["path"] is None else variant["path"],
        "",
        headers,
        names,
        hashlib.sha256(request.body).hexdigest() if variant["body"] is None else variant["body"],
    )
    method, path, _no_query, rest = canonical.split("\n", 3)
    if not variant["blank_line"]:
        rest = rest.replace(f"\n\n{';'.join(names)}\n", f"\n{';'.join(names)}\n", 1)
    canonical = "\n".join([method, path, _build_query(request, variant["query"]), rest]) + variant["tail"]
    signed = acs3.build_string_to_sign(canonical) if variant["hashed"] else canonical
    return {"canonical_request": canonical, "string_to_sign": signed if variant["head"] else signed.rpartition("\n")[2]}


def list_signed_headers(request: WireRequest) -> tuple[str, ...]:
    """Return the headers that Authorization lists; for a call that is not signed yet, those that clients sign."""
    parsed = acs3.parse_authorization(request.headers.get("Authorization", ""))
    return parsed.signed_headers if parsed else tuple(sorted(_list_signable(request)))


def iterate_mistakes(request: WireRequest) -> Iterator[Mistake]:
    stated = request.headers.get(BODY_HASH, "")
    if stated and stated.lower() != hashlib.sha256(request.body).hexdigest():
        yield Mistake(f"{BODY_HASH} is the hash of another body: it changed after signing", {"body": stated})
    yield make_method_mistake(request)
    for host in _list_hosts(request):
        cause = f"Host was {host[:80]} when it was signed: a proxy or client changed it"
        yield Mistake(cause, {"headers": {"host": host}})
    path = request.path
    for signed in dict.fromkeys(("/", unquote(path), f"{path}/", path.rstrip("/"), quote(path, safe="/~"))):
        if signed != path:
            yield Mistake(f"the path was signed as {signed[:80] or 'nothing'}", {"path": signed})
    yield from _COMMON_MISTAKES
    yield Mistake(
        "the hash of the body is in capital letters", {"body": hashlib.sha256(request.body).hexdigest().upper()}
    )
    if request.body:
        yield Mistake("the body was signed as if it were empty", {"body": _EMPTY})
        yield Mistake("the form was signed as query", {"query": "form", "body": _EMPTY})
    yield from _iterate_header_mistakes(request)
    yield from iterate_clock_mistakes(_DATE, find_timestamp(request), "headers")


def find_timestamp(request: WireRequest) -> str:
    return request.headers.get(_DATE, "")


def find_notes(request: WireRequest) -> Iterator[str]:
    stated = request.headers.get(BODY_HASH, "")
    if (
        stated
        and stated.lower() != hashlib.sha256(request.body).hexdigest()
        and BODY_HASH in list_signed_headers(request)
    ):
        yield f"{BODY_HASH} is not the hash of the body that came"


def _iterate_header_mistakes(request: WireRequest) -> Iterator[Mistake]:
    """Yield mistakes with single headers."""
    listed = list_signed_headers(request)
    for name in listed[:_MOST]:
        if request.headers.get(name):
            cause = f"the header {name[:80]} was empty when it was signed"
            yield Mistake(cause, {"headers": {name: ""}}, omits=True)
    for name in listed[:_MOST] if len(listed) > 1 else ():
        cause = f"{name[:80]} is listed in SignedHeaders, and not among what was signed"
        yield Mistake(cause, {"without": frozenset([name])}, omits=True)
    for name in sorted(_list_signable(request) - {name.lower() for name in listed})[:_MOST]:
        yield Mistake(f"{name[:80]} was signed, and SignedHeaders does not list it", {"beside": frozenset([name])})


def _list_signable(request: WireRequest) -> set[str]:
    """Return the names of the headers that clients sign."""
    names = {name.lower() for name in request.headers}
    return {name for name in names if name in {"host", "content-type"} or name.startswith("x-acs-")}


def _build_query(request: WireRequest, kind: str) -> str:
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


def _list_hosts(request: WireRequest) -> list[str]:
    """Return the hosts under which a client may have called: another port, no port, or what a proxy states."""
    host = request.headers.get("Host", "")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    forwarded = request.headers.get("X-Forwarded-Host", "")
    named = [forwarded, name, f"{name}:80", f"{name}:443", f"{name}:8080", "localhost", "127.0.0.1"]
    return [each for each in dict.fromkeys(named) if each and each != host]


_MOST = 40  # headers that are left out one by one, or signed one by one although they are not listed

_COMMON_MISTAKES = (
    Mistake("the parameters of the query are signed as they came, not sorted and encoded", {"query": "raw"}),
    Mistake("the parameters of the query are signed without percent-encoding", {"query": "none"}),
    Mistake("the parameters of the query are not sorted", {"query": "unsorted"}),
    Mistake("a blank in the query is signed as + instead of %20", {"query": "plus"}),
    Mistake("the query is encoded as Java's URLEncoder does: + * %7E must become %20 %2A ~", {"query": "java"}),
    Mistake("the query is encoded as JavaScript's encodeURIComponent does", {"query": "javascript"}),
    Mistake("the query is percent-encoded twice", {"query": "twice"}),
    Mistake("the query is not signed", {"query": "unsigned"}),
    Mistake("the headers are sorted when they are signed, and SignedHeaders is not", {"sorted": True}),
    Mistake("the empty line behind the headers is missing", {"blank_line": False}),
    Mistake("the hash of the body is not signed: its line is empty", {"body": ""}),
    Mistake("the body was signed as UNSIGNED-PAYLOAD", {"body": "UNSIGNED-PAYLOAD"}),
    Mistake("the canonical request is signed itself instead of its hash", {"hashed": False}),
    Mistake("the line ACS3-HMAC-SHA256 before the hash of the canonical request is not signed", {"head": False}),
    Mistake("the canonical request ends with a line break", {"tail": "\n"}),
    Mistake("the key of the HMAC has an & behind the secret, as in RPC", {"suffix": "&"}),
    Mistake("the secret ends with a line break", {"suffix": "\n"}),
    Mistake("signed with HMAC-SHA1 instead of HMAC-SHA256", {"digest": "sha1"}),
)

SCHEME = Scheme(
    name="acs3",
    parse_claim=parse_claim,
    build_texts=build_texts,
    list_accepted=lambda _request: (_RIGHT,),
    iterate_mistakes=iterate_mistakes,
    compute_digest=compute_hmac,
    possible_causes="another slip, or a header, query or body that was changed after signing",
    encoding=HEX,
    header_format=f"{acs3.SCHEME} Credential=...,SignedHeaders=...,Signature=...",
    find_notes=find_notes,
    find_timestamp=find_timestamp,
    signs_body=lambda request: bool(request.body),
)
