"""Long: an entry with its request and answer, and everything that explains them."""

import asyncio
import re
from typing import Any

from emulator.inquiry.etiquette import lapses
from emulator.inquiry.masking import body, is_form, masked, parameters, secrets, without
from emulator.inquiry.near_misses import near_misses
from emulator.inquiry.short import short
from emulator.inquiry.signature import signature
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.journal import Entry

_TASK = re.compile(rb'"taskId"\s*:\s*"([^"]{1,128})"').findall


async def long(entry: Entry, world: World, etiquette: bool) -> dict[str, Any]:
    """Secrets are masked; bodies were cut at 64 KiB. `rules` tells whether rules were asked at all. With `etiquette`
    the whole journal of the account is looked at.
    """
    account = world.accounts.named(entry.account) if entry.account else None
    told, explained = await asyncio.to_thread(lambda: (_told(entry), signature(entry, world)))
    missed = await near_misses(entry, world)
    return {
        **told,
        "near_misses": await asyncio.to_thread(lambda: without(secrets(entry), missed)) if missed else [],
        "signature": explained,
        "callbacks": _callbacks(entry, account) if account else [],
        **({"etiquette": await _etiquette(entry, account)} if etiquette else {}),
    }


def _told(entry: Entry) -> dict[str, Any]:
    """What can be told by the entry alone. Looking for credentials in long texts takes a while."""
    hidden = secrets(entry)
    refused = entry.outcome == "refused"
    return {
        **short(entry),
        "request": {
            "headers": masked(dict(entry.headers)),
            "parameters": masked(dict(parameters(entry))),
            "body": None if is_form(entry) else without(hidden, body(entry)),
        },
        "response": {
            "headers": masked(entry.response_headers),
            "body": without(hidden, entry.response_body.decode("utf-8", "replace")),
        },
        "rules": f"not asked: refused by the {entry.decided_by[0]}" if refused else "asked",
    }


def _callbacks(entry: Entry, account: Account) -> list[str]:
    """The ids of the callbacks that push the tasks which this answer told of."""
    tasks = dict.fromkeys(task.decode("utf-8", "replace") for task in _TASK(entry.response_body))
    found = [account.outbox.of_task(task) for task in tasks]
    return [callback.id for callback in found if callback is not None]


async def _etiquette(entry: Entry, account: Account | None) -> list[dict[str, Any]]:
    found = await lapses(account.journal.newest_first()) if account else []
    return [lapse for lapse in found if lapse["entry"] == str(entry.id)]
