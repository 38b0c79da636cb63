"""Discovery: the providers and faults that there are, and what the providers bring along."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module

from emulator.assets import Package, list_packages
from emulator.config.provided import ProvidedSettings
from emulator.config.schema import list_reserved_names
from emulator.control import PREFIX
from emulator.faults import Fault
from emulator.plugins import iterate_packages, load_plugins
from emulator.provider import Provider
from emulator.state.credentials import CredentialKinds
from emulator.state.store.kept_types import KEPT_TYPES
from emulator.types import Problem, Problems

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def find_providers() -> dict[str, Provider]:
    """Return all providers by name: the emulator's own, then those of installed packages.

    A folder without operations is a vendor's, of several services. Raises Problems for a package that cannot be used.
    """
    found = {provider.name: provider for _name, provider in _iterate_own()}
    for package in list_packages():
        provider = _load_provider(package)
        if problems := [*_find_conflicts(package, provider, found.values())]:
            raise Problems(problems)
        found[provider.name] = provider
    return found


def find_modules() -> dict[str, str]:
    """Return the package of each provider, such as `emulator.providers.acme`, by the provider's name."""
    own = {provider.name: name for name, provider in _iterate_own()}
    return own | {_load_provider(package).name: package.entry_point.module for package in list_packages()}


def _iterate_own() -> Iterator[tuple[str, Provider]]:
    """Yield the emulator's own providers, each with its package."""
    for name in iterate_packages("emulator.providers", "operations"):
        yield name, import_module(name).PROVIDER


def _load_provider(package: Package) -> Provider:
    """Return the provider that a package brings. Raises Problems."""
    try:
        found = package.entry_point.load()
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        raise Problems([package.build_problem("a module that can be imported", message)]) from error
    if not isinstance(found, Provider):
        raise Problems([package.build_problem("a Provider", f"a value of type {type(found).__name__}")])
    return found


def _find_conflicts(package: Package, provider: Provider, others: Iterable[Provider]) -> Iterator[Problem]:
    """Yield a problem for each name that a provider may not have, or that another one has already."""
    for name in dict.fromkeys((provider.name, provider.credentials.name)):
        if not _NAME.fullmatch(name):
            yield package.build_problem("a name of small letters, digits and underscores", repr(name))
        elif name in list_reserved_names():
            yield package.build_problem("a name that the settings do not have", repr(name))
    if PREFIX.strip("/") in provider.wire.path_prefixes:
        yield package.build_problem("a path prefix of its own", f"that of the control API, {PREFIX}")
    taken = {what: (thing, other.name) for other in others for what, thing in _iterate_things(other)}
    for what, thing in _iterate_things(provider):
        if what in taken and taken[what][0] != thing:
            yield package.build_problem(f"{what} to be of one provider", f"that {taken[what][1]} has it too")


def _iterate_things(provider: Provider) -> Iterator[tuple[str, object]]:
    """Yield everything whose name no other provider may have for another thing; those of one vendor may share it."""
    yield f"the name {provider.name}", provider
    for prefix in provider.wire.path_prefixes:
        yield f"the path prefix /{prefix}", provider
    yield f"the credentials {provider.credentials.name}", provider.credentials
    for host in provider.hosts:
        yield f"the host {host}", provider
    for quirk in provider.quirks:
        yield f"the quirk {quirk.name}", quirk
    for name, wait in provider.waits.items():
        yield f"the wait {name}", wait
    for route in provider.control_routes:
        yield f"the endpoint {route.method} {PREFIX}{route.path}", route


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


def collect_kept_types(providers: Iterable[Provider]) -> Mapping[str, type]:
    """Return the types that a state in a file may keep, by the words that they are written under."""
    provided = {f"{each.name}/{word}": kept for each in providers for word, kept in each.kept_types.items()}
    return {**KEPT_TYPES, **provided}


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
