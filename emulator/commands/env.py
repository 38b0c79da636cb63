"""env: print what clients need to know, as environment variables."""

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import click

from emulator.probe import DEFAULT_URL, NoAnswer, ask

_TIMEOUT = 5.0  # seconds


@click.command("env")
@click.option(
    "--url", envvar="EMULATOR_URL", default=DEFAULT_URL, show_default=True, help="Where the emulator listens."
)
@click.option("--account", metavar="NAME", help="One account of a running emulator: its id, name or a credential.")
@click.option("--token", envvar="MODERATION_EMULATOR_CONTROL__TOKEN", help="What that emulator has as control.token.")
@click.option("--shell", "form", flag_value="shell", help="Lines for eval: export NAME='value'.")
@click.option("--json", "form", flag_value="json", help="One JSON object.")
def command(url: str, account: str | None, token: str | None, form: str | None) -> None:
    """Print the URL and the credentials of an account, as the emulator at that URL tells them.

    Where none answers, they are those that the default account has unless it is configured otherwise. ALIPAY_PUBLIC_KEY
    is then left out: only the emulator knows the key it signs with.

    \b
    eval "$(moderation-emulator env --shell)"
    """
    url = url.rstrip("/")
    try:
        names = build_variables(url, fetch_account(url, "default" if account is None else account, token))
    except click.BadParameter as error:
        if account is not None:
            raise
        click.echo(f"{error.message}; ALIPAY_PUBLIC_KEY is left out, as only the emulator knows it.", err=True)
        names = build_variables(url)
    if form == "json":
        print(json.dumps(names, indent=2))
        return
    for name, value in names.items():
        print(f"export {name}={_quote(value)}" if form == "shell" else f"{name}={value}")


def build_variables(url: str, account: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the variables by name: of an account as an emulator returns it, else of the default account."""
    from emulator.state.credentials import DEFAULT_ACCOUNT

    aliyun, wechat, alipay = ((account or DEFAULT_ACCOUNT)[name] for name in ("aliyun", "wechat", "alipay"))
    names = {
        "EMULATOR_URL": url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": aliyun["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": aliyun["access_key_secret"],
        "ALIYUN_UID": aliyun["uid"],
        "WECHAT_APPID": wechat["appid"],
        "WECHAT_SECRET": wechat["secret"],
        "ALIPAY_PID": alipay["pid"],
        "ALIPAY_APP_ID": alipay["app_id"],
        "ALIPAY_GATEWAY": f"{url}/gateway.do",
    }
    if "gateway_public_key" in alipay:
        names["ALIPAY_PUBLIC_KEY"] = alipay["gateway_public_key"]
    return names


def fetch_account(url: str, name: str, token: str | None) -> dict[str, Any]:
    """Return the account that a running emulator knows by this name.

    Raises click.BadParameter if no emulator answers in time, or if it has no such account.
    """
    try:
        account = ask(url, f"accounts/{quote(name, safe='')}", _TIMEOUT, token).data
    except NoAnswer as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
    if not account.keys() >= {"aliyun", "wechat", "alipay"}:
        raise click.BadParameter(str(account.get("error", "no emulator answers there")), param_hint="--account")
    return account


def _quote(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
