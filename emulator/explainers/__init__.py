"""Why a signature does not match: one file per scheme, each with the slips that its clients make.

    request -> claim        what the call says of its own signature: key and value
    way     -> texts        what is signed that way; the first way is the right one
    slip    -> way          one thing done otherwise: is the given signature that of a text made so?

A cause is told as such only when signing again with the slip gives the very signature that came. Two slips may come
together; when neither one nor two explain the signature, and no other secret known here does, the secret is wrong.
"""

import base64
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from emulator.discovery import plugins
from emulator.vocabulary import WireRequest

if TYPE_CHECKING:
    from emulator.world import World

Way = Mapping[str, Any]
Texts = Mapping[str, str]

_SINGLE, _PAIRED, _SECRETS = 200, 40, 200  # slips tried alone, slips tried in pairs, and secrets of others
_SHOWN = 40  # characters of either text at their first difference
_LONGEST = 20_000  # characters of a text above which slips are tried one at a time only
_SIGNED = 2_000_000  # characters that are signed again in all, for one explanation
_PAIR = 100  # characters that a pair counts for beside its own


def access_keys(world: "World") -> Iterator[tuple[str, str]]:
    """The AccessKeyIds of all accounts with their secrets."""
    for account in world.accounts:
        yield account.aliyun.access_key_id, account.aliyun.access_key_secret
        yield account.aliyun.sts.access_key_id, account.aliyun.sts.access_key_secret


class Claim(NamedTuple):
    """The key a call names and the signature it carries."""

    key: str
    given: str


class Slip(NamedTuple):
    """What a client may do otherwise, and how that changes the way of signing."""

    cause: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explainer:
    """One scheme. `texts` are made in order, the last is signed; `rights` are the ways that the gateway accepts.

    `sign` takes secret, text and way, and gives None where only the client can sign; then `fits` (secret, text, way,
    signature given) tells whether a signature is right. `slips` may look at the request; `notes` tell what is wrong
    beside the signature; `signs_body` whether a body that was cut makes it impossible to tell. `secrets` are those of
    all accounts by key, empty where any signature is good. `form` is how Authorization is written, empty for a scheme
    without.
    """

    scheme: str
    claim: Callable[[WireRequest], Claim | None]
    texts: Callable[[WireRequest, Way], Texts]
    rights: tuple[Way, ...]
    slips: Callable[[WireRequest], Iterable[Slip]]
    sign: Callable[[str, str, Way], str | None]
    fits: Callable[[str, str, Way, str], bool] | None = None
    notes: Callable[[WireRequest], Iterable[str]] = lambda _request: ()
    signs_body: Callable[[WireRequest], bool] = lambda _request: False
    secrets: "Callable[[World], Iterable[tuple[str, str]]]" = access_keys
    form: str = ""

    def signed(self, secret: str, texts: Texts, way: Way) -> str | None:
        """The signature over the last of the texts, where it can be made."""
        return self.sign(secret, list(texts.values())[-1], way)

    def accepts(self, secret: str, texts: Texts, way: Way, given: str) -> bool:
        """Whether `given` is a signature over the last of the texts."""
        if self.fits is not None:
            return self.fits(secret, list(texts.values())[-1], way, given)
        return self.signed(secret, texts, way) == given


@cache
def explainers() -> Mapping[str, Explainer]:
    """Every scheme by its name."""
    return {each.scheme: each for each in plugins(__name__, "EXPLAINER") if isinstance(each, Explainer)}


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
    read = [(way, explainer.texts(request, way)) for way in explainer.rights]
    fitting = next((each for each in read if explainer.accepts(secret, each[1], each[0], given)), None)
    way, texts = fitting or read[0]
    valid = fitting is not None
    report: dict[str, Any] = {"valid": valid, "given": given, "expected": explainer.signed(secret, texts, way), **texts}
    causes, client = ([], {}) if valid else _causes(explainer, request, given, secret, others)
    first = next(iter(texts))
    report |= {f"client_{name}": text for name, text in client.items() if text != texts[name]}
    report["first_difference"] = first_difference(texts[first], client[first]) if client else None
    report["causes"] = [*causes, *explainer.notes(request)]
    return report


def first_difference(expected: str, client: str) -> dict[str, Any] | None:
    """Where two texts part, and how either goes on there; None when they do not."""
    if expected == client:
        return None
    pairs = zip(expected, client, strict=False)
    at = next((n for n, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(expected), len(client)))
    return {"at": at, "expected": expected[at : at + _SHOWN], "client": client[at : at + _SHOWN]}


def mac(key: str, text: str, kind: str) -> str:
    """An HMAC over text: `sha1` and `sha256` in Base64, `hex` is SHA-1 in hexadecimal."""
    name = "sha256" if kind == "sha256" else "sha1"
    digest = hmac.digest(key.encode("utf-8", "surrogateescape"), text.encode("utf-8", "surrogateescape"), name)
    return digest.hex() if kind == "hex" else base64.b64encode(digest).decode()


def _causes(
    explainer: Explainer, request: WireRequest, given: str, secret: str, others: Sequence[tuple[str, str]]
) -> tuple[list[str], Texts]:
    """What explains the signature, with the client's own texts where they are known."""
    read = [(way, explainer.texts(request, way)) for way in explainer.rights]
    for way, texts in read:
        if explainer.accepts(secret, texts, way, given.replace(" ", "+")):
            return ["the + of the signature came as a blank: percent-encode the signature"], {}
        if explainer.accepts(secret, texts, way, unquote(given)):
            return ["the signature was percent-encoded twice"], {}
        for key, other in others[:_SECRETS]:
            if explainer.accepts(other, texts, way, given):
                return [f"wrong secret: it was signed with that of the key {key}"], {}
    way, texts = read[0]
    tried = 0
    size = sum(map(len, texts.values())) + _PAIR * (request.query.count("&") + request.body.count(b"&"))
    for together in _together(list(explainer.slips(request)), size):
        tried += 1
        slipped = {**way, **{name: value for slip in together for name, value in slip.changes.items()}}
        client = explainer.texts(request, slipped)
        if explainer.accepts(secret, client, slipped, given):
            return [slip.cause for slip in together], client
    return [f"wrong secret: none of {tried} other ways to sign with the right one gives this signature"], {}


def _together(slips: list[Slip], size: int) -> Iterator[tuple[Slip, ...]]:
    """Each slip alone, then the usual ones in pairs that do not contradict each other."""
    yield from ((slip,) for slip in slips[: min(_SINGLE, max(1, _SIGNED // (size + 1)))])
    if size > _LONGEST:
        return
    for one, other in combinations(slips[:_PAIRED], 2):
        if not one.changes.keys() & other.changes.keys():
            yield one, other
