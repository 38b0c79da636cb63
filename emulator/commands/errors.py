"""errors: every documented code and how to make it happen here."""

import json
from collections import Counter

import click


@click.command("errors")
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="The same list as GET /_emulator/errors.")
def command(provider: str | None, as_json: bool) -> None:
    """List every documented error: status, code, meaning, and the magic word that provokes it."""
    from emulator.atlas import atlas
    from emulator.server import providers

    known = providers()
    if provider is not None and provider not in known:
        raise click.BadParameter(f"{provider!r} is none of {', '.join(known)}", param_hint="PROVIDER")
    items = atlas(known[name] for name in ([provider] if provider else known))
    if as_json:
        print(json.dumps({"items": items, "total": len(items)}, ensure_ascii=False, indent=2))
        return
    width = max(len(item["code"]) for item in items)
    dialects = Counter(provider for provider, _dialect in {(item["provider"], item["dialect"]) for item in items})
    shown = None
    for item in items:
        head = item["provider"] + (f", dialect {item['dialect']}" if dialects[item["provider"]] > 1 else "")
        if head != shown:
            shown = head
            print(f"\n{head}\n{'HTTP':4}  {'code':{width}}  meaning; how to provoke it")
        print(f"{item['status']:4}  {item['code']:{width}}  {item['meaning']}; {item['how']['magic']}")
    print(f"\n{len(items)} codes. A magic word works in a URL, a text or a data id; a rule works everywhere.")
