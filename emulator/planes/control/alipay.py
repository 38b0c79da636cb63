"""alipay: keys of the OpenAPI gateway; clients take its public one from here and bring that of their application."""

import asyncio
from dataclasses import replace

from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.providers.alipay.gateway.keys import public_key
from emulator.schemas import schema
from emulator.signatures import rsa2
from emulator.vocabulary import Problem, Problems
from emulator.world.accounts import Account

_PEM = "application/x-pem-file"
_LONGEST = 16 * 1024  # characters of a key: one of 16 384 bits has 2800


async def told(turn: Turn) -> Reply:
    """The gateway's public key as PEM; with `?format=base64` in one line, without its frame."""
    form = turn.query.get("format", "pem")
    if form not in ("pem", "base64"):
        raise Problems([Problem("?format", "one of pem, base64", form[:80])])
    pem = await asyncio.to_thread(public_key, turn.house.world.settings)
    if form == "pem":
        return Reply(pem.encode(), kind=_PEM)
    return Reply(rsa2.unframed(pem).encode(), kind="text/plain; charset=us-ascii")


async def registered(turn: Turn) -> Reply:
    """Take an application's public key; from now on its calls must be signed with the other half. With
    `?sign_type=RSA2`, or `RSA`, it is registered for that one alone.
    """
    account = _owner(turn)
    sign_type = turn.query.get("sign_type") and turn.chosen("sign_type", rsa2.SIGN_TYPES)
    path, text = await _given(turn)
    try:
        pem = await asyncio.to_thread(rsa2.as_pem, text[:_LONGEST])
    except ValueError:
        raise Problems([Problem(path, "an RSA public key as PEM or base64", f"{len(text)} characters")]) from None
    account.alipay = replace(account.alipay, app_public_key=pem, sign_type=sign_type)
    return _now_has(account)


def withdrawn(turn: Turn) -> Reply:
    """Forget the public key: any signature is good again."""
    account = _owner(turn)
    account.alipay = replace(account.alipay, app_public_key=None, sign_type=None)
    return _now_has(account)


def _owner(turn: Turn) -> Account:
    app_id = turn.names["app_id"]
    account = turn.house.world.accounts.app_id(app_id)
    if account is None or not turn.concerns(account.id):
        raise NotFound(f"no application {app_id[:80]!r}")
    return account


def _now_has(account: Account) -> Reply:
    alipay = account.alipay
    only = {"sign_type": alipay.sign_type} if alipay.sign_type else {}
    return Reply({"account": account.id, "app_id": alipay.app_id, "public_key": alipay.app_public_key, **only})


async def _given(turn: Turn) -> tuple[str, str]:
    """The key and where it stands: the whole body, or `public_key` of a JSON object."""
    if not turn.body.lstrip().startswith(b"{"):
        return "$", turn.body.decode("utf-8", "replace")
    form = await turn.json()
    if problems := schema("emulator/public_key").problems(form):
        raise Problems(problems)
    return "$.public_key", form["public_key"]


ROUTES = (
    Route("GET", "alipay/public-key", told, ("format",), answers={200: _PEM}),
    Route("PUT", "alipay/apps/{app_id}/public-key", registered, ("sign_type",), "public_key", {200: "AppKey"}),
    Route("DELETE", "alipay/apps/{app_id}/public-key", withdrawn, answers={200: "AppKey"}),
)
