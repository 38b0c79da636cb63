"""One line of the table."""

from dataclasses import dataclass

from tests.bench.rounds import QUIET

GOAL = 50  # milliseconds that a neighbour may wait


@dataclass
class Row:
    """What came of one attack.

    name: The name of the attack.
    calls: How many calls were made.
    sent: MB that were sent.
    wait: The longest wait of the neighbour, in milliseconds.
    late: How late the machine woke the neighbour, in milliseconds.
    lost: How many of its calls got no answer.
    before: Resident memory before the attack, in MB.
    peak: The most resident memory during the attack, in MB.
    after: Resident memory after the attack, in MB.
    seconds: How long it took.
    others: How many CPUs other processes kept busy.
    lines: How many lines were logged.
    verdict: What else is to be said of it.
    faults: What must not happen and did.
    """

    name: str
    calls: int = 0
    sent: float = 0.0
    wait: float = 0.0
    late: float = 0.0
    lost: int = 0
    before: float = 0.0
    peak: float = 0.0
    after: float = 0.0
    seconds: float = 0.0
    others: float = 0.0
    lines: int = 0
    verdict: str = ""
    faults: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        return self.wait <= GOAL

    def __str__(self) -> str:
        goal = "met" if self.met else "MISSED" if self.others <= QUIET else "MISSED~"
        figures = (
            f"{self.calls:6} {self.sent:7.1f} {self.wait:8.0f} {self.before:5.0f} {self.peak:5.0f} {self.after:5.0f}"
        )
        lines = f"; {self.lines} lines logged" if self.lines else ""
        return f"{self.name:46}{figures}  {goal:8}{self.verdict}{lines}"


HEAD = "{:46}{:>6} {:>7} {:>8} {:>5} {:>5} {:>5}  {:8}{}".format(
    *("attack", "calls", "MB sent", "wait ms", "MB", "peak", "after", f"{GOAL} ms", "verdict")
)
