"""Diagnosis: why a signature does not match. Each scheme has a file, with the mistakes that its clients make.

    request -> claim        what the call says of its own signature: key and value
    variant -> texts        what is signed in this variant; the first variant is the right one
    mistake -> variant      one thing done otherwise: is the given signature that of a text made in this variant?

A mistake is reported as the cause only when signing again with the mistake gives the very signature that came. Two
mistakes may come together, and the signature itself may have been encoded otherwise. When no mistake explains the
signature, the report says so and no more. A secret is called wrong only where another known secret gives the signature.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from emulator.plugins import load_plugins
from emulator.signatures.diagnosis import schemes
from emulator.signatures.diagnosis.scheme import Claim, Scheme
from emulator.signatures.diagnosis.variants import (
    Mistake,
    Texts,
    Variant,
    apply_mistakes,
    estimate_cost,
    iterate_combinations,
)
from emulator.types import WireRequest

_SECRETS = 200  # secrets of other keys that are tried
_SIZES = {20, 32}  # bytes of an HMAC
_SHOWN = 40  # characters of each text that are shown at the first difference


@cache
def load_schemes() -> Mapping[str, Scheme]:
    """Return every scheme by its name."""
    return {each.name: each for each in load_plugins(schemes.__name__, "SCHEME") if isinstance(each, Scheme)}


def find_claim(request: WireRequest) -> tuple[Scheme, Claim] | None:
    """Return the scheme that a call is signed by, and its claim; None for an unsigned call."""
    for scheme in load_schemes().values():
        claim = scheme.parse_claim(request)
        if claim is not None:
            return scheme, claim
    return None


def diagnose(
    scheme: Scheme, request: WireRequest, given: str, secret: str, others: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return whether `given` is the signature of a request and, if not, why.

    `others` are further secrets, as pairs of key and secret. The report is {valid, given, expected, <texts>,
    client_<texts>?, first_difference, causes}, and never holds a secret.
    """
    case = _Case(scheme, request, given, secret)
    match = case.find_match()
    variant, texts = case.accepted[0] if match is None else match[:2]
    valid = match is not None and not match[2]
    report: dict[str, Any] = {
        "valid": valid,
        "given": given,
        "expected": scheme.make_signature(secret, texts, variant),
        **texts,
    }
    causes, client = ([], {}) if valid else (match[2], {}) if match else case.find_causes(others[:_SECRETS])
    first = next(iter(texts))
    report |= {f"client_{name}": text for name, text in client.items() if text != texts[name]}
    report["first_difference"] = find_first_difference(texts[first], client[first]) if client else None
    report["causes"] = [*causes, *scheme.find_notes(request)]
    return report


