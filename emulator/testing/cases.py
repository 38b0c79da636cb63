"""The documented errors of an operation, each as a context manager within which it happens."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from emulator.testing.account import Account

__tracebackhide__ = True


class Case:
    """One documented error: while entered, each call of its operation in this account fails with it.

    provider: Name of the provider.
    operation: Name of the operation.
    code: Code of the error.
    status: HTTP status of the answer.
    message: Message of the answer.
    meaning: What the documents say that the error means.
    remedy: What the documents say to do; empty where they say nothing, and in English.
    calls: How many calls got the error; known once the case is left.
    """

    def __init__(self, account: "Account", operation: str, row: dict[str, Any], options: dict[str, Any]) -> None:
        self._account = account
        self._match = {"provider": row["provider"], "operation": operation}
        self._options = options
        self._rule = ""
        self.provider: str = row["provider"]
        self.operation = operation
        self.code: str = row["code"]
        self.status: int = row["status"]
        self.message: str = row["message"]
        self.meaning: str = row["meaning"]
        self.remedy: str = row.get("remedy", "")
        self.calls = 0

    def __enter__(self) -> Self:
        self._rule = self._account.error(self.code, self._match, **self._options)["id"]
        return self

    def __exit__(self, *_: object) -> None:
        self.calls = self._account.control("GET", f"rules/{self._rule}")["hits"]
        self._account.control("DELETE", f"rules/{self._rule}")

    def __str__(self) -> str:
        return f"{self.operation} {self.code}"


def iterate_cases(
    account: "Account", provider: str | None, operation: str, via: str, lang: str, **options: Any
) -> Iterator[Case]:
    """Return a case for each documented error of an operation, explained in the language `lang`.

    `options`, such as `times=1`, are added to the rule of each case. Errors that calls `via` this entrance cannot get
    are left out: over "https", for example, the errors of the cloud's platform. Raises ValueError for an operation
    without documented errors.
    """
    rows = [row for row in account.control("GET", "errors", lang=lang)["items"] if provider in (None, row["provider"])]
    operations = {name for row in rows for name in row["operations"]}
    if operation not in operations:
        from difflib import get_close_matches

        similar = get_close_matches(operation, operations, 1)
        hint = f"did you mean {similar[0]}?" if similar else f"there are {', '.join(sorted(operations)) or 'none'}"
        raise ValueError(f"no operation {operation!r}{f' of {provider}' if provider else ''}; {hint}")
    met = [row for row in rows if operation in row["operations"] and row["how"]["rule"]["match"].get("via", via) == via]
    found = {(row["provider"], row["code"]): row for row in met}
    return (Case(account, operation, row, options) for row in found.values())
