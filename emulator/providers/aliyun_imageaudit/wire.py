"""How imageaudit speaks: dotted parameters in query or form, ACS3 headers, JSON or XML back."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from emulator import percent
from emulator.catalogue import draw, row_of
from emulator.gateway import neighbours
from emulator.gateway.answers import error, host, response, throttled
from emulator.gateway.checks import from_headers, is_acs3, is_v3
from emulator.json_text import to_json
from emulator.providers.aliyun_imageaudit.errors import ROWS
from emulator.signatures import rpc
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.xml import document

Pairs = list[tuple[str, str]]

COMMON = frozenset(
    {
        *("Action", "Version", "Format", "RegionId", "AccessKeyId", "SecurityToken", "Timestamp"),
        *("Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "SignatureType", "BearerToken"),
    }
)
LARGEST = 4 * 1024 * 1024  # bytes of a form: ten texts of 10 000 characters, escaped, are one
PRODUCT = "imageaudit"
DEFAULT_HOST = "imageaudit.cn-shanghai.aliyuncs.com"

_LARGE = 64 * 1024  # bytes of parameters
_NUMBERS = {str(number): number for number in range(1, 10_000)}
_LOOKED = 64 * 1024  # bytes of either part in which a format is looked for
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_FORMAT = re.compile(r"[?&]Format=([A-Za-z]*)(?:&|$)")


def pairs(raw: str) -> Pairs:
    """The decoded pairs of a query or form body; a name without `=` has an empty value."""
    if raw.count("&") >= percent.MOST:
        raise Refusal("InvalidParameter.BadRequest", f"There are more than {percent.MOST} parameters.")
    if "+" in raw:
        raw = raw.replace("+", " ")
    found = []
    try:
        for pair in raw.split("&"):
            name, _, value = pair.partition("=")
            if name:
                found.append((_plain(name) if "%" in name else name, _plain(value) if "%" in value else value))
        if not raw.isascii():
            raw.encode()
    except UnicodeError:
        raise Refusal("InvalidParameter.BadRequest", "A parameter is not valid UTF-8.") from None
    return found


def _plain(text: str) -> str:
    """Percent-decoding; most of what clients escape are the marks of times, addresses and signatures."""
    text = text.replace("%3A", ":").replace("%2F", "/").replace("%3D", "=").replace("%2B", "+")
    if "%" not in text:
        return text
    plain = percent.decoded(text.encode())
    if plain is None:
        found = _BAD_ESCAPE.search(text)
        at = f": {found.group()}" if found else ""
        raise Refusal("InvalidParameter.BadRequest", f"A percent sign is not followed by two hexadecimal digits{at}.")
    return plain.decode()


def _all_plain(values: list[str]) -> list[str]:
    """The same for all values of a canonical query, in one go if they hold none but the usual marks."""
    text = "&".join(values)
    if "%" not in text:
        return values
    text = text.replace("%3A", ":").replace("%2F", "/").replace("%3D", "=").replace("%2B", "+")
    return text.split("&") if "%" not in text else [_plain(value) if "%" in value else value for value in values]


def form(request: WireRequest) -> str:
    """The form body as text; another kind of body carries no parameters."""
    if not request.body:
        return ""
    kind = request.headers.get("Content-Type", "")
    if kind and "x-www-form-urlencoded" not in kind.lower():
        return ""
    if len(request.body) > LARGEST:
        raise Refusal(
            "InvalidParameter.BadRequest",
            f"The form has more than {LARGEST} bytes.",
            cause=f"It has {len(request.body)}.",
        )
    try:
        return request.body.decode()
    except UnicodeError:
        raise Refusal("InvalidParameter.BadRequest", "The form body is not valid UTF-8.") from None


def decode(request: WireRequest, world: World) -> Call:
    """Read any of the five forms that clients send (query, form, both, or ACS3 headers)."""
    common, params = parameters(request)
    to_sign = None
    if is_acs3(request) or ("Version" not in common and is_v3(request)):
        common, wanted = from_headers(request), request.headers.get("Accept", "")
    else:
        wanted = common.get("Format", "")
        if len(request.target) + len(request.body) > _LARGE:  # then a thread is at it
            to_sign = string_to_sign(request)
    return Call(common.get("Action", ""), params, common, _format(wanted, world), to_sign=to_sign)


def string_to_sign(request: WireRequest) -> str:
    """What an RPC client should have signed: the pairs of query and form together."""
    body = form(request)
    fast = None if body else rpc.string_to_sign_canonical(request.method, request.query)
    if fast is not None:
        return fast
    return rpc.string_to_sign(request.method, pairs(request.query) + pairs(body))


def parameters(request: WireRequest) -> tuple[dict[str, str], dict[str, Any]]:
    """The common parameters by name, and those of the operation as a structure, from query and form together; none may
    come twice.
    """
    body, query = form(request), request.query
    parts = rpc.canonical(query) if not body else None
    if parts is not None:
        names, values = parts
        return _shape(names).filled(_all_plain(values))
    given = pairs(query) + pairs(body)
    shape = _shape.__wrapped__(tuple([name for name, _value in given]))
    return shape.filled([value for _name, value in given])


class _Shape(NamedTuple):
    """What the names of a call say, before its values are known: by name, and nested, where each value stands."""

    common: tuple[str, ...]
    take_common: rpc.Take
    business: dict[str, Any]

    def filled(self, values: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
        return dict(zip(self.common, self.take_common(values), strict=True)), {
            name: values[inner]
            if isinstance(inner, int)
            else [
                values[item] if isinstance(item, int) else {key: values[at] for key, at in item.items()}
                for item in inner
            ]
            for name, inner in self.business.items()
        }


@lru_cache(256)
def _shape(names: tuple[str, ...]) -> _Shape:
    """Calls come in few shapes, so those of the last ones are kept."""
    if len(set(names)) != len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise Refusal("InvalidParameter.BadRequest", f"{twice[:80]} was sent more than once.")
    business = nested({name: at for at, name in enumerate(names) if name not in COMMON})
    places = [at for at, name in enumerate(names) if name in COMMON]
    return _Shape(tuple([names[at] for at in places]), rpc.taking(places), business)


def _format(wanted: str, world: World) -> str:
    if wanted in ("", "None"):  # None: see gate.answer_format
        return str(world.settings.quirks["imageaudit.default_format"])
    return "XML" if "xml" in wanted.lower() else "JSON"


def nested(business: Mapping[str, Any]) -> dict[str, Any]:
    """`Task.1.ImageURL` becomes params["Task"][0]["ImageURL"]; numbers must count from 1 without gaps."""
    params: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    for name, value in business.items():
        head, dot, tail = name.partition(".")
        if not dot:
            params[name] = value
            continue
        number, inner, key = tail.partition(".")
        at = _NUMBERS.get(number)
        if at is None or "." in key or (inner and not key):
            raise Refusal("InvalidParameter.BadRequest", f"{name[:80]} is not numbered as in {head[:40]}.1.")
        numbered = lists.get(head)
        if numbered is None:
            numbered = lists[head] = {}
        item = numbered.get(at)
        if item is None:
            numbered[at] = {key: value} if key else value
        elif key and isinstance(item, dict):
            item[key] = value
        else:
            raise Refusal("InvalidParameter.BadRequest", f"{head[:40]}.{at} is both a value and a structure.")
    for head, numbered in lists.items():
        if max(numbered) != len(numbered) or head in params:
            raise Refusal("InvalidParameter.BadRequest", f"{head[:40]} is not numbered 1, 2, 3 without gaps.")
        params[head] = [numbered[at] for at in range(1, len(numbered) + 1)]
    return params


def encode(call: Call, body: Mapping[str, Any], request_id: str, world: World) -> WireResponse:
    """The answer of an operation: 200, `Data` and then `RequestId` as the document prints them."""
    return _response(200, f"{call.operation}Response", {**body, "RequestId": request_id}, call.format, world)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, world: World) -> WireResponse:
    """An error in the gateway's form. When the request could not be read, `call` is None."""
    drawn = draw(row_of(refusal, ROWS), refusal)
    status = drawn.status
    if drawn.code == "Throttling" and (refusal.written is None or refusal.written.status is None):
        status = int(world.settings.quirks["imageaudit.throttling_status"])
    version = call.common.get("Version", "") if call else ""
    product = neighbours.product(version, PRODUCT)
    body = error(drawn, host(request, DEFAULT_HOST), product, request_id)
    kind = _format(_wanted(request), world) if call is None else call.format
    return throttled(_response(status, "Error", body, kind, world), drawn.code)


def _wanted(request: WireRequest) -> str:
    """The format that a request asks for which could not be read."""
    if is_acs3(request):
        return request.headers.get("Accept", "")
    asked = _FORMAT.search(f"?{request.query[:_LOOKED]}&{request.body[:_LOOKED].decode('latin-1')}")
    return asked[1] if asked else ""


def _response(status: int, root: str, body: Mapping[str, Any], kind: str, world: World) -> WireResponse:
    data = to_json(body) if kind == "JSON" else document(root, body).encode()
    return response(status, data, kind, body["RequestId"], world)
