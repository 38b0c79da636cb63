"""Callback checksum: shows a receiver that Alibaba Green sent a callback (callback mechanism, checksum)."""

import hashlib
from collections.abc import Callable, Mapping

from emulator.signatures.sm3 import compute_sm3


def _compute_sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


HASHES: Mapping[str, Callable[[bytes], str]] = {"SHA256": _compute_sha256, "SM3": compute_sm3}  # by crypt type


def compute_checksum(uid: str, seed: str, content: str, crypt_type: str = "SHA256") -> str:
    """Return the hash of uid + seed + content as lower-case hex.

    `content` is the text as it stands in the decoded form. Raises ValueError for a crypt type that is not documented.
    """
    if crypt_type not in HASHES:
        raise ValueError(f"the crypt type is one of {', '.join(HASHES)}, not {crypt_type[:80]!r}")
    return HASHES[crypt_type](f"{uid}{seed}{content}".encode("utf-8", "replace"))
