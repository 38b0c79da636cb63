"""RPC HMAC-SHA1: what clients of the parameter signature get wrong."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from urllib.parse import parse_qsl

from emulator.signatures import rpc
from emulator.signatures.diagnosis.encoders import ENCODER_CAUSES, ENCODERS
from emulator.signatures.diagnosis.scheme import Claim, Scheme
from emulator.signatures.diagnosis.timestamps import iterate_clock_mistakes
from emulator.signatures.diagnosis.variants import Mistake, Texts, Variant, compute_hmac, make_method_mistake
from emulator.types import WireRequest

Pairs = list[tuple[str, str]]

_BOTH = ("query", "form")
_MOST = 60  # parameters that are left out one by one

_RIGHT: Variant = {
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


def parse_claim(request: WireRequest) -> Claim | None:
    given = dict(_parse_pairs(request, _BOTH))
    if "Signature" not in given or request.headers.get("Authorization"):
        return None
    return Claim(given.get("AccessKeyId", ""), given["Signature"])


def build_texts(request: WireRequest, variant: Variant) -> Texts:
    pairs = [
        (name, variant["values"].get(name, value))
        for name, value in _parse_pairs(request, variant["parts"], plus=variant["plus"])
        if name != "Signature" and name not in variant["without"] and (value or variant["empty"])
    ]
    if variant["order"] is not None:
        pairs.sort(key=_ORDERS[variant["order"]])
    encode = ENCODERS[variant["encode"]]
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
    for _time in range(variant["outer"]):
        query = rpc.encode(query)
    return {"string_to_sign": f"{variant['method'] or request.method}&{variant['path']}&{query}{variant['tail']}"}


def iterate_mistakes(request: WireRequest) -> Iterator[Mistake]:
    yield make_method_mistake(request)
    yield from _COMMON_MISTAKES
    if "+" in f"{request.query}{_decode_form(request)}":
        yield Mistake("a + of the values came as a blank: percent-encode it as %2B", {"plus": True})
    if request.query and _decode_form(request):
        yield Mistake("the form was left out: parameters of query and form are signed together", {"parts": ("query",)})
        yield Mistake("the query was left out: parameters of query and form are signed together", {"parts": ("form",)})
    given = dict(_parse_pairs(request, _BOTH))
    # Parameters of single tasks come last: they are many, and less likely to be forgotten than those of every call.
    for name in islice(sorted(given, key=lambda name: "." in name), _MOST):
        if name != "Signature":
            cause = f"{name[:80]} is not among what was signed"
            yield Mistake(cause, {"without": frozenset([name])}, omits=True)
    yield from iterate_clock_mistakes("Timestamp", find_timestamp(request), "values")


def find_timestamp(request: WireRequest) -> str:
    return dict(_parse_pairs(request, _BOTH)).get("Timestamp", "")


def _parse_pairs(request: WireRequest, parts: tuple[str, ...], *, plus: bool = False) -> Pairs:
    raw = {"query": request.query, "form": _decode_form(request)}
    encoded = [raw[part].replace("+", "%2B") if plus else raw[part] for part in parts]
    return [pair for each in encoded for pair in _parse_query(each) if pair[0]]


@lru_cache(4)
def _parse_query(raw: str) -> Pairs:
    """Return the decoded pairs. They are cached, since they are read for each mistake: do not change them."""
    return parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")


def _decode_form(request: WireRequest) -> str:
    kind = request.headers.get("Content-Type", "")
    return request.body.decode("utf-8", "replace") if not kind or "x-www-form-urlencoded" in kind.lower() else ""


def _pad_numbers(name: str) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), name)


_ORDERS: Mapping[str, Callable[[tuple[str, str]], tuple[str, ...]]] = {
    "name": lambda pair: pair,
    "folded": lambda pair: (pair[0].lower(),),
    "joined": lambda pair: (f"{pair[0]}={pair[1]}",),
    "numbers": lambda pair: (_pad_numbers(pair[0]),),
}

_COMMON_MISTAKES = (
    Mistake("the key of the HMAC lacks the & behind the secret", {"suffix": ""}),
    Mistake("the secret ends with a line break", {"suffix": "\n&"}),
    Mistake("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Mistake("the parameters are not sorted", {"order": None}),
    Mistake("the parameters are sorted without regard to case", {"order": "folded"}),
    Mistake("the parameters are sorted after they are joined: name=value instead of name", {"order": "joined"}),
    Mistake("the parameters are sorted by their numbers: 2 before 10", {"order": "numbers"}),
    *(Mistake(cause, {"encode": name}) for name, cause in ENCODER_CAUSES.items()),
    Mistake("the joined query is not percent-encoded once more", {"outer": 0}),
    Mistake("the joined query is percent-encoded twice more", {"outer": 2}),
    Mistake("the path is signed as / instead of %2F", {"path": "/"}),
    Mistake("the path is signed as %252F instead of %2F", {"path": "%252F"}),
    Mistake("parameters without a value are left out", {"empty": False}),
    Mistake("what is signed ends with a line break", {"tail": "\n"}),
)

SCHEME = Scheme(
    name="rpc",
    parse_claim=parse_claim,
    build_texts=build_texts,
    list_accepted=lambda _request: (_RIGHT,),
    iterate_mistakes=iterate_mistakes,
    compute_digest=compute_hmac,
    find_timestamp=find_timestamp,
    possible_causes="another slip, or a value that changed after signing",
    signs_body=lambda request: bool(_decode_form(request)),
)
