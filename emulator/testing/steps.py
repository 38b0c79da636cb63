"""Walks a client of yours through every documented error of an operation, and reports which it handles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from emulator.testing.account import Account
from emulator.testing.cases import Case, cases

Outcome = Literal["handled", "unhandled", "not called"]


@dataclass(frozen=True)
class Step:
    """How the client fared with one code: what it `returned`, or the `exception` it let out."""

    case: Case
    outcome: Outcome
    returned: Any = None
    exception: Exception | None = None

    def told(self) -> str:
        if self.exception is not None:
            return f"raised {type(self.exception).__name__}: {self.exception}"
        return f"returned {self.returned!r}"


@dataclass(frozen=True)
class Walk:
    """What came of each code; `str()` of it is a table."""

    steps: list[Step]

    @property
    def failures(self) -> list[Step]:
        """The codes that the client let through, or for which it never called."""
        return [step for step in self.steps if step.outcome != "handled"]

    def check(self) -> None:
        """Raise AssertionError with the table unless every code was handled."""
        if self.failures:
            raise AssertionError(f"{len(self.failures)} of {len(self.steps)} documented errors not handled\n{self}")

    def __str__(self) -> str:
        rows = [(str(step.case.status), step.case.code, step.outcome, _line(step.told())) for step in self.steps]
        widths = [max(len(row[column]) for row in [*rows, ("",) * 4]) for column in range(3)]
        return "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
        )


def walk(
    account: Account,
    operation: str,
    call: Callable[[], Any],
    handled: tuple[type[Exception], ...] = (),
    provider: str | None = None,
    **options: Any,
) -> Walk:
    """Let `call` meet each documented error of an operation in turn.

    An error is handled when `call` returns, or raises one of `handled`; `call` must reach the emulator each time.
    `options` go to the rules: with `times=1` an error passes, and a client that tries again gets its answer.
    """
    steps = []
    for case in cases(account, provider, operation, **options):
        returned, exception = None, None
        with case:
            try:
                returned = call()
            except Exception as error:
                exception = error
        outcome: Outcome = "handled" if exception is None or isinstance(exception, handled) else "unhandled"
        steps.append(Step(case, outcome if case.calls else "not called", returned, exception))
    return Walk(steps)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."
