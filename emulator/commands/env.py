"""env: what clients need to know, as variables."""

import json
import shlex

import click

DEFAULT_URL = "http://127.0.0.1:8080"


@click.command("env")
@click.option("--url", default=DEFAULT_URL, show_default=True, help="Where the emulator listens.")
@click.option("--shell", "form", flag_value="shell", help="Lines for eval: export NAME='value'.")
@click.option("--json", "form", flag_value="json", help="One JSON object.")
def command(url: str, form: str | None) -> None:
    r"""Print the URL and the credentials of the default account.

    \b
    eval "$(moderation-emulator env --shell)"
    """
    names = variables(url.rstrip("/"))
    if form == "json":
        print(json.dumps(names, indent=2))
        return
    for name, value in names.items():
        print(f"export {name}={_quoted(value)}" if form == "shell" else f"{name}={value}")


def variables(url: str) -> dict[str, str]:
    """The variables by name; nothing is asked of a running server."""
    from emulator.world.credentials import DEFAULT_ACCOUNT

    aliyun, wechat, alipay = (DEFAULT_ACCOUNT[name] for name in ("aliyun", "wechat", "alipay"))
    return {
        "EMULATOR_URL": url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": aliyun["access_key_id"],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": aliyun["access_key_secret"],
        "ALIYUN_UID": aliyun["uid"],
        "WECHAT_APPID": wechat["appid"],
        "WECHAT_SECRET": wechat["secret"],
        "ALIPAY_PID": alipay["pid"],
        "ALIPAY_APP_ID": alipay["app_id"],
    }


def _quoted(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted.startswith("'") else f"'{quoted}'"
