"""The shape of a signature scheme, as its diagnosis needs it: a table of functions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from emulator.signatures.diagnosis.encodings import BASE64, decode_signature, encode_signature
from emulator.signatures.diagnosis.variants import Mistake, Texts, Variant
from emulator.types import WireRequest


class Claim(NamedTuple):
    """What a call says of its own signature.

    key: The id of the key that it names.
    signature: The signature that it carries, as it is written there.
    """

    key: str
    signature: str


class RecoveredDigest(NamedTuple):
    """What a signature was made over.

    digest: The bytes, as `Scheme.compute_digest` gives them.
    mistake: What the signature alone proves to have been done otherwise.
    """

    digest: bytes
    mistake: Mistake | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """One signature scheme.

    name: As `sign` and the journal call it.
    parse_claim: Read what a call says of its signature; None for a call that is not signed by this scheme.
    build_texts: Make the texts of a variant, in the order in which they are made; the last one is signed.
    list_accepted: List the variants that the gateway accepts, the right one first.
    iterate_mistakes: Yield the mistakes of clients that are possible with this request.
    compute_digest: Make the signature of a text by secret and variant; where only clients can sign, the digest.
    possible_causes: What may have happened when no mistake fits, as the end of a sentence.
    recover_digest: Find, by key, signature and the right variant, which digest was signed; None when the key did not
        sign. Only for schemes whose signatures can be opened.
    sign: Make the signature with a private key; None when the secret is not a private key.
    find_notes: Yield what is wrong besides the signature.
    find_timestamp: Return the timestamp of a call, as it is written there; empty where there is none to explain.
    signs_body: Return whether the body is signed, so that a body that was cut makes a diagnosis impossible.
    secrets: Which keys of the accounts verify such a signature.
    encoding: How the signature is written.
    header_format: How Authorization is written; empty for a scheme without that header.
    """

    name: str
    parse_claim: Callable[[WireRequest], Claim | None]
    build_texts: Callable[[WireRequest, Variant], Texts]
    list_accepted: Callable[[WireRequest], tuple[Variant, ...]]
    iterate_mistakes: Callable[[WireRequest], Iterable[Mistake]]
    compute_digest: Callable[[str, str, Variant], bytes]
    possible_causes: str
    recover_digest: Callable[[str, bytes, Variant], RecoveredDigest | None] | None = None
    sign: Callable[[str, str, Variant], bytes | None] | None = None
    find_notes: Callable[[WireRequest], Iterable[str]] = lambda _request: ()
    find_timestamp: Callable[[WireRequest], str] = lambda _request: ""
    signs_body: Callable[[WireRequest], bool] = lambda _request: False
    secrets: Literal["access keys", "public keys"] = "access keys"
    encoding: str = BASE64
    header_format: str = ""

    def make_signature(self, secret: str, texts: Texts, variant: Variant) -> str | None:
        """Return the signature over the last of the texts; None where it cannot be made."""
        signature = (self.sign or self.compute_digest)(secret, [*texts.values()][-1], variant)
        return None if signature is None else encode_signature(signature, self.encoding)

    def decode(self, given: str) -> dict[bytes, list[str]]:
        """Return the bytes that a signature may stand for, with what is wrong with how they came."""
        return decode_signature(given, self.encoding, 0 if self.header_format else 1)

    def find_digest(self, secret: str, signature: bytes, right: Variant) -> RecoveredDigest | None:
        """Return what a signature was made over; a signature that cannot be opened stands for itself."""
        if self.recover_digest is None:
            return RecoveredDigest(signature)
        return self.recover_digest(secret, signature, right)
