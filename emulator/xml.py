"""Answers as XML, in the way of Alibaba's gateways: list items repeat the name of the list, without a wrapper."""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

_HEAD = "<?xml version='1.0' encoding='UTF-8'?>"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(root: str, body: Mapping[str, Any]) -> str:
    """The body as XML: list items repeat the name of the list, without a wrapper."""
    return f"{_HEAD}<{root}>{''.join(_elements(body))}</{root}>"


def _elements(body: Mapping[str, Any]) -> list[str]:
    parts = []
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            parts.append(f"<{name}>{_content(name, item)}</{name}>")
    return parts


def _content(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(_elements(value))
    if name == "Recommend":
        return f"<![CDATA[{value}]]>"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return escape(_NOT_XML.sub("\ufffd", str(value)), {"\r": "&#13;"})
