"""env: what clients need to know, as variables."""

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

DEFAULT_URL = "http://127.0.0.1:8080"


@click.command("env")
@click.option(
    "--url", envvar="EMULATOR_URL", default=DEFAULT_URL, show_default=True, help="Where the emulator listens."
)
@click.option("--account", metavar="NAME", help="One account of a running emulator: its id, name or a credential.")
@click.option("--token", envvar="MODERATION_EMULATOR_CONTROL__TOKEN", help="What that emulator has as control.token.")
@click.option("--shell", "form", flag_value="shell", help="Lines for eval: export NAME='value'.")
@click.option("--json", "form", flag_value="json", help="One JSON object.")
def command(url: str, account: str | None, token: str | None, form: str | None) -> None:
    r"""Print the URL and the credentials of the default account, or of another that a running emulator is asked for.

    ALIPAY_PUBLIC_KEY is the one that emulators of this user sign with, unless they are given another; a running one
    tells its own at /_emulator/alipay/public-key.

    \b
    eval "$(moderation-emulator env --shell)"
    """
    url = url.rstrip("/")
    names = variables(url, asked(url, account, token) if account is not None else None)
    if form == "json":
        print(json.dumps(names, indent=2))
        return
    for name, value in names.items():
        print(f"export {name}={_quoted(value)}" if form == "shell" else f"{name}={value}")


def variables(url: str, account: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The variables by name, of the default account unless another is given."""
    from emulator.world.credentials import DEFAULT_ACCOUNT

    aliyun, wechat, alipay = ((account or DEFAULT_ACCOUNT)[name] for name in ("aliyun", "wechat", "alipay"))
    return {
        "EMULATOR_URL": url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": aliyun["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": aliyun["access_key_secret"],
        "ALIYUN_UID": aliyun["uid"],
        "WECHAT_APPID": wechat["appid"],
        "WECHAT_SECRET": wechat["secret"],
        "ALIPAY_PID": alipay["pid"],
        "ALIPAY_APP_ID": alipay["app_id"],
        "ALIPAY_GATEWAY": f"{url}/gateway.do",
        "ALIPAY_PUBLIC_KEY": alipay.get("gateway_public_key") or _kept(),
    }


def _kept() -> str:
    """The key that emulators of this user sign with."""
    from emulator.providers.alipay.gateway.keys import kept
    from emulator.signatures import rsa2

    return rsa2.unframed(rsa2.public_of(kept()))


def asked(url: str, name: str, token: str | None) -> dict[str, Any]:
    """The account that a running emulator knows by this name."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = Request(f"{url}/_emulator/accounts/{quote(name, safe='')}", headers=headers)  # noqa: S310 - as given
        try:
            answer = build_opener(ProxyHandler({})).open(request, timeout=10)
        except HTTPError as refused:
            answer = refused
        with answer:
            told = dict(json.load(answer))
    except (OSError, ValueError, TypeError, HTTPException) as error:
        raise click.BadParameter(f"no emulator answers at {url}: {error}", param_hint="--url") from None
    if not told.keys() >= {"aliyun", "wechat", "alipay"}:
        raise click.BadParameter(str(told.get("error", "no emulator answers there")), param_hint="--account")
    return told


def _quoted(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
