"""ROA HMAC-SHA1: the header signature of Alibaba's gateway for calls with a path of their own."""

import base64
import hmac
from collections.abc import Mapping
from typing import NamedTuple

from emulator.encoding.percent import parse_pairs

SCHEME = "acs "


class Authorization(NamedTuple):
    """The parts of an Authorization header, as sent."""

    key: str
    signature: str


def parse_authorization(header: str) -> Authorization | None:
    """Take `acs KEY:SIGNATURE` apart; None if it is anything else."""
    key, colon, signature = header.removeprefix(SCHEME).strip().partition(":")
    if not (header.startswith(SCHEME) and key and colon and signature):
        return None
    return Authorization(key, signature)


def build_string_to_sign(
    method: str, path: str, raw_query: str, headers: Mapping[str, str], *, bare: bool = False
) -> str:
    """Join a request, as received, into the text that is signed.

    `headers` ignores case; a missing header counts as empty. The query is sorted by name and signed decoded. Some SDKs
    sign an empty value as `name=`, others as `name`: with `bare`, it is `name`. The vendor's text shows an empty line
    before the path, which its worked example and all SDKs leave out.
    """
    lines = [method, *(headers.get(name, "") for name in ("Accept", "Content-MD5", "Content-Type", "Date"))]
    own = {name.lower(): value.strip() for name, value in headers.items() if name.lower().startswith("x-acs-")}
    lines += [f"{name}:{own[name]}" for name in sorted(own)]
    found = parse_pairs(raw_query, "surrogateescape")
    signed = [name if bare and not value else f"{name}={value}" for name, value in sorted(found, key=lambda p: p[0])]
    lines.append(f"{path}?{'&'.join(signed)}" if signed else path)
    return "\n".join(lines)


def sign(secret: str, text: str) -> str:
    """Return Base64(HMAC-SHA1(secret, text))."""
    return base64.b64encode(hmac.digest(_encode(secret), _encode(text), "sha1")).decode()


def _encode(text: str) -> bytes:
    # Bytes that are not UTF-8 arrive as surrogate escapes. Here they become bytes again.
    return text.encode("utf-8", "surrogateescape")
