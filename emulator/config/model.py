"""Everything that can be set, as frozen records.

`emulator.config.load` makes them from flags, environment and file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Server:
    """The HTTP server.

    host: The name or address on which it listens.
    port: The TCP port; 0 for any free one.
    loop: The event loop; "auto" takes uvloop where it is installed.
    reload: Whether rule files are read again when they change.
    log: Whether and how calls, pushes and changes are logged; "auto" logs them if standard error is a terminal.
    tls_port: The TCP port with TLS; 0 for any free one, None for none.
    tls_out: The folder for what clients of the TLS port have to trust; None for no files.
    tls_hosts: More names that the certificate holds for, beside the real hosts of all providers.
    tls_days: How long a certificate that is made holds.
    tls_cert: The file of a certificate of one's own, followed by those of its authorities; None to have one made.
    tls_key: The file of its private key.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    loop: Literal["auto", "uvloop", "asyncio"] = "auto"
    reload: bool = True
    log: Literal["auto", "off", "text", "json"] = "auto"
    tls_port: int | None = None
    tls_out: str | None = None
    tls_hosts: tuple[str, ...] = ()
    tls_days: int = 90
    tls_cert: str | None = None
    tls_key: str | None = None


@dataclass(frozen=True, slots=True)
class Images:
    """Whether pictures behind URLs are downloaded (`fetch`), and from where.

    `allow` lists the public hosts that may be called; `private` permits private networks.
    """

    fetch: bool = False
    allow: tuple[str, ...] = ()
    private: bool = False


class Pace(NamedTuple):
    """How a result is pushed: at most `pushes` times, where each push waits `timeout` real seconds for its receiver.

    `gaps` are the seconds between pushes, on the account's clock; the last gap repeats.
    """

    timeout: float
    gaps: tuple[float, ...]
    pushes: int

    def choose_gap(self, pushes: int) -> float:
        """Return the seconds from one push to the next, after `pushes` pushes."""
        return self.gaps[min(pushes, len(self.gaps)) - 1]


@dataclass(frozen=True, slots=True)
class Callbacks:
    """How fast and how often results are pushed, and to which hosts.

    timeout: Real seconds that a push waits for its receiver.
    gaps: Seconds between pushes, on the account's clock; the last one repeats.
    pushes: How often a result is pushed at most.
    allow: The public hosts that pushes may go to.
    given: What was set explicitly, in its written form: for all providers, and under the name of a provider for it
        alone.
    profile: The profile whose pace holds where nothing is set.
    """

    timeout: float
    gaps: tuple[float, ...]
    pushes: int = 16
    allow: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    profile: Literal["fast", "documented"] = "fast"

    def choose_pace(self, provider: str, defaults: Mapping[str, Pace]) -> Pace:
        """Return the pace of one provider, whose own paces by profile are `defaults`.

        Each value is the one set for this provider, else the one set for all. Where neither is set, the provider's own
        pace in this profile holds, else that of the profile.
        """
        chosen = {**self.given, **self.given.get(provider, {})}
        if "gaps" in chosen:
            chosen["gaps"] = tuple(chosen["gaps"])
        default = defaults.get(self.profile, Pace(self.timeout, self.gaps, self.pushes))
        return default._replace(**{key: chosen[key] for key in Pace._fields if key in chosen})


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer takes, in real seconds: uniform, or lognormal where `median` is set.

    min: The least of the uniform distribution.
    max: The most of the uniform distribution.
    median: The median of the lognormal distribution; 0 for a uniform one.
    sigma: The standard deviation of the logarithm.
    """

    min: float = 0.0
    max: float = 0.0
    median: float = 0.0
    sigma: float = 0.0

    def __bool__(self) -> bool:
        return self.max > 0 or self.median > 0


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the server, or of one account.

    profile: What holds where nothing is set: quick for tests, or as documented.
    server: The HTTP server.
    images: Whether and where pictures are downloaded.
    callbacks: How results are pushed.
    limits: Quotas by provider and name; False for one that does not apply.
    waits: Seconds on an account's clock, by name: until work is done, and for how long results are kept.
    latency: How long an answer takes.
    thresholds: The rates from which a bare rate suggests `block` and `review`.
    quirks: The chosen value of each quirk, by name.
    latencies: The latencies of single operations, by name; they replace `latency`.
    magic_words: Whether magic words are read.
    journal_size: How many calls a journal keeps.
    control_hosts: The host names under which the control API answers, beside those it always knows.
    control_token: The token that the control API demands; None for no token.
    fixtures: The folders from which rules are read.
    accounts: The accounts that are made at start, in their written form.
    biz_types: The scenes that are set for a business type, by its name.
    seed: Makes ids repeat from start to start; None for ids that do not.
    given: What was set explicitly, in its written form: all else follows from it and the profile.
    sections: What belongs to one provider alone, by its name and key.
    state: The file that keeps the state; `memory` for none.
    state_sync: Whether what is kept also outlasts a power cut (`full`), or the end of the process alone (`normal`).
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
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    state: str = "memory"
    state_sync: Literal["normal", "full"] = "normal"
