"""Walks a client of yours through every documented error of an operation, and reports which it handles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from emulator.testing.account import Account
from emulator.testing.cases import Case, iterate_cases

__tracebackhide__ = True

Outcome = Literal["handled", "unhandled", "not called"]


@dataclass(frozen=True)
class Step:
    """How the client fared with one code: what it `returned`, or the `exception` it let out."""

    case: Case
    outcome: Outcome
    returned: Any = None
    exception: Exception | None = None

    def describe(self) -> str:
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
        """Raise AssertionError with a table of the failures unless every code was handled."""
        if self.failures:
            headline = f"{len(self.failures)} of {len(self.steps)} documented errors are not handled"
            raise AssertionError(f"{headline}\n{_render_table(self.failures)}")

    def __str__(self) -> str:
        return _render_table(self.steps)


def walk(  # noqa: PLR0913 - most of it is rarely given
    account: Account,
    operation: str,
    call: Callable[[], Any],
    handled: tuple[type[Exception], ...] = (),
    provider: str | None = None,
    via: str = "https",
    *,
    lang: str = "en",
    **options: Any,
) -> Walk:
    """Let `call` meet each documented error of an operation in turn.

    An error is handled when `call` returns, or raises one of `handled`; `call` must reach the emulator each time. So
    where errors look like answers (WeChat's have status 200) `call` must look at them, and not just hand them on.
    `via` is "cloud" for a client that makes cloud calls: it meets errors of its own. `lang` is "en" or "zh": in that
    language the table explains what is not handled. `options` go to the rules: with `times=1` an error passes, and a
    client that tries again gets its answer.
    """
    steps = []
    for case in iterate_cases(account, provider, operation, via, lang, **options):
        returned, exception = None, None
        with case:
            try:
                returned = call()
            except Exception as error:
                exception = error
        outcome: Outcome = "handled" if exception is None or isinstance(exception, handled) else "unhandled"
        steps.append(Step(case, outcome if case.calls else "not called", returned, exception))
    return Walk(steps)


def _render_table(steps: list[Step]) -> str:
    """Status, code, outcome and what the client did, a line each; below it what a code means that is not handled."""
    rows = [(str(step.case.status), step.case.code, step.outcome) for step in steps]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row, step in zip(rows, steps, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([*cells, _shorten(step.describe())]))
        if step.outcome != "handled":
            explained = " ".join(filter(None, (step.case.meaning, step.case.remedy)))
            lines.append(f"{'':{widths[0]}}  {_shorten(explained)}")
    return "\n".join(lines)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."
