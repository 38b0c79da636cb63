"""What each scheme signs of a call, and with what."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl

import click
from multidict import CIMultiDict

from emulator.signatures import acs3, roa, rpc, rsa2


class Request(NamedTuple):
    """One call, as the command line tells it."""

    method: str
    url: SplitResult
    headers: CIMultiDict[str]
    data: str
    key: str | None


class Signed(NamedTuple):
    """The texts in the order they are made, the signature over the last, and the one the call carries."""

    texts: dict[str, str]
    signature: str
    given: str | None


def _check_key(request: Request, named: str | None) -> None:
    if request.key and named and request.key != named:
        raise click.UsageError(f"The call names the access key {named!r}, --key says {request.key!r}.")


def _sign_rpc(request: Request, secret: str) -> Signed:
    pairs = [pair for part in (request.url.query, request.data) for pair in parse_qsl(part, keep_blank_values=True)]
    values = dict(pairs)
    _check_key(request, values.get("AccessKeyId"))
    if request.key and "AccessKeyId" not in values:
        pairs.append(("AccessKeyId", request.key))
    text = rpc.string_to_sign(request.method, pairs)
    return Signed({"string_to_sign": text}, rpc.sign(secret, text), values.get("Signature"))


def _sign_acs3(request: Request, secret: str) -> Signed:
    credential, names, given = _authorization(request.headers)
    _check_key(request, credential)
    body_hash = hashlib.sha256(os.fsencode(request.data)).hexdigest()
    url = request.url
    canonical = acs3.canonical_request(request.method, url.path, url.query, request.headers, names, body_hash)
    text = acs3.string_to_sign(canonical)
    return Signed({"canonical_request": canonical, "string_to_sign": text}, acs3.sign(secret, text), given)


def _sign_roa(request: Request, secret: str) -> Signed:
    header = request.headers.get("Authorization")
    authorization = None if header is None else roa.parse(header)
    if header is not None and authorization is None:
        raise click.UsageError("Authorization is not 'acs KEY:SIGNATURE'.")
    _check_key(request, authorization.key if authorization else None)
    given = authorization.signature if authorization else None
    for bare in (True, False):  # clients differ in how they sign an empty value
        path = request.url.path or "/"
        text = roa.string_to_sign(request.method, path, request.url.query, request.headers, bare=bare)
        signature = roa.sign(secret, text)
        if signature == given:
            break
    return Signed({"string_to_sign": text}, signature, given)


def _authorization(headers: CIMultiDict[str]) -> tuple[str | None, tuple[str, ...], str | None]:
    header = headers.get("Authorization")
    if header is None:
        names = {name.lower() for name in headers}
        signed = (name for name in names if name in {"host", "content-type"} or name.startswith("x-acs-"))
        return None, tuple(sorted(signed)), None
    authorization = acs3.parse(header)
    if authorization is None:
        raise click.UsageError(f"Authorization is not '{acs3.SCHEME} Credential=...,SignedHeaders=...,Signature=...'.")
    return authorization


def _sign_rsa2(request: Request, secret: str) -> Signed:
    from emulator.providers.alipay.gateway.wire import parameters, signed_bytes
    from emulator.vocabulary import WireRequest

    key = _private_key(secret)
    found = parameters(WireRequest(request.method, f"/?{request.url.query}", {}, os.fsencode(request.data)))
    for bare in (True, False):  # clients differ in whether they sign an empty value
        text = rsa2.string_to_sign(found, bare=bare)
        signature = rsa2.sign(key, signed_bytes(text, found))
        if signature == found.get("sign"):
            break
    return Signed({"string_to_sign": text}, signature, found.get("sign"))


def _private_key(secret: str) -> str:
    """A private key, given as it is or by the name of a file."""
    with suppress(OSError, ValueError):
        secret = Path(secret).read_text(encoding="ascii")
    try:
        rsa2.public_of(secret)
    except ValueError:
        raise click.UsageError("--secret is no RSA private key as PEM or base64, nor a file with one.") from None
    return secret


SCHEMES: dict[str, Callable[[Request, str], Signed]] = {
    "rpc": _sign_rpc,
    "acs3": _sign_acs3,
    "roa": _sign_roa,
    "rsa2": _sign_rsa2,
}
