r"""Texts that come in `\uXXXX` escapes, as PHP's json_encode and Python's json.dumps write Chinese by default.

Version 1 of msg_sec_check does not decode them, so such a text always passes: several callers found this out, and the
staff's check-list begins with it. Other escapes are decoded. Nothing is known of version 2.
"""

import orjson

from emulator.providers.wechat.versions import is_second
from emulator.state import State
from emulator.types import Call

_PLACEHOLDER = b"\0\0"  # stands for an escaped backslash, as no JSON can hold it
_WARNING = (
    "content came in \\uXXXX escapes, which version 1 does not undo: it was matched as it was sent "
    "(send UTF-8, as with ensure_ascii=False or JSON_UNESCAPED_UNICODE; quirk wechat.unicode_escapes)"
)


def keep_escapes(call: Call, body: bytes, state: State) -> Call:
    """Return the call with its content as version 1 reads it, and a warning where the client meant another text."""
    if is_second(call) or state.settings.quirks["wechat.unicode_escapes"] == "decoded":
        return call
    literal = body.replace(rb"\\", _PLACEHOLDER).replace(rb"\u", rb"\\u").replace(_PLACEHOLDER, rb"\\")
    sent = orjson.loads(literal).get("content")
    if isinstance(sent, str) and sent != call.params.get("content"):
        call.params = {**call.params, "content": sent}
        call.warnings = (_WARNING,)
    return call
