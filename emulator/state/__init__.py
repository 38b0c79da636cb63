"""The world: everything an operation may touch besides its call."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.config.model import Settings
from emulator.fake.ids import Ids
from emulator.net.egress import Egress
from emulator.resources.budgets import Budgets
from emulator.rules.engine import RuleEngine
from emulator.state.accounts import Account, Accounts
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.events import Events
from emulator.state.journal import Entry, Journal


@dataclass(slots=True)
class State:
    """`budgets` bound what all accounts hold; `events` are told as they happen; `strangers` is the journal of calls
    that name no account of ours; `numbers` count journal entries; `calls` those by provider, operation (None where it
    is none of the provider's), HTTP status and outcome.
    """

    settings: Settings
    budgets: Budgets
    accounts: Accounts
    rule_engine: RuleEngine
    ids: Ids
    egress: Egress
    dispatcher: Dispatcher
    events: Events
    unattributed: Journal
    calls: Counter[tuple[str, str | None, int, str]] = field(default_factory=Counter)
    entry_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def record(self, entry: Entry, account: Account | None, operation: str | None) -> None:
        """Keep a call in the journal of its account, count it and tell of it; `operation` is one of the provider's, or
        None.
        """
        (account.journal if account else self.unattributed).append(entry)
        self.calls[entry.provider, operation, entry.status, entry.outcome] += 1
        self.events.publish(entry)

    def apply_settings(self, settings: Settings) -> None:
        """Live by other settings from now on; those of the accounts are not touched."""
        self.settings = settings
        self.egress.allow(settings.images.allow, private=settings.images.private)
        self.dispatcher.apply_settings(settings.callbacks)
        self.rule_engine.magic_words.thresholds = settings.thresholds
