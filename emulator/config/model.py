"""Everything that can be set, frozen. Read from flags, environment and file by emulator.settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Server:
    host: str = "127.0.0.1"
    port: int = 8080
    loop: Literal["auto", "uvloop", "asyncio"] = "auto"
    reload: bool = True
    log: Literal["auto", "off", "text", "json"] = "auto"


@dataclass(frozen=True, slots=True)
class Images:
    """`fetch` downloads pictures behind addresses; `allow` names public hosts, `private` opens private networks."""

    fetch: bool = False
    allow: tuple[str, ...] = ()
    private: bool = False


class Pace(NamedTuple):
    """At most `pushes` pushes of a result, with `gaps` between them on the account's clock, of which the last repeats;
    each waits `timeout` real seconds for its receiver.
    """

    timeout: float
    gaps: tuple[float, ...]
    pushes: int

    def choose_gap(self, pushes: int) -> float:
        """Seconds from a push to the next, after so many."""
        return self.gaps[min(pushes, len(self.gaps)) - 1]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The pace of all pushes, and `allow`, the public hosts they may go to. `given` is what was set alone, as it is
    written: for all, and under the name of a provider for that one.
    """

    timeout: float
    gaps: tuple[float, ...]
    pushes: int = 16
    allow: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    profile: Literal["fast", "documented"] = "fast"

    def choose_pace(self, provider: str, defaults: Mapping[str, Pace]) -> Pace:
        """The pace of one provider: what is set for it, else for all, else what is `usual` there in this profile, else
        that of the profile.
        """
        chosen = {**self.given, **self.given.get(provider, {})}
        if "gaps" in chosen:
            chosen["gaps"] = tuple(chosen["gaps"])
        default = defaults.get(self.profile, Pace(self.timeout, self.gaps, self.pushes))
        return default._replace(**{key: chosen[key] for key in Pace._fields if key in chosen})


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer takes, in real seconds: anything from `min` to `max`; or, with a `median`, lognormal about
    it, where `sigma` is the deviation of the logarithm.
    """

    min: float = 0.0
    max: float = 0.0
    median: float = 0.0
    sigma: float = 0.0

    def __bool__(self) -> bool:
        return self.max > 0 or self.median > 0


@dataclass(frozen=True, slots=True)
class Settings:
    """`latencies` are those of single operations, in the place of `latency`. `limits` hold False where there is none;
    `waits` are seconds of an account's clock until work is done; `biz_types` are the scenes set for a business type;
    `seed` makes ids repeat; `gateway_private_key` is PEM text, None for one that is made on first use. `given` is what
    was set alone, as it is written: all else follows from it and the profile.
    """

    profile: Literal["fast", "documented"]
    server: Server
    images: Images
    callbacks: Callbacks
    limits: Mapping[str, Mapping[str, Any]]
    waits: Mapping[str, float]
    latency: Latency
    thresholds: Mapping[str, float]
    quirks: Mapping[str, Any]
    latencies: Mapping[str, Latency] = field(default_factory=dict)
    magic_words: bool = True
    journal_size: int = 10_000
    control_hosts: tuple[str, ...] = ()
    control_token: str | None = None
    fixtures: tuple[Path, ...] = ()
    accounts: tuple[Mapping[str, Any], ...] = ()
    biz_types: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seed: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    gateway_private_key: str | None = None


@dataclass(frozen=True, slots=True)
class Quirk:
    """A choice where documents contradict each other or the wire: `default` first among `choices`. `source` tells what
    the default rests on, in the form of those of error rows.
    """

    name: str
    choices: tuple[Any, ...]
    source: str

    @property
    def default(self) -> Any:
        return self.choices[0]
