"""RPC HMAC-SHA1: what clients of the parameter signature get wrong."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qsl

from emulator.explainers import Claim, Explainer
from emulator.explainers.spelling import ENCODERS, SPELT
from emulator.explainers.stamps import restamped
from emulator.explainers.ways import Slip, Texts, Way, seal_by_hmac, take_other_method
from emulator.signatures import rpc
from emulator.vocabulary import WireRequest

Pairs = list[tuple[str, str]]

_BOTH = ("query", "form")
_MOST = 60  # parameters that are left out one by one

_RIGHT: Way = {
    "method": "",
    "path": "%2F",
    "parts": _BOTH,
    "plus": False,
    "encode": "right",
    "order": "name",
    "outer": 1,
    "without": frozenset[str](),
    "values": dict[str, str](),
    "empty": True,
    "tail": "",
    "suffix": "&",
    "digest": "sha1",
}


def claim(request: WireRequest) -> Claim | None:
    given = dict(_pairs(request, _BOTH))
    if "Signature" not in given or request.headers.get("Authorization"):
        return None
    return Claim(given.get("AccessKeyId", ""), given["Signature"])


def texts(request: WireRequest, way: Way) -> Texts:
    pairs = [
        (name, way["values"].get(name, value))
        for name, value in _pairs(request, way["parts"], plus=way["plus"])
        if name != "Signature" and name not in way["without"] and (value or way["empty"])
    ]
    if way["order"] is not None:
        pairs.sort(key=_ORDERS[way["order"]])
    encode = ENCODERS[way["encode"]]
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
    for _time in range(way["outer"]):
        query = rpc.encode(query)
    return {"string_to_sign": f"{way['method'] or request.method}&{way['path']}&{query}{way['tail']}"}


def slips(request: WireRequest) -> Iterator[Slip]:
    yield take_other_method(request)
    yield from _ALWAYS
    if "+" in f"{request.query}{_form(request)}":
        yield Slip("a + of the values came as a blank: percent-encode it as %2B", {"plus": True})
    if request.query and _form(request):
        yield Slip("the form was left out: parameters of query and form are signed together", {"parts": ("query",)})
        yield Slip("the query was left out: parameters of query and form are signed together", {"parts": ("form",)})
    given = dict(_pairs(request, _BOTH))
    # Those of one task are many, and less likely to be forgotten than those that every call has.
    for name in islice(sorted(given, key=lambda name: "." in name), _MOST):
        if name != "Signature":
            told = f"{name[:80]} is not among what was signed"
            yield Slip(told, {"without": frozenset([name])}, omits=True)
    yield from restamped("Timestamp", given.get("Timestamp", ""), "values")


def _pairs(request: WireRequest, parts: tuple[str, ...], *, plus: bool = False) -> Pairs:
    raw = {"query": request.query, "form": _form(request)}
    read = [raw[part].replace("+", "%2B") if plus else raw[part] for part in parts]
    return [pair for each in read for pair in _decoded(each) if pair[0]]


@lru_cache(4)
def _decoded(raw: str) -> Pairs:
    """The same is read for each slip. Do not change it."""
    return parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")


def _form(request: WireRequest) -> str:
    kind = request.headers.get("Content-Type", "")
    return request.body.decode("utf-8", "replace") if not kind or "x-www-form-urlencoded" in kind.lower() else ""


def _padded(name: str) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), name)


_ORDERS: Mapping[str, Callable[[tuple[str, str]], tuple[str, ...]]] = {
    "name": lambda pair: pair,
    "folded": lambda pair: (pair[0].lower(),),
    "joined": lambda pair: (f"{pair[0]}={pair[1]}",),
    "numbers": lambda pair: (_padded(pair[0]),),
}

_ALWAYS = (
    Slip("the key of the HMAC lacks the & behind the secret", {"suffix": ""}),
    Slip("the secret ends with a line break", {"suffix": "\n&"}),
    Slip("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Slip("the parameters are not sorted", {"order": None}),
    Slip("the parameters are sorted without regard to case", {"order": "folded"}),
    Slip("the parameters are sorted after they are joined: name=value instead of name", {"order": "joined"}),
    Slip("the parameters are sorted by their numbers: 2 before 10", {"order": "numbers"}),
    *(Slip(told, {"encode": name}) for name, told in SPELT.items()),
    Slip("the joined query is not percent-encoded once more", {"outer": 0}),
    Slip("the joined query is percent-encoded twice more", {"outer": 2}),
    Slip("the path is signed as / instead of %2F", {"path": "/"}),
    Slip("the path is signed as %252F instead of %2F", {"path": "%252F"}),
    Slip("parameters without a value are left out", {"empty": False}),
    Slip("what is signed ends with a line break", {"tail": "\n"}),
)

EXPLAINER = Explainer(
    scheme="rpc",
    claim=claim,
    texts=texts,
    rights=lambda _request: (_RIGHT,),
    slips=slips,
    seal=seal_by_hmac,
    suspects="another slip, or a value that changed after signing",
    signs_body=lambda request: bool(_form(request)),
)
