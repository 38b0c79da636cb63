"""Why a signature does not match: one file per scheme, each with the slips that its clients make.

    request -> claim        what the call says of its own signature: key and value
    way     -> texts        what is signed that way; the first way is the right one
    slip    -> way          one thing done otherwise: is the given signature that of a text made so?

A cause is told as such only when signing again with the slip gives the very signature that came. Two slips may come
together, and the signature itself may come in other clothes. When nothing that was tried explains it, that is told, and
no more: a secret is wrong for certain only where another one that is known here gives the signature.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from emulator.discovery import plugins
from emulator.explainers import schemes
from emulator.explainers.clothes import BASE64, worn, written
from emulator.explainers.ways import Slip, Texts, Way, changed, tries, weight
from emulator.vocabulary import WireRequest

if TYPE_CHECKING:
    from emulator.world import World

_SECRETS = 200  # secrets of others that are tried
_SIZES = {20, 32}  # bytes of an HMAC
_SHOWN = 40  # characters of either text at their first difference


def access_keys(world: "World") -> Iterator[tuple[str, str]]:
    """The AccessKeyIds of all accounts with their secrets."""
    for account in world.accounts:
        yield account.aliyun.access_key_id, account.aliyun.access_key_secret
        yield account.aliyun.sts.access_key_id, account.aliyun.sts.access_key_secret


class Claim(NamedTuple):
    """The key a call names and the signature it carries."""

    key: str
    given: str


class Opened(NamedTuple):
    """What a signature was made over, as `seal` gives it, and what that alone proves to have been done otherwise."""

    seal: bytes
    slip: Slip | None = None


@dataclass(frozen=True, slots=True)
class Explainer:
    """One scheme. `texts` are made in order, the last is signed; `rights` are the ways that the gateway accepts.

    `seal` takes secret, text and way, and gives the signature, or where only the client signs, the digest to sign.
    Then `open` tells from key, signature and right way which digest was signed, None when that key did not sign, and
    `sign` makes the signature if the secret is the private key. `slips` may look at the request; `notes` tell what is
    wrong beside the signature; `suspects` what may have happened when no slip fits. `signs_body` tells whether a body
    that was cut makes it impossible to tell. `secrets` are those of all accounts by key, empty where any signature is
    good. `letters` are those of a signature; `form` is how Authorization is written, empty for a scheme without.
    """

    scheme: str
    claim: Callable[[WireRequest], Claim | None]
    texts: Callable[[WireRequest, Way], Texts]
    rights: Callable[[WireRequest], tuple[Way, ...]]
    slips: Callable[[WireRequest], Iterable[Slip]]
    seal: Callable[[str, str, Way], bytes]
    suspects: str
    open: Callable[[str, bytes, Way], Opened | None] | None = None
    sign: Callable[[str, str, Way], bytes | None] | None = None
    notes: Callable[[WireRequest], Iterable[str]] = lambda _request: ()
    signs_body: Callable[[WireRequest], bool] = lambda _request: False
    secrets: "Callable[[World], Iterable[tuple[str, str]]]" = access_keys
    letters: str = BASE64
    form: str = ""

    def signed(self, secret: str, texts: Texts, way: Way) -> str | None:
        """The signature over the last of the texts, where it can be made."""
        signature = (self.sign or self.seal)(secret, _last(texts), way)
        return None if signature is None else written(signature, self.letters)

    def read(self, given: str) -> dict[bytes, list[str]]:
        """The bytes that a signature may stand for, with what is wrong with how they came."""
        return worn(given, self.letters, 0 if self.form else 1)

    def opened(self, secret: str, signature: bytes, right: Way) -> Opened | None:
        """What a signature was made over; one that nobody can open stands for itself."""
        return Opened(signature) if self.open is None else self.open(secret, signature, right)


@cache
def explainers() -> Mapping[str, Explainer]:
    """Every scheme by its name."""
    return {each.scheme: each for each in plugins(schemes.__name__, "EXPLAINER") if isinstance(each, Explainer)}


def claimed(request: WireRequest) -> tuple[Explainer, Claim] | None:
    """The scheme a call is signed by, and what it claims; None for an unsigned one."""
    for explainer in explainers().values():
        claim = explainer.claim(request)
        if claim is not None:
            return explainer, claim
    return None


def explained(
    explainer: Explainer, request: WireRequest, given: str, secret: str, others: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Whether `given` is the signature of a request, and if not, why; `others` are further secrets with whose they are.

    {valid, given, expected, <texts>, client_<texts>?, first_difference, causes}: never a secret.
    """
    case = _Case(explainer, request, given, secret)
    fitting = case.fitting()
    way, texts = case.rights[0] if fitting is None else fitting[:2]
    valid = fitting is not None and not fitting[2]
    report: dict[str, Any] = {"valid": valid, "given": given, "expected": explainer.signed(secret, texts, way), **texts}
    causes, client = ([], {}) if valid else (fitting[2], {}) if fitting else case.causes(others[:_SECRETS])
    first = next(iter(texts))
    report |= {f"client_{name}": text for name, text in client.items() if text != texts[name]}
    report["first_difference"] = first_difference(texts[first], client[first]) if client else None
    report["causes"] = [*causes, *explainer.notes(request)]
    return report


