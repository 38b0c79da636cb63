"""sign: compute offline what a client signs, and check a signature that the call already carries."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlsplit

import click
from multidict import CIMultiDict

from emulator.clients import load_clients
from emulator.config.keys import read_if_file
from emulator.signatures import rpc, rsa2
from emulator.signatures.callback import HASHES, compute_checksum
from emulator.signatures.diagnosis import diagnose, load_schemes
from emulator.types import WireRequest


class SignResult(NamedTuple):
    """What `sign` prints about one call.

    texts: The texts by name, in the order in which they are made; the last one is signed.
    signature: The right signature, made over the last text; None where it cannot be made.
    given: The signature that the call carries; None for an unsigned call.
    explanation: What explains why the given signature does not match; empty if it matches.
    """

    texts: Mapping[str, str]
    signature: str | None
    given: str | None
    explanation: Mapping[str, Any] = {}


def _sign(scheme_name: str, request: WireRequest, key: str | None, secret: str) -> SignResult:
    scheme = load_schemes()[scheme_name]
    if scheme.recover_digest is not None:
        secret = _read_private_key(secret)
    claim = scheme.parse_claim(request)
    if claim is None and scheme.header_format and "Authorization" in request.headers:
        raise click.UsageError(f"Authorization is not '{scheme.header_format}'.")
    named_key = claim.key if claim else None
    if scheme_name == "rpc":
        named_key = dict(parse_qsl(f"{request.query}&{os.fsdecode(request.body)}")).get("AccessKeyId")
        if key and not named_key:
            mark = "&" if request.query else "?"
            request = replace(request, target=f"{request.target}{mark}AccessKeyId={rpc.encode(key)}")
    if key and named_key and key != named_key:
        raise click.UsageError(f"The call names the access key {named_key!r}, --key says {key!r}.")
    if claim is None:
        right = scheme.list_accepted(request)[0]
        texts = scheme.build_texts(request, right)
        return SignResult(texts, scheme.make_signature(secret, texts, right), None)
    report = diagnose(scheme, request, claim.signature, secret)
    valid, given, signature = (report.pop(name) for name in ("valid", "given", "expected"))
    texts = {name: report.pop(name) for name in scheme.build_texts(request, scheme.list_accepted(request)[0])}
    return SignResult(texts, signature, given, {} if valid else report)


def _read_private_key(secret: str) -> str:
    """Return the private key that is given, directly or by its file. Raises click.UsageError if it is none."""
    key = read_if_file(Path(secret), secret)
    try:
        rsa2.derive_public_key(key)
    except ValueError:
        raise click.UsageError("--secret is no RSA private key as PEM or base64, nor a file with one.") from None
    return key


def _sign_url(url: SplitResult, key: str | None, secret: str) -> str:
    """Return the URL of an rpc call by GET, completed by the missing common parameters and the signature."""
    given = dict(parse_qsl(url.query, keep_blank_values=True))
    defaults = {
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": secrets.token_hex(16),
        "SignatureVersion": "1.0",
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"AccessKeyId": key} if key else {}),
    }
    parameters = {**defaults, **given}
    parameters["Signature"] = rpc.sign(secret, rpc.build_string_to_sign("GET", parameters.items()))
    query = "&".join(f"{rpc.encode(name)}={rpc.encode(value)}" for name, value in parameters.items())
    return url._replace(path=url.path or "/", query=query).geturl()


def _read_headers(_context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]) -> CIMultiDict[str]:
    headers: CIMultiDict[str] = CIMultiDict()
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name.split() != [name]:
            raise click.BadParameter(f"a header is written 'name: value', and {name.split(' ')[0]!r} is not.")
        headers.add(name, value.strip())
    return headers


def _read_url(_context: click.Context, _parameter: click.Parameter, text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        # Reading an invalid port raises ValueError.
        complete = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        complete = False
    if not complete:
        raise click.BadParameter("a URL is written in full, like 'http://127.0.0.1:8080/?a=b'.")
    return url


class _SignGroup(click.Group):
    """The command with the examples of all providers below its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        lines = ("  " + line for clients in load_clients() for line in clients.sign_examples)
        self.epilog = "\n".join(("\b", "Examples:", *lines))
        super().format_epilog(ctx, formatter)


