"""alipay: the keys of the OpenAPI gateway. Clients read its public key and register the key of their application."""

import asyncio
from dataclasses import replace

from emulator.control import ControlRequest, NotFound, Reply, Route
from emulator.providers.alipay.credentials import CREDENTIALS, find_app_id
from emulator.providers.alipay.gateway.keys import get_public_key
from emulator.signatures import rsa2
from emulator.state.accounts import Account
from emulator.state.store import set_credentials
from emulator.types import Problem, Problems

_PEM = "application/x-pem-file"
_MAX_KEY_LENGTH = 16 * 1024  # characters of a key: a key of 16 384 bits has 2800


async def show_public_key(request: ControlRequest) -> Reply:
    """Return the public key of the gateway as PEM, or with `?format=base64` as one line without the frame of PEM."""
    form = request.query.get("format", "pem")
    if form not in ("pem", "base64"):
        raise Problems([Problem("?format", "one of pem, base64", form[:80])])
    pem = await asyncio.to_thread(get_public_key, request.state.settings)
    if form == "pem":
        return Reply(pem.encode(), media_type=_PEM)
    return Reply(rsa2.strip_frame(pem).encode(), media_type="text/plain; charset=us-ascii")


async def register_app_key(request: ControlRequest) -> Reply:
    """Register the public key of an application, whose calls must be signed with its private key from now on.

    With `?sign_type=RSA2` or `?sign_type=RSA` the key is registered for this algorithm alone.
    """
    account = _require_account(request)
    sign_type = request.query.get("sign_type") and request.parse_choice("sign_type", rsa2.SIGN_TYPES)
    path, text = await _read_key(request)
    try:
        pem = await asyncio.to_thread(rsa2.to_pem, text[:_MAX_KEY_LENGTH])
    except ValueError:
        raise Problems([Problem(path, "an RSA public key as PEM or base64", f"{len(text)} characters")]) from None
    return _change_key(account, pem, sign_type)


def delete_app_key(request: ControlRequest) -> Reply:
    """Forget the public key of an application, so that any signature of its calls is good again."""
    return _change_key(_require_account(request), None, None)


def _require_account(request: ControlRequest) -> Account:
    app_id = request.path_values["app_id"]
    account = find_app_id(request.state.accounts, app_id)
    if account is None or not request.is_visible(account.id):
        raise NotFound("no application", app_id)
    return account


def _change_key(account: Account, pem: str | None, sign_type: str | None) -> Reply:
    """Return the application as it will be, and the change that makes it so."""
    changed = replace(account.of(CREDENTIALS), app_public_key=pem, sign_type=sign_type)
    only = {"sign_type": sign_type} if sign_type else {}
    body = {"account": account.id, "app_id": changed.app_id, "public_key": pem, **only}
    return Reply(body, changes=[(account, set_credentials(CREDENTIALS, changed))])


async def _read_key(request: ControlRequest) -> tuple[str, str]:
    """Return the path of the key in the body, and the key: the whole body, or `public_key` of a JSON object."""
    if not request.body.lstrip().startswith(b"{"):
        return "$", request.body.decode("utf-8", "replace")
    form = await request.parse_form("alipay/public_key")
    return "$.public_key", form["public_key"]


ROUTES = (
    Route("GET", "alipay/public-key", show_public_key, ("format",), answers={200: _PEM}, operation_id="alipay_told"),
    Route(
        "PUT",
        "alipay/apps/{app_id}/public-key",
        register_app_key,
        ("sign_type",),
        "alipay/public_key",
        {200: "alipay/AppKey"},
        operation_id="alipay_registered",
    ),
    Route(
        "DELETE",
        "alipay/apps/{app_id}/public-key",
        delete_app_key,
        answers={200: "alipay/AppKey"},
        operation_id="alipay_withdrawn",
    ),
)
