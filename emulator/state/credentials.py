"""Credentials: what one vendor knows an account by. Each vendor brings a kind of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from emulator.config.provided import ParseKey
from emulator.fake.ids import Ids

C = TypeVar("C")

SecretKind = Literal["access keys", "public keys"]


@dataclass(frozen=True, slots=True, eq=False)
class CredentialKind(Generic[C]):
    """The credentials that one vendor gives to an account.

    name: Their key in the written form of an account. Their schema is `<name>/credentials`.
    default: Those of the default account, in the written form. The first one says in which order kinds are listed.
    make: Make some up, in the written form.
    parse: Read the written form; what `parse` returns is a dataclass.
    list_ids: List the ids among them. Each finds its account, so no two accounts share one.
    rsa_keys: How to parse those that are RSA keys.
    verified_by: What verifies the signatures of calls; None where calls are not signed.
    list_secrets: List the id of each key with the secret that verifies its signatures, empty where any is good.
    """

    name: str
    default: Mapping[str, Any]
    make: Callable[[Ids], dict[str, Any]]
    parse: Callable[[Mapping[str, Any]], C]
    list_ids: Callable[[C], Iterable[str]]
    rsa_keys: Mapping[str, ParseKey] = field(default_factory=dict)
    verified_by: SecretKind | None = None
    list_secrets: Callable[[C], Iterable[tuple[str, str]]] = lambda _credentials: ()


CredentialKinds = Mapping[str, CredentialKind[Any]]


def make_default_form(kinds: CredentialKinds) -> dict[str, Any]:
    """Return the written form of the account that exists without any configuration."""
    return {"name": "default", **{name: kind.default for name, kind in kinds.items()}}


def make_form(name: str, kinds: CredentialKinds, ids: Ids) -> dict[str, Any]:
    """Return the written form of an account with credentials that are made up."""
    return {"name": name, **{each: kind.make(ids) for each, kind in kinds.items()}}
