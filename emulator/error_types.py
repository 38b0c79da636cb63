"""The types of errors: rows of a provider's table, errors that a rule writes, and refusals. Data only."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal, NamedTuple

Scope = Literal["call", "task"]


LANGUAGES: Final = ("en", "zh")  # in which the meaning of errors is given


class Chinese(NamedTuple):
    """What an error means in Chinese, and what to do about it.

    `printed` says that these are the words of the provider's documents; else they are the emulator's own.
    """

    meaning: str
    remedy: str = ""
    printed: bool = False


class ErrorRow(NamedTuple):
    """One error of a provider.

    code: The provider's own code. A dotted part `N` in it stands for the number of the task.
    status: The HTTP status.
    message: The text on the wire.
    meaning: What the error means, in English.
    source: What the row rests on: `documented: ...`, `captured: ...` (an answer of the service was seen) or `ours:
        ...`, with the place or the reason. Behind a semicolon there may be another of these.
    scope: Whether it can apply to one task of a call, or only to the whole call.
    worded_here: Whether the documents give no message: then the wording is our own, and a detail may follow it.
    operations: The operations that may answer it; empty for all of the provider.
    dialect: The form of the answers in which it occurs, where the provider has several.
    chinese: What `meaning` says, and more, in Chinese.
    """

    code: str
    status: int
    message: str
    meaning: str
    source: str
    scope: Scope = "call"
    worded_here: bool = False
    operations: tuple[str, ...] = ()
    dialect: str = ""
    chinese: Chinese | None = None


class WrittenError(NamedTuple):
    """An error as a rule writes it: the `form` with its `code` and more.

    `row` is the row of a code that is in no table; None for a code of a table.
    """

    form: Mapping[str, Any]
    row: ErrorRow | None = None

    @property
    def message(self) -> str | None:
        """Return the text that replaces the row's message, if one is given. A sub_code has its own (sub_msg)."""
        found: str | None = self.form.get("sub_msg" if "sub_code" in self.form else "message")
        return found

    @property
    def status(self) -> int | None:
        """Return the HTTP status that replaces the row's status, if one is given."""
        found: int | None = self.form.get("status")
        return found


# Makes the row of a code that is in no table, from the form in a rule and the operations that the rule is for.
# Raises ValueError with what the provider would take instead.
MakeRow = Callable[[Mapping[str, Any], Collection[str]], ErrorRow]


class Refusal(Exception):
    """A documented error, raised anywhere by the code of a provider.

    `cause` and `detail` are sentences that say what came and what would be accepted, never with a secret.

    code: The code of its row.
    detail: Shown in the journal, and on the wire where the wording is our own.
    cause: Shown only in the journal.
    message: Replaces the row's message, where the wire has several for one code.
    n: The number of the task, from 1.
    written: The error as a rule writes it.
    patches: What rules want merged over a verdict that is reported by an error code.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        cause: str = "",
        message: str | None = None,
        n: int | None = None,
        written: WrittenError | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.cause = cause
        self.message = message
        self.n = n
        self.written = written
        self.patches: tuple[Any, ...] = ()

    @property
    def explanation(self) -> str:
        """Return what the journal says about the refusal."""
        return f"{self.detail} {self.cause}".strip()
