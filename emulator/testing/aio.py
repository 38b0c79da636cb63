"""The methods of an account for tests whose event loop runs on."""

from collections.abc import Callable
from typing import Any

__tracebackhide__ = True


class Aio:
    """The methods of an account, each run in a thread of its own."""

    def __init__(self, account: object) -> None:
        self._account = account

    def __getattr__(self, name: str) -> Callable[..., Any]:
        import asyncio  # most tests have no event loop, and need not load it

        if name.startswith("_"):  # of Python itself, which asks copies for their state before they have one
            raise AttributeError(f"an account has no method {name!r}")
        method = getattr(self._account, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            try:
                return await asyncio.to_thread(method, *arguments, **named)
            except Exception as error:
                raise error.with_traceback(None) from None  # frames of the thread explain nothing

        return call