def find_signing_key(
    scheme: Scheme, request: WireRequest, given: str, others: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """Yield which of some secrets made a signature, if any did, after what is wrong with how the signature came."""
    variants = [
        (variant, _pick_last(scheme.build_texts(request, variant))) for variant in scheme.list_accepted(request)
    ]
    decoded = scheme.decode(given)
    for key, other in islice(others, _SECRETS):
        if scheme.recover_digest is not None:
            made = [signature for signature in decoded if scheme.recover_digest(other, signature, variants[0][0])]
        else:
            digests = [scheme.compute_digest(other, text, variant) for variant, text in variants]
            made = [digest for digest in digests if digest in decoded]
        if made:
            yield from (*decoded[made[0]], f"wrong secret: it was signed with that of the key {key}")
            return


def find_first_difference(expected: str, client: str) -> dict[str, Any] | None:
    """Return where two texts part, and how each goes on there; None for equal texts."""
    if expected == client:
        return None
    pairs = zip(expected, client, strict=False)
    at = next((n for n, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(expected), len(client)))
    return {"at": at, "expected": expected[at : at + _SHOWN], "client": client[at : at + _SHOWN]}


class _Case:
    """A signature that came, and the right secret.

    decoded: The bytes that the signature may stand for, with what is wrong with how they came.
    digests: What the signature may have been made over, with the flaws that the signature alone proves.
    proven: How the variant that the client signed differs from the right one, as the signature alone proves.
    accepted: The variants that the gateway accepts, with their texts.
    """

    def __init__(self, scheme: Scheme, request: WireRequest, given: str, secret: str) -> None:
        self.scheme, self.request, self.given, self.secret = scheme, request, given, secret
        variants = scheme.list_accepted(request)
        self.digests: dict[bytes, list[str]] = {}
        self.proven: dict[str, Any] = {}
        self.decoded = scheme.decode(given)
        for signature, flaws in self.decoded.items():
            recovered = scheme.find_digest(secret, signature, variants[0])
            if recovered is not None:
                self.digests[recovered.digest] = [*flaws, *([recovered.mistake.cause] if recovered.mistake else [])]
                self.proven |= recovered.mistake.changes if recovered.mistake else {}
        self.accepted = [(variant, scheme.build_texts(request, variant)) for variant in variants]

    def find_match(self) -> tuple[Variant, Texts, list[str]] | None:
        """Return the accepted variant and its texts that were signed, and what is wrong with the signature itself.

        Return None when no accepted variant was signed.
        """
        for variant, texts in self.accepted:
            flaws = self._find_flaws(texts, {**variant, **self.proven})
            if flaws is not None:
                return variant, texts, flaws
        return None

    def find_causes(self, others: Sequence[tuple[str, str]]) -> tuple[list[str], Texts]:
        """Return what explains the signature, and the client's own texts where they are known."""
        is_recovered = self.scheme.recover_digest is not None and bool(self.digests)
        owner = [] if is_recovered else list(find_signing_key(self.scheme, self.request, self.given, others))
        if owner:
            return owner, {}
        tried = set[bytes]()
        for variant, mistakes in self._iterate_tries():
            client = self.scheme.build_texts(self.request, variant)
            tried.add(self.scheme.compute_digest(self.secret, _pick_last(client), variant))
            flaws = self._find_flaws(client, variant)
            if flaws is not None:
                return [*flaws, *(mistake.cause for mistake in mistakes)], client
        return self._explain_failure(len(tried), len(others)), {}

    def _iterate_tries(self) -> Iterator[tuple[Variant, tuple[Mistake, ...]]]:
        """Yield variants with one mistake or two, and the mistakes.

        A single mistake is tried on every accepted variant whose texts differ from those before; pairs on the first.
        """
        size = estimate_cost(self.accepted[0][1], self.request.query.count("&") + self.request.body.count(b"&"))
        first, *rest = [
            variant for n, (variant, texts) in enumerate(self.accepted) if texts not in self._list_earlier_texts(n)
        ]
        for mistakes in iterate_combinations(self.scheme.iterate_mistakes(self.request), size) if self.digests else ():
            for variant in (first, *rest) if len(mistakes) == 1 else (first,):
                yield {**apply_mistakes(variant, mistakes), **self.proven}, mistakes

    def _list_earlier_texts(self, before: int) -> list[Texts]:
        return [texts for _variant, texts in self.accepted[:before]]

    def _find_flaws(self, texts: Texts, variant: Variant) -> list[str] | None:
        return self.digests.get(self.scheme.compute_digest(self.secret, _pick_last(texts), variant))

    def _explain_failure(self, tried: int, others: int) -> list[str]:
        """Return what is certain when no mistake fits, and what may have happened.

        A wrong secret is only one of the possibilities.
        """
        scheme, sizes = self.scheme, [len(signature) for signature in self.decoded]
        if not sizes:
            return ["no known slip fits: the signature is neither Base64 nor hexadecimal"]
        beside = f", and {others} other secrets known here" if others else ""
        if scheme.recover_digest is None and not _SIZES.intersection(sizes):
            why = f"the signature stands for {sizes[0]} bytes, and an HMAC has 20 by SHA-1 and 32 by SHA-256"
            return [f"no known slip fits: {why}"]
        if scheme.recover_digest is None:
            why = f"tried {tried} ways with the secret of this key{beside}; it may be {scheme.possible_causes}"
            return [f"no known slip fits: {why}, or the secret is another one"]
        if self.digests:
            why = "the key is the right one, for the signature opens with it, so the text that was signed is another"
            flaws = next(iter(self.digests.values()))
            return [*flaws, f"no known slip fits: tried {tried} ways; {why}: it may be {scheme.possible_causes}"]
        why = f"tried to open the signature with the key of this application{beside}, in vain"
        maybe = "that of another key, padded otherwise than PKCS#1 v1.5, or changed on its way"
        return [f"no known slip fits: {why}; it may be {maybe}"]


def _pick_last(texts: Texts) -> str:
    return list(texts.values())[-1]
