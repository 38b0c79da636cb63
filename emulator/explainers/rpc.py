"""RPC HMAC-SHA1: what clients of the parameter signature get wrong."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from urllib.parse import parse_qsl, quote, quote_plus

from emulator.explainers import Claim, Explainer, Slip, Texts, Way, mac
from emulator.signatures import rpc
from emulator.vocabulary import WireRequest

Pairs = list[tuple[str, str]]

_BOTH = ("query", "form")
_MOST = 60  # parameters that are left out one by one

_RIGHT: Way = {
    "method": "",
    "path": "%2F",
    "parts": _BOTH,
    "encode": "right",
    "order": "name",
    "outer": True,
    "without": "",
    "empty": True,
    "suffix": "&",
    "digest": "sha1",
}


def claim(request: WireRequest) -> Claim | None:
    given = dict(_pairs(request, ("query", "form")))
    if "Signature" not in given or request.headers.get("Authorization"):
        return None
    return Claim(given.get("AccessKeyId", ""), given["Signature"])


def texts(request: WireRequest, way: Way) -> Texts:
    pairs = [
        (name, value)
        for name, value in _pairs(request, way["parts"])
        if name not in ("Signature", way["without"]) and (value or way["empty"])
    ]
    if way["order"] is not None:
        pairs.sort(key=_ORDERS[way["order"]])
    encode = _ENCODERS[way["encode"]]
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in pairs)
    outer = rpc.encode(query) if way["outer"] else query
    return {"string_to_sign": f"{way['method'] or request.method}&{way['path']}&{outer}"}


def sign(secret: str, text: str, way: Way) -> str:
    return mac(f"{secret}{way['suffix']}", text, way["digest"])


def slips(request: WireRequest) -> Iterator[Slip]:
    other = "GET" if request.method == "POST" else "POST"
    yield Slip(f"signed as {other}, sent as {request.method}", {"method": other})
    yield from _ALWAYS
    if request.query and _form(request):
        yield Slip("the form was left out: parameters of query and form are signed together", {"parts": ("query",)})
        yield Slip("the query was left out: parameters of query and form are signed together", {"parts": ("form",)})
    for name in islice(dict(_pairs(request, _BOTH)), _MOST):
        if name != "Signature":
            yield Slip(f"{name[:80]} is not among what was signed", {"without": name})


def _pairs(request: WireRequest, parts: tuple[str, ...]) -> Pairs:
    raw = {"query": request.query, "form": _form(request)}
    decoded = [parse_qsl(raw[part], keep_blank_values=True, errors="surrogateescape") for part in parts]
    return [pair for pairs in decoded for pair in pairs if pair[0]]


def _form(request: WireRequest) -> str:
    kind = request.headers.get("Content-Type", "")
    return request.body.decode("utf-8", "replace") if not kind or "x-www-form-urlencoded" in kind.lower() else ""


def _safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _like_java(text: str) -> str:
    return quote_plus(_safe(text), safe="*").replace("~", "%7E")


def _lower(text: str) -> str:
    return "".join(part.lower() if at % 2 else part for at, part in enumerate(_escapes(rpc.encode(text))))


def _escapes(text: str) -> Iterator[str]:
    """The text in turns of what is plain and what is an escape."""
    head, *rest = text.split("%")
    yield head
    for part in rest:
        yield f"%{part[:2]}"
        yield part[2:]


_ENCODERS: Mapping[str, Callable[[str], str]] = {
    "right": rpc.encode,
    "plus": lambda text: rpc.encode(text).replace("%20", "+"),
    "java": _like_java,
    "tilde": lambda text: rpc.encode(text).replace("~", "%7E"),
    "star": lambda text: rpc.encode(text).replace("%2A", "*"),
    "slash": lambda text: quote(_safe(text), safe="/~"),
    "lower": _lower,
    "twice": lambda text: rpc.encode(rpc.encode(text)),
    "none": _safe,
}

_ORDERS: Mapping[str, Callable[[tuple[str, str]], tuple[str, ...]]] = {
    "name": lambda pair: pair,
    "folded": lambda pair: (pair[0].lower(),),
}

_ALWAYS = (
    Slip("the key of the HMAC lacks the & behind the secret", {"suffix": ""}),
    Slip("the secret ends with a line break", {"suffix": "\n&"}),
    Slip("the parameters are not sorted", {"order": None}),
    Slip("the parameters are sorted without regard to case", {"order": "folded"}),
    Slip("a blank is signed as + instead of %20", {"encode": "plus"}),
    Slip("encoded as Java's URLEncoder does: + * %7E must become %20 %2A ~", {"encode": "java"}),
    Slip("~ is signed as %7E", {"encode": "tilde"}),
    Slip("* is signed as it is instead of %2A", {"encode": "star"}),
    Slip("/ is signed as it is instead of %2F", {"encode": "slash"}),
    Slip("escapes are in small letters: %3a instead of %3A", {"encode": "lower"}),
    Slip("names and values are percent-encoded twice before they are joined", {"encode": "twice"}),
    Slip("names and values are not percent-encoded before they are joined", {"encode": "none"}),
    Slip("the joined query is not percent-encoded once more", {"outer": False}),
    Slip("the path is signed as / instead of %2F", {"path": "/"}),
    Slip("parameters without a value are left out", {"empty": False}),
    Slip("signed with HMAC-SHA256 instead of HMAC-SHA1", {"digest": "sha256"}),
    Slip("the signature is hexadecimal instead of Base64", {"digest": "hex"}),
)

EXPLAINER = Explainer(
    scheme="rpc",
    claim=claim,
    texts=texts,
    sign=sign,
    rights=(_RIGHT,),
    slips=slips,
    signs_body=lambda request: bool(_form(request)),
)
