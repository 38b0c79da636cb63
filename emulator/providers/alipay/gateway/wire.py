"""How the OpenAPI gateway speaks: parameters in query and form, one JSON object signed as it is written."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.catalogue import row_of
from emulator.provider import Body
from emulator.providers.alipay.gateway import keys
from emulator.providers.alipay.gateway.errors import BUSINESS, CODES, MESSAGES, METHODS, ROWS, UNKNOWN
from emulator.signatures import rsa2
from emulator.vocabulary import Call, Refusal, WireRequest, WireResponse, Written
from emulator.world import World

# Its answers are text/html, as the real gateway's are: a browser that is led here must find nothing that it could run.
GUARD: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}

_LISTS = frozenset({"data_list", "picture_urls", "link_urls", "audio_urls", "video_urls"})


def decode(request: WireRequest, _world: World) -> Call:
    """Read a call: its parameters are the common ones, what biz_content holds is checked by the method's schema.

    A biz_content that is no JSON stays the text it is, which no schema takes.
    """
    given = rsa2.parameters(request)
    return Call(given.get("method", ""), _content(given.get("biz_content", "{}")), given)


def signed_bytes(text: str, given: Mapping[str, str]) -> bytes:
    """A text as the client had it before its eyes when it signed."""
    return text.encode(rsa2.codec(given.get("charset", "")), "surrogateescape")


def _content(text: str) -> Any:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if not isinstance(content, dict):
        return content
    return {name: _listed(name, value) for name, value in content.items() if value is not None}


def _listed(name: str, value: Any) -> Any:
    """Some clients write a list as JSON inside a text."""
    if name in _LISTS and isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            pass
    return value


def encode(call: Call, body: Body, request_id: str, world: World) -> WireResponse:
    """The answer of a method."""
    return _answer(call, _key(call.operation), {"code": "10000", "msg": MESSAGES["10000"], **body}, request_id, world)


def refuse(_request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, world: World) -> WireResponse:
    """A refusal, with HTTP status 200 as well. What the gateway has no code for is its unknown error. Why it is refused
    is told in the journal alone: callers compare the vendor's texts.
    """
    coined = refusal.written is not None and refusal.written.row is not None
    row = row_of(refusal, ROWS) if coined or refusal.code in ROWS else ROWS[UNKNOWN]
    body = _told(row.code, row.message if refusal.message is None else refusal.message, refusal.written)
    call = call or Call("", {}, {})
    key = _key(call.operation) if call.operation in METHODS else "error_response"
    return _answer(call, key, body, request_id, world)


def _told(name: str, message: str, written: Written | None) -> Body:
    """Code and msg with sub_code and sub_msg behind them; a rule may write out all four, or code and msg alone."""
    form = written.form if written else {}
    if "sub_code" not in form:
        if name.isdecimal():
            return {"code": name, "msg": MESSAGES.get(name, message)}
        form = {}
    code = str(form.get("code", CODES.get(name, BUSINESS)))
    return {"code": code, "msg": form.get("message", MESSAGES.get(code, message)), "sub_code": name, "sub_msg": message}


def _key(method: str) -> str:
    return f"{method.replace('.', '_')}_response"


def _answer(call: Call, key: str, body: Body, request_id: str, world: World) -> WireResponse:
    """The object, written once, and right behind it the signature of those very bytes, by SHA1 where the call came with
    sign_type RSA: clients verify by the kind that they sign with. Who is not known gets none.

    What a caller wrote is repeated here and there: as JSON it may be escaped, and then it is no tag.
    """
    charset = call.common.get("charset", "")
    charset = charset if rsa2.is_charset(charset) else "utf-8"
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    inner = text.replace("<", r"\u003c").replace(">", r"\u003e").encode(rsa2.codec(charset), "replace")
    sign = ""
    if world.settings.quirks["alipay.any_app"] or world.accounts.app_id(call.common.get("app_id", "")):
        kind = "RSA" if call.common.get("sign_type") == "RSA" else "RSA2"
        sign = f',"sign":"{rsa2.sign(keys.private_key(world.settings), inner, kind)}"'
    data = b'{"%b":%b%b}' % (key.encode(), inner, sign.encode())
    headers = {"Content-Type": f"text/html;charset={charset}", **GUARD, "trace_id": request_id}
    return WireResponse(200, headers, data)