def whose(explainer: Explainer, request: WireRequest, given: str, others: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Which of some secrets made a signature, if any did."""
    ways = [(way, _last(explainer.texts(request, way))) for way in explainer.rights(request)]
    read = explainer.read(given)
    for key, other in islice(others, _SECRETS):
        if explainer.open is not None:
            made = [signature for signature in read if explainer.open(other, signature, ways[0][0])]
        else:
            made = [signature for way, text in ways if (signature := explainer.seal(other, text, way)) in read]
        if made:
            yield from (*read[made[0]], f"wrong secret: it was signed with that of the key {key}")
            return


def first_difference(expected: str, client: str) -> dict[str, Any] | None:
    """Where two texts part, and how either goes on there; None when they do not."""
    if expected == client:
        return None
    pairs = zip(expected, client, strict=False)
    at = next((n for n, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(expected), len(client)))
    return {"at": at, "expected": expected[at : at + _SHOWN], "client": client[at : at + _SHOWN]}


class _Case:
    """A signature under the right secret: `seals` are what it may have been made over, with what that alone proves."""

    def __init__(self, explainer: Explainer, request: WireRequest, given: str, secret: str) -> None:
        self.explainer, self.request, self.given, self.secret = explainer, request, given, secret
        ways = explainer.rights(request)
        self.seals: dict[bytes, list[str]] = {}
        self.done: dict[str, Any] = {}  # otherwise than right, for certain
        self.read = explainer.read(given)
        for signature, told in self.read.items():
            opened = explainer.opened(secret, signature, ways[0])
            if opened is not None:
                self.seals[opened.seal] = [*told, *([opened.slip.cause] if opened.slip else [])]
                self.done |= opened.slip.changes if opened.slip else {}
        self.rights = [(way, explainer.texts(request, way)) for way in ways]

    def fitting(self) -> tuple[Way, Texts, list[str]] | None:
        """The right way and texts that the signature was made over, and what is wrong with the signature itself."""
        for way, texts in self.rights:
            told = self._told(texts, {**way, **self.done})
            if told is not None:
                return way, texts, told
        return None

    def causes(self, others: Sequence[tuple[str, str]]) -> tuple[list[str], Texts]:
        """What explains the signature, with the client's own texts where they are known."""
        opens = self.explainer.open is not None and bool(self.seals)
        owner = [] if opens else list(whose(self.explainer, self.request, self.given, others))
        if owner:
            return owner, {}
        tried = set[bytes]()
        for way, slips in self._tries():
            client = self.explainer.texts(self.request, way)
            tried.add(self.explainer.seal(self.secret, _last(client), way))
            told = self._told(client, way)
            if told is not None:
                return [*told, *(slip.cause for slip in slips)], client
        return self._unexplained(len(tried), len(others)), {}

    def _tries(self) -> Iterator[tuple[Way, tuple[Slip, ...]]]:
        """Ways with one slip or two; each alone is tried on every right way that makes a text of its own."""
        size = weight(self.rights[0][1], self.request.query.count("&") + self.request.body.count(b"&"))
        first, *rest = [way for n, (way, texts) in enumerate(self.rights) if texts not in self._texts(n)]
        for slips in tries(self.explainer.slips(self.request), size) if self.seals else ():
            for way in (first, *rest) if len(slips) == 1 else (first,):
                yield {**changed(way, slips), **self.done}, slips

    def _texts(self, before: int) -> list[Texts]:
        return [texts for _way, texts in self.rights[:before]]

    def _told(self, texts: Texts, way: Way) -> list[str] | None:
        return self.seals.get(self.explainer.seal(self.secret, _last(texts), way))

    def _unexplained(self, tried: int, others: int) -> list[str]:
        """What is certain, and what may be; the secret is another one only perhaps."""
        explainer, sizes = self.explainer, [len(signature) for signature in self.read]
        if not sizes:
            return ["no known slip fits: the signature is neither Base64 nor hexadecimal"]
        beside = f", and {others} other secrets known here" if others else ""
        if explainer.open is None and not _SIZES.intersection(sizes):
            why = f"the signature stands for {sizes[0]} bytes, and an HMAC has 20 by SHA-1 and 32 by SHA-256"
            return [f"no known slip fits: {why}"]
        if explainer.open is None:
            why = f"tried {tried} ways with the secret of this key{beside}; it may be {explainer.suspects}"
            return [f"no known slip fits: {why}, or the secret is another one"]
        if self.seals:
            why = "the key is the right one, for the signature opens with it, so the text that was signed is another"
            told = next(iter(self.seals.values()))
            return [*told, f"no known slip fits: tried {tried} ways; {why}: it may be {explainer.suspects}"]
        why = f"tried to open the signature with the key of this application{beside}, in vain"
        maybe = "that of another key, padded otherwise than PKCS#1 v1.5, or changed on its way"
        return [f"no known slip fits: {why}; it may be {maybe}"]


def _last(texts: Texts) -> str:
    return list(texts.values())[-1]
