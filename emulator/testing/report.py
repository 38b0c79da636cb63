"""What a failing test's report says of the emulator: the calls, who decided them, and what nearly matched."""

from collections.abc import Iterator
from typing import Any

from emulator.testing.account import Account
from emulator.testing.control import ControlError

_CALLS, _EXPLAINED = 20, 3  # calls listed, and calls explained


def report(account: Account, since: float) -> str:
    """The journal of the account in short lines, oldest first, and then explanations; never raises ControlError.

    Calls with credentials that nobody has are nobody's: those since `since` (Unix seconds) are listed apart.
    """
    try:
        return "\n".join([*_own(account), *_strangers(account, since)])
    except (ControlError, RuntimeError) as error:
        return f"the journal cannot be had: {error}"


def _own(account: Account) -> Iterator[str]:
    entries = account.journal(limit=_CALLS)
    yield f"account {account.id} at {account.url}: {_counted(len(entries))}"
    yield from map(line, reversed(entries))
    puzzling = [each for each in entries if each["decided_by"]["kind"] in ("default", "gate", "schema")]
    for each in puzzling[:_EXPLAINED]:
        yield from explained(account.entry(each["id"]))


def _strangers(account: Account, since: float) -> Iterator[str]:
    entries = account.journal(account="null", since=since, limit=_CALLS)
    if entries:
        yield "calls with credentials that no account has, from whichever test:"
        yield from map(line, reversed(entries))


def _counted(number: int) -> str:
    if number == 0:
        return "no calls came in"
    return f"the last {number} calls" if number == _CALLS else f"{number} call{'s' * (number > 1)}"


def line(entry: dict[str, Any]) -> str:
    """One call: what was asked about, what came back, who decided."""
    by = entry["decided_by"]
    subjects = [f"{subject.get('suggestion') or ''} {_about(subject)}".strip() for subject in entry["subjects"][:3]]
    parts = [
        f"#{entry['id']}",
        entry["at"][11:23],
        entry["operation"] or f"{entry['method']} {entry['path']}",
        entry["status"] or "no answer",
        entry["code"],
        f"{entry['outcome']} by {by['rule'] or by['kind']}",
        by["name"] and f"({by['name']})",
        *subjects,
        *entry["warnings"],
    ]
    return "  ".join(str(part) for part in parts if part)


def explained(entry: dict[str, Any]) -> Iterator[str]:
    """Why no rule decided a call, or why it was refused before rules were asked."""
    for near in entry.get("near_misses") or ():
        named = " ".join(str(near[key]) for key in ("rule", "name", "source") if near.get(key))
        for failed in near["failed"]:
            wanted = f"{failed['key']} {failed.get('operator') or ''} {failed.get('expected')!r}"
            hint = f" ({failed['hint']})" if failed.get("hint") else ""
            yield f"#{entry['id']} nearly matched {named}: {wanted}, got {failed.get('got')!r}{hint}"
    signature = entry.get("signature")
    if signature and not signature.get("valid"):
        for cause in signature.get("causes") or ():
            yield f"#{entry['id']} signature: {cause}"


def _about(subject: dict[str, Any]) -> str:
    for key in ("url", "text", "filename", "data_id", "sha256"):
        if subject.get(key):
            text = " ".join(str(subject[key]).split())
            return text if len(text) <= 80 else f"{text[:77]}..."
    return str(subject["kind"])
