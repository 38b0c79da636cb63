"""journal: the calls, their answers, and what decided each of them."""

import asyncio
from collections.abc import Iterator
from itertools import count, islice

from emulator.app import Conflict
from emulator.control import Listing, NotFound, Reply, Route
from emulator.http.control import UNATTRIBUTED, AppRequest
from emulator.reports import rules_from_entry
from emulator.reports.entry_details import explain_entry
from emulator.reports.entry_summary import to_brief_dict as brief
from emulator.reports.filters import FILTERS, build_filter, parse_flag, parse_number
from emulator.reports.verify import verify
from emulator.resources.turns import take_turns
from emulator.rules.parse import parse_rules
from emulator.state.journal import Entry, Journal, iterate_newest
from emulator.types import Problems

_DEFAULT_LIMIT, _MAX_LIMIT = "100", 1000


async def list_entries(request: AppRequest) -> Reply:
    """List journal entries that match the query, the newest first, at most `limit` of them.

    `total` counts all that match. `after` ends the search early, so `total` is given with it only for `total=true`.
    """
    matches = build_filter(request.query)
    limit = parse_number("limit", request.query.get("limit", _DEFAULT_LIMIT), _MAX_LIMIT)
    after = int(request.query.get("after", -1))
    wants_total = parse_flag("total", request.query.get("total", "false")) or after < 0
    if not request.query.keys() & FILTERS:
        return Reply(
            Listing(map(brief, islice(iterate_entries(request), limit)), sum(map(len, list_journals(request))))
        )
    found: list[Entry] = []
    total = 0
    async for entry in take_turns(iterate_entries(request)):
        if entry.id <= after or not (wants_total or len(found) < limit):
            break
        if matches(entry):
            total += 1
            if total <= limit:
                found.append(entry)
    return Reply(Listing(map(brief, found), total if wants_total else None))


async def show_entry(request: AppRequest) -> Reply:
    """Return one journal entry: request, answer, and what decided."""
    wants_lint = parse_flag("etiquette", request.query.get("etiquette", "false"))
    return Reply(await explain_entry(_require_entry(request), request.state, request.app.providers, wants_lint))


async def derive_rules(request: AppRequest) -> Reply:
    """Return a rule, or a list of rules, by which the same call gets the same answer again.

    The rules are not stored.
    """
    entry, app = _require_entry(request), request.app
    operation = app.providers[entry.provider].operations.get(entry.operation or "")
    try:
        rules = await rules_from_entry.build_rules(entry, operation, app.state)
        await asyncio.to_thread(parse_rules, rules, app.rule_names, map(str, count()), lambda _index: "control")
    except rules_from_entry.Unrepeatable as reason:
        raise Conflict(f"journal entry {entry.id} cannot be repeated: {reason}") from None
    except Problems as wrong:
        raise Conflict(f"no rule can say what journal entry {entry.id} got: {wrong.found[0]}") from None
    return Reply(rules[0] if len(rules) == 1 else rules)


def clear_journals(request: AppRequest) -> Reply:
    """Clear the journal of `?account=`, or all journals."""
    state, name = request.state, request.query.get("account")
    if name == UNATTRIBUTED:
        return Reply({"deleted": state.unattributed.clear()})
    deleted = sum(each.journal.clear() for each in request.list_affected_accounts("cleared the journals of"))
    return Reply({"deleted": deleted + (state.unattributed.clear() if name is None else 0)})


async def verify_calls(request: AppRequest) -> Reply:
    """Check whether the calls came as the body expects, and return the closest calls where they did not.

    The status is 200 also when they did not come: `ok` is then false.
    """
    app = request.app
    form = await request.parse_json()
    return Reply(await verify(form, app.rule_names, list_journals(request), app.state.settings.images.fetch))


def _require_entry(request: AppRequest) -> Entry:
    name = request.path_values["id"]
    entry_id = int(name) if name.isdecimal() and name.isascii() and len(name) < 20 else -1
    entry = next((found for journal in list_journals(request) if (found := journal.find(entry_id))), None)
    if entry is None:
        raise NotFound("no journal entry", name)
    return entry


def iterate_entries(request: AppRequest) -> Iterator[Entry]:
    """Yield the entries of the journals that the request asks for, the newest first."""
    return iterate_newest(list_journals(request))


def list_journals(request: AppRequest) -> list[Journal]:
    """Return the journals that the request asks for with `?account=`; all journals without it.

    `null` asks for the journal of calls whose credentials match no account.
    """
    state = request.state
    if request.query.get("account") == UNATTRIBUTED:
        return [state.unattributed]
    account = request.find_account()
    return [account.journal] if account else [state.unattributed, *(each.journal for each in state.accounts)]


ROUTES = (
    Route(
        "GET",
        "journal",
        list_entries,
        ("limit", "total", *FILTERS),
        answers={200: "Entries"},
        operation_id="journal_listed",
    ),
    Route("DELETE", "journal", clear_journals, answers={200: "Deleted"}, operation_id="journal_clear"),
    Route(
        "POST",
        "journal/verify",
        verify_calls,
        (),
        "rules#verification",
        {200: "Verification"},
        silent=True,
        operation_id="journal_verified",
    ),
    Route("GET", "journal/{id}", show_entry, ("etiquette",), answers={200: "Entry"}, operation_id="journal_one"),
    Route(
        "POST",
        "journal/{id}/rule",
        derive_rules,
        answers={200: "Written", 409: "Error"},
        silent=True,
        operation_id="journal_rule",
    ),
)
