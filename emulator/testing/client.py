"""An emulator for tests: one of your own, or one that runs elsewhere."""

import os
from collections.abc import Iterable
from typing import Self

from emulator.testing.account import Account
from emulator.testing.control import Control
from emulator.testing.server import Crashed, Server


class Emulator(Account):
    """Starts a server on entering and ends it on leaving, or uses the one at `url` (or EMULATOR_URL).

        with Emulator() as emulator:
            emulator.error("Throttling", times=1)

    It speaks for the default account (`testId` / `testSecret`) unless `account` names another; `emulator.account()`
    makes a fresh one. `serve` are more arguments for a server of its own, such as ["--profile", "documented"].
    `timeout` is in seconds; `token` is the server's `control.token`, if it has one.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        account: str = "default",
        serve: Iterable[str] = (),
        timeout: float = 30,
        token: str | None = None,
    ) -> None:
        arguments = tuple(serve)
        if url and arguments:
            raise ValueError("a server that runs already takes no arguments")
        self._elsewhere = url or ("" if arguments else os.environ.get("EMULATOR_URL", ""))
        self._token = os.environ.get("MODERATION_EMULATOR_CONTROL__TOKEN", "") if token is None else token
        self._timeout = timeout
        self._server = Server(arguments)
        super().__init__(Control(self._elsewhere, timeout, self._token), account)

    def __enter__(self) -> Self:
        url = self._elsewhere or self._server.start()
        self._control = Control(url, self._timeout, self._token, lambda: self._server.check(patience=1))
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        """Accounts of a server elsewhere stay; its own server ends with all it held."""
        self._control.close()
        self._control = Control(self._elsewhere, self._timeout, self._token)
        try:
            self._server.stop()
        except Crashed:
            if kind is None:
                raise
