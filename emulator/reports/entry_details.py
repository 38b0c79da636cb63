"""Entry details: a journal entry with its request and answer, and everything that explains them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from emulator.lint import LintCheck
from emulator.provider import Provider
from emulator.reports.entry_summary import entry_to_dict
from emulator.reports.lint import find_lint, list_checks
from emulator.reports.masking import find_secrets, mask_data, mask_fields
from emulator.reports.near_misses import find_near_misses
from emulator.reports.signature import explain_signature
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.entry_parameters import decode_body, is_form, parse_parameters
from emulator.state.journal import Entry


async def explain_entry(entry: Entry, state: State, providers: Mapping[str, Provider], lint: bool) -> dict[str, Any]:
    """Return an entry with its request and answer, near misses, signature and callbacks; with `lint`, also findings.

    Secrets are masked; bodies were cut at 64 KiB. The key `rules` says whether rules were asked at all. With `lint`,
    the whole journal of the account is searched, and the findings stand under `etiquette`.
    """
    account = state.accounts.find(entry.account) if entry.account else None
    described, signature = await asyncio.to_thread(
        lambda: (_to_dict_with_bodies(entry), explain_signature(entry, state))
    )
    missed = await find_near_misses(entry, state)
    return {
        **described,
        "near_misses": await asyncio.to_thread(lambda: mask_data(find_secrets(entry), missed)) if missed else [],
        "signature": signature,
        "callbacks": _list_callback_ids(entry, account, providers[entry.provider]) if account else [],
        **({"etiquette": await _find_entry_lint(entry, account, list_checks(providers.values()))} if lint else {}),
    }


def _to_dict_with_bodies(entry: Entry) -> dict[str, Any]:
    """Return what the entry alone shows. This takes a while, since credentials are looked for in long texts."""
    hidden = find_secrets(entry)
    refused = entry.outcome == "refused"
    return {
        **entry_to_dict(entry),
        "request": {
            "headers": mask_fields(dict(entry.headers)),
            "parameters": mask_fields(dict(parse_parameters(entry))),
            "body": None if is_form(entry) else mask_data(hidden, decode_body(entry)),
        },
        "response": {
            "headers": mask_fields(entry.response_headers),
            "body": mask_data(hidden, entry.response_body.decode("utf-8", "replace")),
        },
        "rules": f"not asked: refused by the {entry.decided_by[0]}" if refused else "asked",
    }


def _list_callback_ids(entry: Entry, account: Account, provider: Provider) -> list[str]:
    """Return the ids of the callbacks that push the tasks named in the answer."""
    tasks = provider.find_task_ids(entry.response_body) if provider.find_task_ids else ()
    found = [account.outbox.find_task(task) for task in dict.fromkeys(tasks)]
    return [callback.id for callback in found if callback is not None]


async def _find_entry_lint(entry: Entry, account: Account | None, checks: Iterable[LintCheck]) -> list[dict[str, Any]]:
    found = await find_lint(account.journal.iterate_newest(), checks) if account else []
    return [finding for finding in found if finding["entry"] == str(entry.id)]
