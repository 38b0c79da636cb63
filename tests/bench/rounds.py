"""Interleaved rounds: every side of a comparison is played once per round, so that a noisy minute strikes them all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from tests.bench.load import Play, play
from tests.bench.servers import Server
from tests.bench.signed import Form

WARM_UP = 500  # requests to each side that count for nothing
QUIET = 0.25  # CPUs of other processes above which a play says little
TRIES = 3  # to get a quiet play


@dataclass(frozen=True)
class Figures:
    """One play in figures.

    cpu_us: CPU of the server per request, in microseconds.
    rate: Requests per second.
    p50_ms: The median latency, in milliseconds.
    p99_ms: The latency that 99 of 100 requests keep, in milliseconds.
    load_us: CPU of the load per request, in microseconds.
    others: How many CPUs everything else kept busy.
    """

    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float
    load_us: float
    others: float

    @classmethod
    def from_play(cls, played: Play) -> "Figures":
        count, spent = len(played.answers), played.spent
        percentiles = quantiles(played.latencies, n=100, method="inclusive")
        return cls(
            cpu_us=spent.server / count * 1e6,
            rate=count / spent.wall,
            p50_ms=percentiles[49] * 1e3,
            p99_ms=percentiles[98] * 1e3,
            load_us=spent.load / count * 1e6,
            others=spent.others,
        )


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    name: As the table calls it.
    server: The server that gets the requests.
    form: Makes the bytes of a request for a host and the address of a picture.
    urls: The addresses of pictures, as many as are wanted.
    connections: Over how many connections the requests go.
    label: What each picture must have got; None where answers are not checked for it.
    figures: What came of the plays, one for each round.
    """

    name: str
    server: Server
    form: Form
    urls: Iterator[str]
    connections: int = 16
    label: str | None = None
    figures: list[Figures] = field(default_factory=list)

    def play(self, count: int) -> Play:
        """Sign fresh requests, then play them."""
        requests = [self.form(self.server.netloc, next(self.urls)) for _ in range(count)]
        return play(self.server, requests, self.connections, self.label)

    def measure(self, count: int, tries: int = 1) -> None:
        """Keep the figures of one play: of the first quiet one, or of the last try."""
        for _ in range(tries):
            figures = Figures.from_play(self.play(count))
            if figures.others <= QUIET:
                break
        self.figures.append(figures)

    def compute_median(self, figure: Callable[[Figures], float]) -> float:
        return median(map(figure, self.figures))


def interleave(sides: Sequence[Side], requests: int, rounds: int) -> None:
    """Warm all sides up, then measure each once in every round."""
    for side in sides:
        side.play(WARM_UP)
    for _ in range(rounds):
        for side in sides:
            side.measure(requests, TRIES)


@dataclass(frozen=True)
class Row:
    """One line of the summary.

    measure: What is measured.
    figure: The result.
    unit: The unit of the result.
    goal: What the project aims at, never a verdict of the benchmark.
    note: What else is to be said.
    """

    measure: str
    figure: float
    unit: str
    goal: str = ""
    note: str = ""


def compare_speed(measure: str, item: Side, base: Side, goal: str = "") -> Row:
    """Return how fast the measured side is, the base being 1, by CPU per request: the median of the rounds' ratios."""
    ratio = median(b.cpu_us / s.cpu_us for s, b in zip(item.figures, base.figures, strict=True))
    rate = median(s.rate / b.rate for s, b in zip(item.figures, base.figures, strict=True))
    return Row(measure, ratio, "x", goal, f"{_render_costs(item, base)}, by req/s {rate:.2f}")


def compare_cost(measure: str, item: Side, base: Side, goal: str = "") -> Row:
    """Return what the measured side costs, the base being 1, by CPU per request: the median of the rounds' ratios."""
    ratio = median(s.cpu_us / b.cpu_us for s, b in zip(item.figures, base.figures, strict=True))
    return Row(measure, ratio, "x", goal, _render_costs(item, base))


def _render_costs(item: Side, base: Side) -> str:
    noisy = " (noisy)" if max(item.compute_median(_get_others), base.compute_median(_get_others)) > QUIET else ""
    return f"{item.compute_median(_get_cpu_us):.0f} us against {base.compute_median(_get_cpu_us):.0f} us{noisy}"


def _get_cpu_us(figures: Figures) -> float:
    return figures.cpu_us


def _get_others(figures: Figures) -> float:
    return figures.others
