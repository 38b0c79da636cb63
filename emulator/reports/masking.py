"""Masking: what of a journaled call may be told."""

from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, quote

from emulator import masking
from emulator.masking import is_secret, mask_secret
from emulator.state.journal import Entry

_MOST = 32  # values that are also looked for where no name stands before them
_SHORTEST = 5  # characters of such a value: shorter ones are words


def parse_parameters(entry: Entry) -> list[tuple[str, str]]:
    """The decoded pairs of the query, then those that the body holds if it is a form."""
    return [
        *_parse_pairs(entry.target.partition("?")[2]),
        *(_parse_pairs(decode_body(entry)) if is_form(entry) else ()),
    ]


def decode_body(entry: Entry) -> str:
    return entry.body.decode("utf-8", "replace")


def is_form(entry: Entry) -> bool:
    """Whether the body is a form, or may be one for all that its headers say."""
    kind = next((value.lower() for name, value in entry.headers if name.lower() == "content-type"), "")
    return bool(entry.body) and ("x-www-form-urlencoded" in kind or (not kind and entry.body[:1] not in b"{["))


def find_secrets(entry: Entry, signatures: bool = True) -> list[str]:
    """The values of a call that are not to be told wherever they are repeated. What a signature is made over may be
    told with it, and the signature too: it opens nothing a second time.
    """
    given = [*_parse_pairs(entry.target.partition("?")[2]), *entry.headers, *_parse_pairs(decode_body(entry))]
    found = [value for name, value in given if is_secret(name) or (signatures and _is_signature(name))]
    if not signatures:
        found = [value for name, value in given if is_secret(name) and name.lower() != "authorization"]
    for text in (entry.target, decode_body(entry), entry.response_body.decode("utf-8", "replace")):
        found += masking.list_secrets(text)
    kept = dict.fromkeys(value for value in found if len(value) >= _SHORTEST)
    return list(islice(kept, _MOST))


def mask_fields(values: Mapping[str, str]) -> dict[str, str]:
    """Parameters or headers: what bears the name of a credential, and what credentials stand in the others; also in
    names, as a body that is no form may be read as one.
    """
    return {
        masking.mask_text(name): mask_secret(value)
        if is_secret(name) or _is_signature(name)
        else masking.mask_text(value)
        for name, value in values.items()
    }


def mask_data(hidden: list[str], data: Any) -> Any:
    """The same with credentials masked in every text, and the hidden values as they stand in a body, in a query, and in
    a string to sign, encoded twice.
    """
    if isinstance(data, str):
        return _mask_text(hidden, masking.mask_text(data))
    if isinstance(data, Mapping):
        return {name: mask_data(hidden, value) for name, value in data.items()}
    return [mask_data(hidden, value) for value in data] if isinstance(data, list) else data


def _is_signature(name: str) -> bool:
    return name.lower() in ("signature", "sign")


def _parse_pairs(raw: str) -> list[tuple[str, str]]:
    return parse_qsl(raw, keep_blank_values=True)


def _mask_text(hidden: list[str], text: str) -> str:
    for secret in hidden:
        once = quote(secret, safe="~", errors="replace")
        for encoded in (quote(once, safe="~"), once, secret):
            text = text.replace(encoded, mask_secret(secret))
    return text
