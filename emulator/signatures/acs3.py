"""ACS3-HMAC-SHA256: the header signature of Alibaba's V3 gateway."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from emulator.encoding.percent import parse_pairs
from emulator.signatures.rpc import build_canonical_query

SCHEME = "ACS3-HMAC-SHA256"


class Authorization(NamedTuple):
    """The parts of an Authorization header, as sent."""

    credential: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(header: str) -> Authorization | None:
    """Take `ACS3-HMAC-SHA256 Credential=K,SignedHeaders=a;b,Signature=hex` apart; None if it is anything else."""
    scheme, _, rest = header.strip().partition(" ")
    fields = [field.strip().partition("=") for field in rest.split(",")]
    values = {name: value for name, _, value in fields}
    if scheme != SCHEME or len(fields) != 3 or values.keys() != {"Credential", "SignedHeaders", "Signature"}:
        return None
    names = tuple(values["SignedHeaders"].split(";"))
    if not (all(names) and values["Credential"] and values["Signature"]):
        return None
    return Authorization(values["Credential"], names, values["Signature"])


def build_canonical_request(
    method: str,
    raw_path: str,
    raw_query: str,
    headers: Mapping[str, str],
    signed_headers: Iterable[str],
    body_hash: str,
) -> str:
    """Join the parts of a request, as received, into the text whose hash is signed.

    `headers` ignores case; a missing header counts as empty. `body_hash` is lower-case hex SHA-256 of the body.
    """
    names = tuple(signed_headers)
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    query = build_canonical_query(parse_pairs(raw_query, "replace"))
    return "\n".join([method, raw_path or "/", query, lines, ";".join(names), body_hash])


def build_string_to_sign(canonical_request: str) -> str:
    """Return the scheme's name and the hash of a canonical request, each on a line of its own."""
    return f"{SCHEME}\n{hashlib.sha256(_encode(canonical_request)).hexdigest()}"


def sign(secret: str, text: str) -> str:
    """Return the lower-case hex HMAC-SHA256 of a text."""
    return hmac.digest(_encode(secret), _encode(text), "sha256").hex()


def _encode(text: str) -> bytes:
    # Bytes that are not UTF-8, for example in headers, arrive as surrogate escapes. Here they become bytes again.
    return text.encode("utf-8", "surrogateescape")
