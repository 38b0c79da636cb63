"""What providers add to the settings: quirks, quotas, waits, credentials, and sections of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ParseKey = Callable[[str], object]  # raises ValueError for a text that is no such key


@dataclass(frozen=True, slots=True)
class Quirk:
    """A choice where documents contradict each other, or contradict what the service sends.

    `choices` has the default first. `source` says what the default rests on, in the form of `ErrorRow.source`.
    """

    name: str
    choices: tuple[Any, ...]
    source: str

    @property
    def default(self) -> Any:
        return self.choices[0]


class Wait(NamedTuple):
    """Seconds on an account's clock, one of `waits` in the settings.

    seconds: What holds where nothing is set.
    minimum: The least that can be set.
    maximum: The most that can be set.
    is_whole: Whether only whole numbers can be set.
    """

    seconds: float
    minimum: int = 0
    maximum: int = 31_536_000
    is_whole: bool = False


class OwnSettings(NamedTuple):
    """The section of the settings that bears a provider's name. It is read at start, and no answer shows it.

    defaults: The value of each key that is not set. The schema of the section is `<provider>/settings`.
    rsa_keys: How to parse those of its values that are RSA keys.
    """

    defaults: Mapping[str, Any]
    rsa_keys: Mapping[str, ParseKey] = {}


@dataclass(frozen=True, eq=False, slots=True)
class ProvidedSettings:
    """What all providers add.

    quirks: The quirks by name.
    operations: The operations, each of which may have a latency of its own.
    limits: The documented quotas, by provider and name; False where none is documented.
    waits: The waits by name.
    pushing: The providers that push results, each of which may have a pace of its own.
    sections: The sections that providers have to themselves, by provider.
    credentials: The kinds of credentials by name, each with how to parse those of its values that are RSA keys.
    """

    quirks: Mapping[str, Quirk] = field(default_factory=dict)
    operations: tuple[str, ...] = ()
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    waits: Mapping[str, Wait] = field(default_factory=dict)
    pushing: tuple[str, ...] = ()
    sections: Mapping[str, OwnSettings] = field(default_factory=dict)
    credentials: Mapping[str, Mapping[str, ParseKey]] = field(default_factory=dict)
