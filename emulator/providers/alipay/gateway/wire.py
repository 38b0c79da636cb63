"""How the OpenAPI gateway speaks: parameters in query and form, one JSON object signed as it is written."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.error_types import Refusal, WrittenError
from emulator.errors import find_row
from emulator.operation import Body
from emulator.providers.alipay.credentials import find_app_id
from emulator.providers.alipay.gateway import keys
from emulator.providers.alipay.gateway.errors import MESSAGES, METHODS, ROWS, UNKNOWN, choose_code
from emulator.signatures import rsa2
from emulator.state import State
from emulator.types import Call, WireRequest, WireResponse

# The answers are text/html, like those of the real gateway: a browser that is led here must find nothing to run.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}

_LIST_PARAMETERS = frozenset({"data_list", "picture_urls", "link_urls", "audio_urls", "video_urls"})


def decode(request: WireRequest, _state: State) -> Call:
    """Read a call: its parameters are the common ones, and the method's schema checks what biz_content holds.

    A biz_content that is not JSON stays text, which the gate refuses.
    """
    given = rsa2.parse_parameters(request)
    return Call(given.get("method", ""), _parse_content(given.get("biz_content", "{}")), given)


def encode_text(text: str, given: Mapping[str, str]) -> bytes:
    """Return the bytes of a text in the charset that the call names, as the client signed them."""
    return text.encode(rsa2.choose_codec(given.get("charset", "")), "surrogateescape")


def _parse_content(text: str) -> Any:
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if not isinstance(content, dict):
        return content
    return {name: _parse_list(name, value) for name, value in content.items() if value is not None}


def _parse_list(name: str, value: Any) -> Any:
    """Return a parameter; a list that a client wrote as JSON inside a text, as a list."""
    if name in _LIST_PARAMETERS and isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            pass
    return value


def encode(call: Call, body: Body, request_id: str, state: State) -> WireResponse:
    """Return the signed answer of a method."""
    return _encode_signed(
        call, _make_key(call.operation), {"code": "10000", "msg": MESSAGES["10000"], **body}, request_id, state
    )


def refuse(_request: WireRequest, call: Call | None, refusal: Refusal, request_id: str, state: State) -> WireResponse:
    """Return a refusal, also with HTTP status 200; an error that the gateway has no code for is its unknown error.

    Only the journal says why a call is refused, as callers compare the vendor's texts.
    """
    unlisted = refusal.written is not None and refusal.written.row is not None
    row = find_row(refusal, ROWS) if unlisted or refusal.code in ROWS else ROWS[UNKNOWN]
    body = _build_error(row.code, row.message if refusal.message is None else refusal.message, refusal.written)
    call = call or Call("", {}, {})
    key = _make_key(call.operation) if call.operation in METHODS else "error_response"
    return _encode_signed(call, key, body, request_id, state)


def _build_error(sub_code: str, sub_msg: str, written: WrittenError | None) -> Body:
    """Return code, msg, sub_code and sub_msg in this order; a rule may write out all four, or code and msg alone."""
    form = written.form if written else {}
    if "sub_code" not in form:
        if sub_code.isdecimal():
            return {"code": sub_code, "msg": MESSAGES.get(sub_code, sub_msg)}
        form = {}
    code = str(form.get("code", choose_code(sub_code)))
    msg = form.get("message", MESSAGES.get(code, sub_msg))
    return {"code": code, "msg": msg, "sub_code": sub_code, "sub_msg": sub_msg}


def _make_key(method: str) -> str:
    return f"{method.replace('.', '_')}_response"


def _encode_signed(call: Call, key: str, body: Body, request_id: str, state: State) -> WireResponse:
    """Return the object, written once, and right behind it the signature of those very bytes.

    It is signed by SHA1 where the call came with sign_type RSA, as clients verify by the kind that they sign with. For
    an unknown application it is not signed. Angle brackets are escaped, so that a text of the caller which an answer
    repeats cannot be an HTML tag.
    """
    charset = call.common.get("charset", "")
    charset = charset if rsa2.is_charset(charset) else "utf-8"
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    inner = text.replace("<", r"\u003c").replace(">", r"\u003e").encode(rsa2.choose_codec(charset), "replace")
    sign = ""
    if state.settings.quirks["alipay.any_app"] or find_app_id(state.accounts, call.common.get("app_id", "")):
        kind = "RSA" if call.common.get("sign_type") == "RSA" else "RSA2"
        sign = f',"sign":"{rsa2.sign(keys.get_private_key(state.settings), inner, kind)}"'
    data = b'{"%b":%b%b}' % (key.encode(), inner, sign.encode())
    headers = {"Content-Type": f"text/html;charset={charset}", **SECURITY_HEADERS, "trace_id": request_id}
    return WireResponse(200, headers, data)
