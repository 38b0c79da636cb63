"""Entry details: a journal entry with its request and answer, and everything that explains them."""

import asyncio
import re
from typing import Any

from emulator.reports.entry_summary import entry_to_dict
from emulator.reports.lint import find_lint
from emulator.reports.masking import decode_body, find_secrets, is_form, mask_data, mask_fields, parse_parameters
from emulator.reports.near_misses import find_near_misses
from emulator.reports.signature import explain_signature
from emulator.state import State
from emulator.state.accounts import Account
from emulator.state.journal import Entry

_find_task_ids = re.compile(rb'"taskId"\s*:\s*"([^"]{1,128})"').findall


async def explain_entry(entry: Entry, state: State, lint: bool) -> dict[str, Any]:
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
        "callbacks": _list_callback_ids(entry, account) if account else [],
        **({"etiquette": await _find_entry_lint(entry, account)} if lint else {}),
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


def _list_callback_ids(entry: Entry, account: Account) -> list[str]:
    """Return the ids of the callbacks that push the tasks named in the answer."""
    tasks = dict.fromkeys(task.decode("utf-8", "replace") for task in _find_task_ids(entry.response_body))
    found = [account.outbox.find_task(task) for task in tasks]
    return [callback.id for callback in found if callback is not None]


async def _find_entry_lint(entry: Entry, account: Account | None) -> list[dict[str, Any]]:
    found = await find_lint(account.journal.iterate_newest()) if account else []
    return [finding for finding in found if finding["entry"] == str(entry.id)]
