"""Builds the application. No other module puts its parts together."""

import time
from collections.abc import Mapping

from emulator import masking, schemas
from emulator.app import App
from emulator.app.accounts import build_accounts
from emulator.app.state_file import build_store
from emulator.config.model import Settings
from emulator.discovery import collect_credential_kinds, find_faults
from emulator.fake.ids import Ids
from emulator.faults import Fault
from emulator.http.control.index import list_fetchable_paths
from emulator.net.egress import Egress
from emulator.provider import Provider
from emulator.resources import budgets
from emulator.resources.budgets import Budget
from emulator.rules.codes import Codes
from emulator.rules.engine import RuleEngine
from emulator.rules.files import Fixtures
from emulator.rules.magic_words import MagicWordReader
from emulator.rules.parse_match import RuleNames
from emulator.state import State
from emulator.state.accounts import Accounts
from emulator.state.callbacks.dispatcher import Dispatcher
from emulator.state.events import Events
from emulator.state.journal import Journal
from emulator.state.store.opened import NOBODY, OpenedState


def build(settings: Settings, providers: Mapping[str, Provider], opened: OpenedState | None = None) -> App:
    """Return the application, with its state in memory, or in a file that is open.

    Raises Problems for bad accounts or fixtures, and for missing schemas; StateUnusable.
    """
    for provider in providers.values():
        schemas.require_schemas(provider.name, provider.operations)
        masking.add_endings(provider.secret_names)
    ids = Ids(settings.seed)
    faults = find_faults()
    room = budgets.make_budgets()
    known = opened.list_known_accounts() if opened else NOBODY
    accounts = build_accounts(settings, collect_credential_kinds(providers.values()), ids, room, known)
    events = Events()
    egress = Egress(settings.callbacks.allow, private=True, connections=(0, 0))
    dispatcher = Dispatcher(settings.callbacks, egress, events, {name: p.paces for name, p in providers.items()})
    codes = Codes({name: provider.errors.table for name, provider in providers.items()})
    rule_engine = _build_rule_engine(settings, providers, codes, faults, ids, room.rules)
    fetchable = list_fetchable_paths(providers.values())
    state = State(
        settings=settings,
        budgets=room,
        accounts=accounts,
        rule_engine=rule_engine,
        ids=ids,
        egress=Egress(settings.images.allow, private=settings.images.private, open_paths=fetchable),
        dispatcher=dispatcher,
        store=build_store(opened, accounts, dispatcher, rule_engine.control),
        events=events,
        unattributed=Journal(settings.journal_size, room.journal),
    )
    rule_names = _build_rule_names(settings, providers, codes, faults, accounts)
    fixtures = Fixtures(settings.fixtures, rule_engine, accounts.default.clock.wall, events.publish)
    fixtures.load(rule_names)
    return App(state, providers, faults, rule_names, fixtures, settings, started=time.time(), opened=opened)


def _build_rule_engine(
    settings: Settings,
    providers: Mapping[str, Provider],
    codes: Codes,
    faults: Mapping[str, Fault],
    ids: Ids,
    budget: Budget,
) -> RuleEngine:
    callback_modes = {name: provider.callback_modes for name, provider in providers.items()}
    reader = MagicWordReader(codes, faults, settings.thresholds, callback_modes)
    return RuleEngine(ids.draw_between, reader, budget)


def _build_rule_names(
    settings: Settings,
    providers: Mapping[str, Provider],
    codes: Codes,
    faults: Mapping[str, Fault],
    accounts: Accounts,
) -> RuleNames:
    return RuleNames(
        operations={name: list(provider.operations) for name, provider in providers.items()},
        codes=codes,
        faults={fault.name: fault.parameters for fault in faults.values()},
        account=lambda name: found.id if (found := accounts.find(name)) else None,
        thresholds=settings.thresholds,
    )
