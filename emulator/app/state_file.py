"""Opens the file of the state that the settings name, and reads what it kept; builds the store that goes with it."""

from collections.abc import Mapping
from pathlib import Path

from emulator.config.model import Settings
from emulator.config.state import MEMORY
from emulator.discovery import collect_kept_types
from emulator.provider import Provider
from emulator.rules.rulebooks import ControlRules
from emulator.state.accounts import Accounts
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.store import Store
from emulator.state.store.change_log import ChangeLog
from emulator.state.store.file import FileStore
from emulator.state.store.kept import Kept
from emulator.state.store.log_file import LogFile
from emulator.state.store.memory import MemoryStore
from emulator.state.store.opened import OpenedState
from emulator.state.store.written import WrittenForm


def open_state(settings: Settings, providers: Mapping[str, Provider]) -> OpenedState | None:
    """Open the file of the settings, which nobody else has from now on; None where the state is in memory.

    Raises StateInUse, or StateUnusable where the file cannot be used.
    """
    if settings.state == MEMORY:
        return None
    file = LogFile(Path(settings.state), full=settings.state_sync == "full")
    try:
        kept = Kept(file.iterate_rows())
    except BaseException:
        file.close()
        raise
    return OpenedState(ChangeLog(file, kept.live), WrittenForm(collect_kept_types(providers.values())), kept)


def build_store(opened: OpenedState | None, accounts: Accounts, dispatcher: Dispatcher, control: ControlRules) -> Store:
    """Return the store of a file that is open; without one, the store in memory."""
    if opened is None:
        return MemoryStore(dispatcher)
    return FileStore(opened.log, opened.form, accounts, dispatcher, control)
