"""Answers as JSON: every value that a rule or a caller puts into an answer can be written."""

import json
from collections.abc import Mapping
from typing import Any

import orjson


def encode_json(body: Mapping[str, Any]) -> bytes:
    """Return the body as compact JSON; invalid Unicode becomes question marks."""
    try:
        return orjson.dumps(body)
    except TypeError:  # half a character, as a signed header may hold; a number beyond 64 bits; 254 levels and more
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
