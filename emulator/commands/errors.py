"""errors: list every documented code, and how to provoke it here."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import click

from emulator.error_types import LANGUAGES


class _Words(NamedTuple):
    """The texts around the errors in the list, in one language.

    head: The title of the column with the meaning.
    remedy: What stands before a remedy.
    mark: What follows a meaning that the documents do not have in this language, so that its wording is ours.
    end: The last line; `{}` stands for the number of codes.
    """

    head: str
    remedy: str
    mark: str
    end: str


_WORDS = {
    "en": _Words(
        "meaning; how to provoke it",
        "",
        "",
        "{} codes. A magic word works in a URL, a text or a data id; a rule works everywhere.",
    ),
    "zh": _Words(
        "含义；如何触发",
        "处理建议：",
        "（*）",
        "共 {} 个错误码。魔法词写在 URL、文本或 data id 里生效；规则处处可用。（*）文档没有中文说明，文字是我们写的。",
    ),
}


@click.command("errors")
@click.argument("provider", required=False)
@click.option("--json", "as_json", is_flag=True, help="The same list as GET /_emulator/errors.")
@click.option(
    "--lang", type=click.Choice(LANGUAGES), help="Language of the meanings.  [default: that of LANG; with --json, en]"
)
def command(provider: str | None, as_json: bool, lang: str | None) -> None:
    """List every documented error: status, code, meaning, and the magic word that provokes it."""
    from emulator.discovery import find_providers
    from emulator.error_list import list_errors

    by_name = find_providers()
    if provider is not None and provider not in by_name:
        raise click.BadParameter(f"{provider!r} is none of {', '.join(by_name)}", param_hint="PROVIDER")
    language = lang or ("en" if as_json else _choose_language(os.environ))
    items = list_errors((by_name[name] for name in ([provider] if provider else by_name)), language)
    if as_json:
        print(json.dumps({"items": items, "total": len(items)}, ensure_ascii=False, indent=2))
        return
    for line in _render_lines(items, _WORDS[language]):
        click.echo(line)


def _choose_language(environment: Mapping[str, str]) -> str:
    """Return the language that the variables of a POSIX system ask for: "zh" for Chinese, "en" for any other."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def _render_lines(items: list[dict[str, Any]], words: _Words) -> Iterable[str]:
    width = max(len(item["code"]) for item in items)
    dialects = Counter(provider for provider, _dialect in {(item["provider"], item["dialect"]) for item in items})
    last_head = None
    for item in items:
        head = item["provider"] + (f", dialect {item['dialect']}" if dialects[item["provider"]] > 1 else "")
        if head != last_head:
            last_head = head
            yield f"\n{head}\n{'HTTP':4}  {'code':{width}}  {words.head}"
        mark = words.mark if item.get("wording") == "ours" else ""
        yield f"{item['status']:4}  {item['code']:{width}}  {item['meaning']}{mark}; {item['how']['magic']}"
        if remedy := item.get("remedy"):
            yield f"{'':{width + 8}}{words.remedy}{remedy}"
    yield "\n" + words.end.format(len(items))
