"""XML as Alibaba's gateways answer it, and as WeChat pushes it: list items repeat the name of the list, unwrapped."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

_HEAD = "<?xml version='1.0' encoding='UTF-8'?>"
_NOT_NAMED = re.compile(r"[^\w.-]")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: str, body: Mapping[str, Any]) -> str:
    """The body as XML: list items repeat the name of the list, without a wrapper. What no name of an element may hold,
    as one that a rule made up, becomes `_`.
    """
    return f"{_HEAD}<{root}>{''.join(_elements(body, _content))}</{root}>"


def written(body: Mapping[str, Any]) -> str:
    """The body as WeChat pushes it: without declaration, numbers bare and texts in CDATA."""
    return f"<xml>{''.join(_elements(body, _pushed))}</xml>"


def _elements(body: Mapping[str, Any], content: Callable[[str, Any], str]) -> list[str]:
    parts = []
    for key, value in body.items():
        name = _NOT_NAMED.sub("_", key)
        for item in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{content(name, item)}</{name}>")
    return parts


def _content(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value, _content))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = _NOT_XML.sub("\ufffd", str(value))
    if name == "Recommend" and "<" not in text and ">" not in text:
        return f"<![CDATA[{text}]]>"
    return escape(text, {"\r": "&#13;"})


def _pushed(_name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value, _pushed))
    if not isinstance(value, str):
        return escape(str(value))
    return f"<![CDATA[{_NOT_XML.sub(chr(0xFFFD), value).replace(']]>', ']]]]><![CDATA[>')}]]>"
