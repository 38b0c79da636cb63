"""Discovery: the providers and faults that there are, and what the providers bring along."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module

from emulator.config.provided import ProvidedSettings
from emulator.faults import Fault
from emulator.plugins import iterate_packages, load_plugins
from emulator.provider import Provider
from emulator.state.credentials import CredentialKinds


def find_providers() -> dict[str, Provider]:
    """Return all providers of the package, by name. A folder without operations is a vendor's, of several services."""
    found = (import_module(name).PROVIDER for name in iterate_packages("emulator.providers", "operations"))
    return {provider.name: provider for provider in found}


def find_faults() -> dict[str, Fault]:
    """Return all faults of the package, by name."""
    return {f.name: f for f in load_plugins("emulator.faults", "FAULT") if isinstance(f, Fault)}


def collect_credential_kinds(providers: Iterable[Provider]) -> CredentialKinds:
    """Return the kinds of credentials that these providers take, by name.

    They are sorted by the name of their first credential, in which order they were always made up: a seed repeats what
    it made up in older versions.
    """
    kinds = {provider.credentials.name: provider.credentials for provider in providers}
    return {kind.name: kind for kind in sorted(kinds.values(), key=lambda kind: next(iter(kind.default), ""))}


def collect_provided_settings(providers: Iterable[Provider]) -> ProvidedSettings:
    """Return what these providers add to the settings."""
    return _collect_provided_settings(tuple(providers))


@lru_cache(8)
def _collect_provided_settings(providers: tuple[Provider, ...]) -> ProvidedSettings:
    return ProvidedSettings(
        quirks={quirk.name: quirk for provider in providers for quirk in provider.quirks},
        operations=tuple(operation for provider in providers for operation in provider.operations),
        limits={provider.name: provider.limits for provider in providers},
        waits={name: wait for provider in providers for name, wait in provider.waits.items()},
        pushing=tuple(provider.name for provider in providers if provider.pushes),
        sections={each.name: each.own_settings for each in providers if each.own_settings is not None},
        credentials={name: kind.rsa_keys for name, kind in collect_credential_kinds(providers).items()},
    )
