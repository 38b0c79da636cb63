"""Signature: what a journaled call was signed with, what it should have been signed with, and why the two differ."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from multidict import CIMultiDict

from emulator.masking import mask_secret
from emulator.reports.masking import find_secrets, mask_data
from emulator.signatures.diagnosis import diagnose, find_claim, find_signing_key
from emulator.signatures.diagnosis.scheme import Scheme
from emulator.state import State
from emulator.state.accounts import iterate_secrets
from emulator.state.journal import BODY_LIMIT, HEAD_LIMIT, Entry
from emulator.types import WireRequest


def explain_signature(entry: Entry, state: State) -> dict[str, Any] | None:
    """Return a report on the signature of a call; None for an unsigned call.

    {scheme, key, valid, given, expected, string_to_sign, client_string_to_sign?, first_difference, causes}. `valid` is
    None when it cannot be known. It holds no secret, and signatures masked, since real credentials may have made them.
    """
    request = WireRequest(entry.method, entry.target, CIMultiDict(entry.headers), entry.body)
    found = find_claim(request)
    if found is None:
        return None
    scheme, claim = found
    head = {"scheme": scheme.name, "key": claim.key}
    unknown = {
        "valid": None,
        "given": mask_secret(claim.signature),
        "expected": None,
        "string_to_sign": None,
        "first_difference": None,
    }
    if sum(len(value) for _name, value in entry.headers) >= HEAD_LIMIT:
        return {**head, **unknown, "causes": [f"cut: the journal keeps {HEAD_LIMIT} characters of headers"]}
    if scheme.signs_body(request) and _is_cut(entry):
        causes = [f"cut: the journal keeps {BODY_LIMIT} bytes of a body, and all are signed"]
        return {**head, **unknown, "causes": causes}
    known_secrets = dict(iterate_secrets(state.accounts, scheme.secrets))
    secret = known_secrets.get(claim.key)
    others = [(key, other) for key, other in known_secrets.items() if other and other != secret]
    if secret:
        report = diagnose(scheme, request, claim.signature, secret, others)
    else:
        why = "registered no public key: any signature is good" if secret == "" else "is that of no account"
        text = scheme.build_texts(request, scheme.list_accepted(request)[0])["string_to_sign"]
        owner = find_signing_key(scheme, request, claim.signature, others)
        report = {**unknown, "valid": None if secret == "" else False, "string_to_sign": text}
        report["causes"] = [f"the key {claim.key[:80]!r} {why}", *owner]
    report["causes"] += _explain_timestamp(entry, scheme, request)
    masked = dict(mask_data(find_secrets(entry, signatures=False), report))
    for name in ("given", "expected"):
        masked[name] = masked[name] and mask_secret(masked[name])
    return {**head, **masked}


def _is_cut(entry: Entry) -> bool:
    length = next((value for name, value in entry.headers if name.lower() == "content-length"), "")
    return len(entry.target) >= BODY_LIMIT or (len(entry.body) >= BODY_LIMIT and length != str(len(entry.body)))


def _explain_timestamp(entry: Entry, scheme: Scheme, request: WireRequest) -> Iterator[str]:
    """Yield how far off the timestamp of a call was, if the call was refused for it.

    The code of that error has the word `timestamp` in it.
    """
    given = scheme.find_timestamp(request) if "timestamp" in (entry.code or "").lower() else ""
    if not given:
        return
    moment = _parse_timestamp(given)
    if moment is None:
        yield f"the stamp {given[:80]!r} is none: 2026-01-05T08:00:00Z, or Mon, 05 Jan 2026 08:00:00 GMT in Date"
    else:
        off = entry.at - moment
        yield f"the stamp is {abs(off):.0f} s {'behind' if off > 0 else 'before'} the account's clock; 900 are allowed"


def _parse_timestamp(timestamp: str) -> float | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(timestamp)
        except (ValueError, OverflowError):
            continue
        if moment.tzinfo is not None:
            return moment.timestamp()
    return None
