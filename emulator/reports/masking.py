"""Masking: journaled calls without their secrets."""

from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote

from emulator import masking
from emulator.masking import is_secret, mask_secret
from emulator.state.entry_parameters import decode_body, parse_pairs
from emulator.state.journal import Entry

_MOST = 32  # secret values that are also looked for where no name stands before them
_SHORTEST = 5  # characters of such a value: shorter values may be ordinary words


def find_secrets(entry: Entry, signatures: bool = True) -> list[str]:
    """Return the values of a call that must be masked wherever they are repeated.

    Without `signatures`, the signature and the Authorization header are left out. A report on the signature shows what
    was signed and may show the signature too, since it opens nothing a second time.
    """
    given = [*parse_pairs(entry.target.partition("?")[2]), *entry.headers, *parse_pairs(decode_body(entry))]
    found = [value for name, value in given if is_secret(name) or (signatures and _is_signature(name))]
    if not signatures:
        found = [value for name, value in given if is_secret(name) and name.lower() != "authorization"]
    for text in (entry.target, decode_body(entry), entry.response_body.decode("utf-8", "replace")):
        found += masking.list_secrets(text)
    kept = dict.fromkeys(value for value in found if len(value) >= _SHORTEST)
    return list(islice(kept, _MOST))


def mask_fields(values: Mapping[str, str]) -> dict[str, str]:
    """Return parameters or headers masked: values with the name of a credential, and credentials in other values.

    Names are masked as well: a body that is not a form may have been read as one, so its text may stand in a name.
    """
    return {
        masking.mask_text(name): mask_secret(value)
        if is_secret(name) or _is_signature(name)
        else masking.mask_text(value)
        for name, value in values.items()
    }


def mask_data(hidden: list[str], data: Any) -> Any:
    """Return data with every credential and every hidden value masked in all its texts.

    Hidden values are found as they stand in a body, in a query (encoded), and in a string to sign (encoded twice).
    """
    if isinstance(data, str):
        return _mask_text(hidden, masking.mask_text(data))
    if isinstance(data, Mapping):
        return {name: mask_data(hidden, value) for name, value in data.items()}
    return [mask_data(hidden, value) for value in data] if isinstance(data, list) else data


def _is_signature(name: str) -> bool:
    return name.lower() in ("signature", "sign")


def _mask_text(hidden: list[str], text: str) -> str:
    for secret in hidden:
        once = quote(secret, safe="~", errors="replace")
        for encoded in (quote(once, safe="~"), once, secret):
            text = text.replace(encoded, mask_secret(secret))
    return text
