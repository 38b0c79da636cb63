"""The running application, and what can be done to it: one file for each kind of thing that changes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.config.model import Settings
from emulator.config.provided import ProvidedSettings
from emulator.discovery import collect_provided_settings
from emulator.faults import Fault
from emulator.net.certificate import Certificate
from emulator.provider import Provider
from emulator.rules.files import Fixtures
from emulator.rules.parse_match import RuleNames
from emulator.state import State
from emulator.state.store.opened import OpenedState


class Conflict(Exception):
    """Raised when the state of the application does not allow what is asked for; the text says why."""


@dataclass(slots=True)
class App:
    """One emulator.

    state: What lasts between calls.
    providers: All providers, by name.
    faults: All faults, by name.
    rule_names: The names that rules may use.
    fixtures: The folders that rules are read from.
    initial_settings: The settings of the start, to which a reset returns.
    started: Unix seconds of the start.
    opened: The file of its state; None where that is in memory.
    port: The port that it listens on; 0 before it listens.
    tls_port: The port that it listens on with TLS; None without one.
    certificate: What the TLS port shows to its clients; None without one.
    draining: Whether it is about to stop.
    changing: Held while settings or clocks are changed, so that no change is made of what another has changed since.
    warned_actions: The actions on all accounts at once that the log has warned of.
    """

    state: State
    providers: Mapping[str, Provider]
    faults: Mapping[str, Fault]
    rule_names: RuleNames
    fixtures: Fixtures
    initial_settings: Settings
    started: float
    opened: OpenedState | None = None
    port: int = 0
    tls_port: int | None = None
    certificate: Certificate | None = None
    draining: bool = False
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    warned_actions: set[str] = field(default_factory=set)

    @property
    def provided_settings(self) -> ProvidedSettings:
        """Return what the providers add to the settings."""
        return collect_provided_settings(self.providers.values())
