"""The running application, and what can be done to it: one file for each kind of thing that changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.config.model import Quirk, Settings
from emulator.faults import Fault
from emulator.provider import Provider
from emulator.rules.files import Fixtures
from emulator.rules.parse import RuleNames
from emulator.state import State


class Conflict(Exception):
    """The application is in no condition to do what is asked for; the text says why."""


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
    port: The port that it listens on, 0 before.
    draining: Whether it is about to stop.
    warned_actions: What was done to all accounts at once, and warned of.
    """

    state: State
    providers: Mapping[str, Provider]
    faults: Mapping[str, Fault]
    rule_names: RuleNames
    fixtures: Fixtures
    initial_settings: Settings
    started: float
    port: int = 0
    draining: bool = False
    warned_actions: set[str] = field(default_factory=set)

    @property
    def quirks(self) -> dict[str, Quirk]:
        """Return the quirks of all providers, by name."""
        return {quirk.name: quirk for provider in self.providers.values() for quirk in provider.quirks}
