"""What is kept of a call: what lasts after it, and its entry in the journal."""

from emulator.entries import make_entry
from emulator.refusals import refuse
from emulator.stages import Decided, Performed, Received
from emulator.state import State


async def keep(received: Received, decided: Decided, performed: Performed, state: State) -> Performed:
    """Keep what lasts after a call before it is answered, and return the answer; a refusal if that cannot be kept."""
    spent = decided.decisions.spent if decided.decisions is not None else ()
    if performed.changes or spent:
        try:
            await state.store.commit(received.account or state.accounts.default, performed.changes, spent)
        except Exception as failure:
            return refuse(received, failure, state)
    return performed


def record(received: Received, decided: Decided, performed: Performed, seconds: float, state: State) -> None:
    """Keep a call in the journal, count it, and publish it; it took so many `seconds`."""
    entry = make_entry(received, decided, performed, seconds, state)
    operation = entry.operation if entry.operation in received.provider.operations else None
    state.record(entry, received.account, operation)
