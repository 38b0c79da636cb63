"""Walks your client through every documented error of an operation, and reports which errors it handles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from emulator.testing.account import Account
from emulator.testing.cases import Case, iterate_cases

__tracebackhide__ = True

Outcome = Literal["handled", "unhandled", "not called"]


@dataclass(frozen=True)
class Step:
    """How the client handled one code.

    case: The error.
    outcome: Whether the client handled it, or whether it called at all.
    returned: What the client returned, if it raised nothing.
    exception: The exception that the client let out; None if it returned.
    """

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
    """What came of each code, as steps; `str()` of it is a table."""

    steps: list[Step]

    @property
    def failures(self) -> list[Step]:
        """Return the steps whose error the client did not handle, or for which it never called."""
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
    """Let `call` meet each documented error of an operation in turn, and return how it fared.

    An error is handled when `call` returns, or raises one of `handled`; `call` must reach the emulator each time. Some
    errors look like answers (WeChat's have status 200): `call` must then check the answer before it returns.
    `via` is "cloud" for a client that makes cloud calls, which have errors of their own. `lang` is the language in
    which the table explains unhandled errors: "en" or "zh". `options` are added to the rules. With `times=1`, for
    example, an error happens once, and a client that tries again gets its answer.
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
    """Return a line for each step: status, code, outcome and what the client did.

    Below a code that is not handled, another line says what it means.
    """
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
