"""The world: everything an operation may touch besides its call."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from emulator.world.accounts import Account, Accounts
from emulator.world.budgets import Budgets
from emulator.world.courier import Courier
from emulator.world.events import Events
from emulator.world.identities import Identities
from emulator.world.journal import Entry, Journal
from emulator.world.outbound import Outbound
from emulator.world.settings import Settings
from emulator.world.verdicts.judge import Judge


@dataclass(slots=True)
class World:
    """`budgets` bound what all accounts hold; `events` are told as they happen; `strangers` is the journal of calls
    that name no account of ours; `numbers` count journal entries; `calls` those by provider, operation (None where it
    is none of the provider's), HTTP status and outcome.
    """

    settings: Settings
    budgets: Budgets
    accounts: Accounts
    judge: Judge
    identities: Identities
    outbound: Outbound
    courier: Courier
    events: Events
    strangers: Journal
    calls: Counter[tuple[str, str | None, int, str]] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def note(self, entry: Entry, account: Account | None, operation: str | None) -> None:
        """Keep a call in the journal of its account, count it and tell of it; `operation` is one of the provider's, or
        None.
        """
        (account.journal if account else self.strangers).note(entry)
        self.calls[entry.provider, operation, entry.status, entry.outcome] += 1
        self.events.tell(entry)

    def change(self, settings: Settings) -> None:
        """Live by other settings from now on; those of the accounts are not touched."""
        self.settings = settings
        self.outbound.permit(settings.images.allow, private=settings.images.private)
        self.courier.change(settings.callbacks)
        self.judge.magic.thresholds = settings.thresholds