@click.group("sign", cls=_SignGroup)
def command() -> None:
    """Print what is signed, and the signature.

    Nothing is sent. If what is given carries a signature, it is compared: exit code 1 means it does not match, and what
    explains the difference is told.

    Calls are written as for curl. rpc signs the parameters of query and form together. acs3 signs the headers that
    Authorization lists; without one, host, content-type and x-acs-*. roa signs Accept, Content-MD5, Content-Type, Date,
    x-acs-* and the query, as they are; the body only by its Content-MD5. rsa2 signs the parameters of query and form in
    their charset, with the private key of an application: PEM, base64, or a file. callback is the checksum of a pushed
    result.
    """


_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command(help="The signature of a call written as for curl.")
@click.pass_context
@click.argument("url", callback=_read_url)
@click.option("--secret", required=True, help="Secret of the access key; it is never printed.")
@click.option("--key", help="Id of the access key; rpc adds it as AccessKeyId if the call names none.")
@click.option("--method", help="HTTP method; GET, or POST with --data, unless said otherwise.")
@click.option(
    "-H", "--header", "headers", multiple=True, callback=_read_headers, help="'name: value'; may be repeated."
)
@click.option("--data", help="Body of the call; for rpc a form, signed together with the query.")
@_as_json
@click.option(
    "--signed-url", is_flag=True, help="rpc by GET: add what the call lacks and print its signed URL, for curl."
)
def _call(  # noqa: PLR0913 - one per option
    context: click.Context,
    *,
    url: SplitResult,
    secret: str,
    key: str | None,
    method: str | None,
    headers: CIMultiDict[str],
    data: str | None,
    as_json: bool,
    signed_url: bool,
) -> None:
    scheme_name = str(context.info_name)
    if signed_url:
        if scheme_name != "rpc" or data is not None:
            raise click.UsageError("--signed-url is for rpc calls by GET.")
        click.echo(_sign_url(url, key, secret))
        return
    headers.setdefault("Host", url.netloc.rpartition("@")[2])
    method = method or ("GET" if data is None else "POST")
    target = url._replace(scheme="", netloc="", path=url.path or "/", fragment="").geturl()
    request = WireRequest(method.upper(), target, headers, os.fsencode(data or ""))
    _print_result(scheme_name, _sign(scheme_name, request, key, secret), as_json)


@click.command(help="The checksum of a pushed result.")
@click.option("--uid", required=True, help="Id of the account.")
@click.option("--seed", required=True, help="The seed that the submission gave.")
@click.option(
    "--crypt",
    type=click.Choice(list(HASHES)),
    default="SHA256",
    show_default=True,
    help="What the submission asked for.",
)
@click.option("--data", required=True, help="The form as it was pushed, or its decoded content alone: {...}.")
@_as_json
def _callback(uid: str, seed: str, crypt: str, data: str, as_json: bool) -> None:
    form = {} if data.startswith("{") else dict(parse_qsl(data, keep_blank_values=True))
    content = form.get("content", data)
    texts = {"string_to_sign": f"{uid}{seed}{content}"}
    _print_result(
        "callback", SignResult(texts, compute_checksum(uid, seed, content, crypt), form.get("checksum")), as_json
    )


for _scheme in load_schemes():
    command.add_command(_call, _scheme)
command.add_command(_callback, "callback")


def _print_result(scheme_name: str, result: SignResult, as_json: bool) -> None:
    report: dict[str, Any] = {**result.texts, "signature": result.signature}
    if result.given is not None:
        report |= {"given": result.given, "valid": result.given == result.signature, **result.explanation}
    if as_json:
        click.echo(json.dumps({"scheme": scheme_name} | report, indent=2))
    else:
        texts = {name.replace("_", " "): _format_value(value) for name, value in report.items() if value is not None}
        click.echo("\n\n".join(f"{name}:\n{value}" for name, value in texts.items()))
    if report.get("valid") is False:
        raise click.exceptions.Exit(1)


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    return "\n".join(value) if isinstance(value, list) else str(value)
