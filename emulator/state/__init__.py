"""The state: everything that an operation may use besides its call."""

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
from emulator.state.store import Store


@dataclass(slots=True)
class State:
    """The state of one server.

    settings: The settings of the server. Accounts may have settings of their own.
    budgets: The limits of what all accounts hold together.
    accounts: All accounts.
    rule_engine: Decides calls by rules and magic words.
    ids: Makes ids and random numbers.
    egress: Downloads the pictures of calls.
    dispatcher: Pushes callbacks.
    store: Keeps what calls use up and leave behind.
    events: Where everything that happens is published at once.
    unattributed: The journal of calls whose credentials match no account.
    calls: How many calls there were, by provider, operation, HTTP status and outcome. The operation is None when the
        provider has no operation of that name.
    entry_ids: The ids of journal entries to come.
    """

    settings: Settings
    budgets: Budgets
    accounts: Accounts
    rule_engine: RuleEngine
    ids: Ids
    egress: Egress
    dispatcher: Dispatcher
    store: Store
    events: Events
    unattributed: Journal
    calls: Counter[tuple[str, str | None, int, str]] = field(default_factory=Counter)
    entry_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def record(self, entry: Entry, account: Account | None, operation: str | None) -> None:
        """Keep a call in the journal of its account, count it, and publish it.

        `operation` is an operation of the provider, or None.
        """
        (account.journal if account else self.unattributed).append(entry)
        self.calls[entry.provider, operation, entry.status, entry.outcome] += 1
        self.events.publish(entry)

    def apply_settings(self, settings: Settings) -> None:
        """Use other settings from now on. The settings of accounts do not change."""
        self.settings = settings
        self.egress.allow(settings.images.allow, private=settings.images.private)
        self.dispatcher.apply_settings(settings.callbacks)
        self.rule_engine.magic_words.thresholds = settings.thresholds
