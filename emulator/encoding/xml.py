"""XML as Alibaba's gateways answer it, and as WeChat pushes it."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"
_INVALID_NAME_CHARACTER = re.compile(r"[^\w.-]")
_INVALID_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode_xml(root: str, body: Mapping[str, Any]) -> str:
    """Return the body as XML, in which list items repeat the name of the list, without a wrapper.

    A character that no element name may hold becomes `_`; a rule may have made up such a name.
    """
    return f"{_DECLARATION}<{root}>{''.join(_encode_elements(body, _encode_content))}</{root}>"


def encode_push_xml(body: Mapping[str, Any]) -> str:
    """Return the body as WeChat pushes it: without a declaration, numbers bare and texts in CDATA.

    List items repeat the name of the list, without a wrapper.
    """
    return f"<xml>{''.join(_encode_elements(body, _encode_push_content))}</xml>"


def _encode_elements(body: Mapping[str, Any], encode_content: Callable[[str, Any], str]) -> list[str]:
    parts = []
    for key, value in body.items():
        name = _INVALID_NAME_CHARACTER.sub("_", key)
        for item in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{encode_content(name, item)}</{name}>")
    return parts


def _encode_content(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_encode_elements(value, _encode_content))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _INVALID_CHARACTER.sub("\ufffd", str(value))
    if name == "Recommend" and "<" not in text and ">" not in text:
        return f"<![CDATA[{text}]]>"
    return escape(text, {"\r": "&#13;"})


def _encode_push_content(_name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_encode_elements(value, _encode_push_content))
    if not isinstance(value, str):
        return escape(str(value))
    return f"<![CDATA[{_INVALID_CHARACTER.sub(chr(0xFFFD), value).replace(']]>', ']]]]><![CDATA[>')}]]>"
