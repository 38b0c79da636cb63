"""How imageaudit speaks: dotted parameters in query or form, ACS3 headers, JSON or XML back."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from emulator.encoding import percent
from emulator.error_types import Refusal
from emulator.errors import find_row, render
from emulator.providers.aliyun.gateway import responses, services
from emulator.providers.aliyun.gateway.headers import has_version_header, is_acs3, parse_headers
from emulator.providers.aliyun.imageaudit.errors import ROWS
from emulator.signatures import rpc
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

Pairs = list[tuple[str, str]]

COMMON = frozenset(
    {
        *("Action", "Version", "Format", "RegionId", "AccessKeyId", "SecurityToken", "Timestamp"),
        *("Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce", "SignatureType", "BearerToken"),
    }
)
LARGEST = 4 * 1024 * 1024  # bytes of a form; ten escaped texts of 10 000 characters take 1 MB
PRODUCT = "imageaudit"
DEFAULT_HOST = "imageaudit.cn-shanghai.aliyuncs.com"

_LARGE_BYTES = 64 * 1024  # bytes of parameters
_NUMBERS = {str(number): number for number in range(1, 10_000)}
_SEARCHED_BYTES = 64 * 1024  # bytes of either part in which a format is looked for
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_FORMAT = re.compile(r"[?&]Format=([A-Za-z]*)(?:&|$)")


def parse_pairs(raw: str) -> Pairs:
    """Return the decoded pairs of a query or form body; a name without `=` has an empty value."""
    if raw.count("&") >= percent.MAX_PAIRS:
        raise Refusal("InvalidParameter.BadRequest", f"There are more than {percent.MAX_PAIRS} parameters.")
    if "+" in raw:
        raw = raw.replace("+", " ")
    found = []
    try:
        for pair in raw.split("&"):
            name, _, value = pair.partition("=")
            if name:
                found.append((_unescape(name) if "%" in name else name, _unescape(value) if "%" in value else value))
        if not raw.isascii():
            raw.encode()
    except UnicodeError:
        raise Refusal("InvalidParameter.BadRequest", "A parameter is not valid UTF-8.") from None
    return found


def _unescape(text: str) -> str:
    """Decode percent escapes; most that clients send are the marks of times, addresses and signatures."""
    text = text.replace("%3A", ":").replace("%2F", "/").replace("%3D", "=").replace("%2B", "+")
    if "%" not in text:
        return text
    plain = percent.decode(text.encode())
    if plain is None:
        found = _BAD_ESCAPE.search(text)
        at = f": {found.group()}" if found else ""
        raise Refusal("InvalidParameter.BadRequest", f"A percent sign is not followed by two hexadecimal digits{at}.")
    return plain.decode()


def _unescape_all(values: list[str]) -> list[str]:
    """Decode all values of a canonical query, in one go if no other than the usual marks are escaped."""
    text = "&".join(values)
    if "%" not in text:
        return values
    text = text.replace("%3A", ":").replace("%2F", "/").replace("%3D", "=").replace("%2B", "+")
    return text.split("&") if "%" not in text else [_unescape(value) if "%" in value else value for value in values]


def read_form(request: WireRequest) -> str:
    """Return the form body as text; empty for another kind of body, which carries no parameters."""
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


def decode(request: WireRequest, state: State) -> Call:
    """Read a call in any form that clients send: query, form, both, or with the common parameters in headers."""
    common, params = parse_parameters(request)
    to_sign = None
    if is_acs3(request) or ("Version" not in common and has_version_header(request)):
        common, wanted = parse_headers(request), request.headers.get("Accept", "")
    else:
        wanted = common.get("Format", "")
        if len(request.target) + len(request.body) > _LARGE_BYTES:  # such a call is read in a thread
            to_sign = build_string_to_sign(request)
    return Call(common.get("Action", ""), params, common, _choose_format(wanted, state), to_sign=to_sign)


def build_string_to_sign(request: WireRequest) -> str:
    """Return the text that an RPC client should have signed: the pairs of query and form together."""
    body = read_form(request)
    fast = None if body else rpc.build_canonical_string_to_sign(request.method, request.query)
    if fast is not None:
        return fast
    return rpc.build_string_to_sign(request.method, parse_pairs(request.query) + parse_pairs(body))


def parse_parameters(request: WireRequest) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the common parameters by name, and the operation's as a structure; refuse a repeated parameter."""
    body, query = read_form(request), request.query
    parts = rpc.parse_canonical(query) if not body else None
    if parts is not None:
        names, values = parts
        return _build_shape(names).fill(_unescape_all(values))
    given = parse_pairs(query) + parse_pairs(body)
    shape = _build_shape.__wrapped__(tuple([name for name, _value in given]))
    return shape.fill([value for _name, value in given])


class _Shape(NamedTuple):
    """What the names of a call say before its values are known. `take_common` picks the values of the `common` names
    out of the list of all values; `business` is nested, with positions in that list in the place of values.
    """

    common: tuple[str, ...]
    take_common: rpc.Picker
    business: dict[str, Any]

    def fill(self, values: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
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
def _build_shape(names: tuple[str, ...]) -> _Shape:
    """Build the shape that these names give. Calls come in few shapes, so the last ones are kept."""
    if len(set(names)) != len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise Refusal("InvalidParameter.BadRequest", f"{twice[:80]} was sent more than once.")
    business = nest({name: at for at, name in enumerate(names) if name not in COMMON})
    positions = [at for at, name in enumerate(names) if name in COMMON]
    return _Shape(tuple([names[at] for at in positions]), rpc.make_picker(positions), business)


def _choose_format(wanted: str, state: State) -> str:
    if wanted in ("", "None"):  # None: see gate.require_answer_format
        return str(state.settings.quirks["imageaudit.default_format"])
    return "XML" if "xml" in wanted.lower() else "JSON"


def nest(business: Mapping[str, Any]) -> dict[str, Any]:
    """Nest parameters: `Task.1.ImageURL` becomes params["Task"][0]["ImageURL"]. Numbers count from 1 without gaps."""
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


def encode(call: Call, body: Mapping[str, Any], request_id: str, state: State) -> WireResponse:
    """Return the answer of an operation: HTTP status 200, `Data` and then `RequestId` as the document prints them."""
    return _build_response(200, f"{call.operation}Response", {**body, "RequestId": request_id}, call.format, state)


def refuse(request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    """Return an error in the gateway's form. When the request could not be read, `call` is None."""
    rendered = render(find_row(refusal, ROWS), refusal)
    status = rendered.status
    if rendered.code == "Throttling" and (refusal.written is None or refusal.written.status is None):
        status = int(state.settings.quirks["imageaudit.throttling_status"])
    version = call.common.get("Version", "") if call else ""
    product = services.choose_product(version, PRODUCT)
    body = responses.build_error(rendered, responses.read_host(request, DEFAULT_HOST), product, request_id)
    kind = _choose_format(_guess_format(request), state) if call is None else call.format
    return responses.add_throttle_header(_build_response(status, "Error", body, kind, state), rendered.code)


def _guess_format(request: WireRequest) -> str:
    """Return the format that an unreadable request asks for, as far as it can be found."""
    if is_acs3(request):
        return request.headers.get("Accept", "")
    match = _FORMAT.search(f"?{request.query[:_SEARCHED_BYTES]}&{request.body[:_SEARCHED_BYTES].decode('latin-1')}")
    return match[1] if match else ""


def _build_response(status: int, root: str, body: Mapping[str, Any], kind: str, state: State) -> WireResponse:
    return responses.build_response(status, responses.encode_body(root, body, kind), kind, body["RequestId"], state)
