"""Signature: what a journaled call was signed with, what should have been, and why the two differ."""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from multidict import CIMultiDict

from emulator.explainers import claimed, explained, whose
from emulator.inquiry.masking import secrets, without
from emulator.masking import mask
from emulator.vocabulary import WireRequest
from emulator.world import World
from emulator.world.journal import BODY_LIMIT, HEAD_LIMIT, Entry


def signature(entry: Entry, world: World) -> dict[str, Any] | None:
    """{scheme, key, valid, given, expected, string_to_sign, client_string_to_sign?, first_difference, causes}; None for
    an unsigned call. `valid` is None when it cannot be told. No secret is in it, and of the signatures themselves no
    more than the request shows: real credentials may have made them.
    """
    request = WireRequest(entry.method, entry.target, CIMultiDict(entry.headers), entry.body)
    found = claimed(request)
    if found is None:
        return None
    explainer, claim = found
    head = {"scheme": explainer.scheme, "key": claim.key}
    unknown = {
        "valid": None,
        "given": mask(claim.given),
        "expected": None,
        "string_to_sign": None,
        "first_difference": None,
    }
    if sum(len(value) for _name, value in entry.headers) >= HEAD_LIMIT:
        return {**head, **unknown, "causes": [f"cut: the journal keeps {HEAD_LIMIT} characters of headers"]}
    if explainer.signs_body(request) and _cut(entry):
        causes = [f"cut: the journal keeps {BODY_LIMIT} bytes of a body, and all are signed"]
        return {**head, **unknown, "causes": causes}
    known = dict(explainer.secrets(world))
    secret = known.get(claim.key)
    others = [(key, other) for key, other in known.items() if other and other != secret]
    if secret:
        report = explained(explainer, request, claim.given, secret, others)
    else:
        why = "registered no public key: any signature is good" if secret == "" else "is that of no account"
        text = explainer.texts(request, explainer.rights(request)[0])["string_to_sign"]
        known_by = whose(explainer, request, claim.given, others)
        report = {**unknown, "valid": None if secret == "" else False, "string_to_sign": text}
        report["causes"] = [f"the key {claim.key[:80]!r} {why}", *known_by]
    report["causes"] += _stamped(entry, request)
    told = dict(without(secrets(entry, signatures=False), report))
    for name in ("given", "expected"):
        told[name] = told[name] and mask(told[name])
    return {**head, **told}


def _cut(entry: Entry) -> bool:
    length = next((value for name, value in entry.headers if name.lower() == "content-length"), "")
    return len(entry.target) >= BODY_LIMIT or (len(entry.body) >= BODY_LIMIT and length != str(len(entry.body)))


def _stamped(entry: Entry, request: WireRequest) -> Iterator[str]:
    """How far off a stamp of Alibaba's was that was refused; the code for that has the word in it."""
    if "timestamp" not in (entry.code or "").lower():
        return
    pairs = [pair.partition("=") for pair in request.query.split("&")]
    query = {name: value.replace("%3A", ":") for name, _, value in pairs}
    given = request.headers.get("x-acs-date") or query.get("Timestamp") or request.headers.get("Date", "")
    moment = _moment(given)
    if not given:
        return
    if moment is None:
        yield f"the stamp {given[:80]!r} is none: 2026-01-05T08:00:00Z, or Mon, 05 Jan 2026 08:00:00 GMT in Date"
    else:
        off = entry.at - moment
        yield f"the stamp is {abs(off):.0f} s {'behind' if off > 0 else 'before'} the account's clock; 900 are allowed"


def _moment(stamp: str) -> float | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(stamp)
        except (ValueError, OverflowError):
            continue
        if moment.tzinfo is not None:
            return moment.timestamp()
    return None
