"""Verifies that a callback is genuine, by its checksum, as a receiver should."""

import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from emulator.signatures.callback import HASHES, compute_checksum

__tracebackhide__ = True


def verify_callback(
    uid: str, seed: str, form: Mapping[str, str] | str | bytes, crypt_type: str = "SHA256"
) -> dict[str, Any]:
    """Return the content of a callback whose checksum fits. Raises ValueError with the reason otherwise.

    `uid` is the id of the account; `seed` and `crypt_type` are the seed and the cryptType of the submission. `form` is
    the body as it came, or its decoded fields.
    """
    fields = dict(form) if isinstance(form, Mapping) else _parse_form(form)
    for name in ("checksum", "content"):
        if not isinstance(fields.get(name), str):
            raise ValueError(f"a callback is a form with the fields checksum and content; {name} is missing")
    given, content = fields["checksum"], fields["content"]
    if not _is_equal(given, compute_checksum(uid, seed, content, crypt_type)):
        fitting = [name for name in HASHES if _is_equal(given, compute_checksum(uid, seed, content, name))]
        hint = f"it fits {fitting[0]}" if fitting else "check UID and seed, and that content is decoded once"
        raise ValueError(f"the checksum is not {crypt_type} of uid + seed + content; {hint}")
    try:
        found = json.loads(content)
    except ValueError as error:
        raise ValueError(f"the checksum fits, but content is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError("the checksum fits, but content is no JSON object")
    return found


def _parse_form(body: str | bytes) -> dict[str, str]:
    try:
        text = body.decode() if isinstance(body, bytes) else body
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError(f"a callback is UTF-8; {error}") from None
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field comes twice")
    return dict(pairs)


def _is_equal(given: str, expected: str) -> bool:
    """Compare two checksums in constant time, as a receiver should."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
