"""Masking: credentials never leave the journal whole, wherever they came and however they are written."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from emulator.world.journal import Entry

SECRET = frozenset(
    {
        *("signature", "securitytoken", "authorization", "x-acs-security-token"),
        *("access_token", "secret"),
        *("auth_token", "app_auth_token"),
    }
)
# What a signature is made over may be told with it, and the signature too: it opens nothing a second time.
TOKENS = SECRET - {"signature", "authorization"}


def parameters(entry: Entry) -> list[tuple[str, str]]:
    """The decoded pairs of the query, then those that the body holds if it is a form."""
    return [*_pairs(entry.target.partition("?")[2]), *(_pairs(body(entry)) if is_form(entry) else ())]


def body(entry: Entry) -> str:
    return entry.body.decode("utf-8", "replace")


def is_form(entry: Entry) -> bool:
    """Whether the body is a form, or may be one for all that its headers say."""
    kind = next((value.lower() for name, value in entry.headers if name.lower() == "content-type"), "")
    return bool(entry.body) and ("x-www-form-urlencoded" in kind or (not kind and entry.body[:1] not in b"{["))


def secrets(entry: Entry, names: Iterable[str] = SECRET) -> list[str]:
    """The values that are not to be told: of parameters and headers with one of these names."""
    given = [*_pairs(entry.target.partition("?")[2]), *_pairs(body(entry)), *entry.headers]
    given += [*_texts(entry.body), *_texts(entry.response_body)]
    return [value for name, value in given if name.lower() in names and len(value) > 4]


def masked(values: Mapping[str, str]) -> dict[str, str]:
    return {name: _mask(value) if name.lower() in SECRET else value for name, value in values.items()}


def without(hidden: list[str], told: Any) -> Any:
    """The same with secrets masked in every text, as they stand in a body, in a query, and in a string to sign,
    encoded twice.
    """
    if isinstance(told, str):
        return _without(hidden, told)
    if isinstance(told, Mapping):
        return {name: without(hidden, value) for name, value in told.items()}
    return [without(hidden, value) for value in told] if isinstance(told, list) else told


def _pairs(raw: str) -> list[tuple[str, str]]:
    return parse_qsl(raw, keep_blank_values=True)


def _texts(raw: bytes) -> list[tuple[str, str]]:
    """The texts at the top of a JSON object, by their keys; none of any other body."""
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return []
    return [(key, value) for key, value in data.items() if isinstance(value, str)] if isinstance(data, dict) else []


def _mask(secret: str) -> str:
    return f"{secret[: min(4, len(secret) // 2)]}****"


def _without(hidden: list[str], text: str) -> str:
    for secret in hidden:
        once = quote(secret, safe="~", errors="replace")
        for written in (quote(once, safe="~"), once, secret):
            text = text.replace(written, _mask(secret))
    return text
