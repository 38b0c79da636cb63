"""Settings and accounts as they are without configuration, for states built by hand."""

from collections.abc import Mapping
from typing import Any

from emulator.config.load import load_settings
from emulator.config.provided import ProvidedSettings
from emulator.discovery import collect_credential_kinds, find_providers
from emulator.fake.ids import Ids
from emulator.merge_patch import apply_patch
from emulator.resources import budgets
from emulator.state.accounts import Account, Source, build_account
from emulator.state.credentials import make_default_form, make_form

SETTINGS = load_settings(None, {"journal": {"size": 10}}, {}, ProvidedSettings())
KINDS = collect_credential_kinds(find_providers().values())


def read_account(form: Mapping[str, Any], number: int = 1, source: Source = "config") -> Account:
    """Return the account of a written form, with budgets of its own."""
    return build_account(form, f"acc-{number}", KINDS, SETTINGS, budgets.make_budgets(), source)


def make_default_account(name: str = "default") -> Account:
    return read_account({**make_default_form(KINDS), "name": name})


def make_account(name: str, number: int, **changes: Mapping[str, Any]) -> Account:
    """Return an account with made-up credentials, but for the `changes` of a kind."""
    return read_account(apply_patch(make_form(name, KINDS, Ids(number)), changes), number)
