"""An emulator for tests: one that is started for them, or one that runs elsewhere."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from emulator.testing.account import Account
from emulator.testing.borrowed import BorrowedControl
from emulator.testing.control import Control, ControlError
from emulator.testing.rerouted import NoReroute, Rerouted
from emulator.testing.server import Crashed, Server

__tracebackhide__ = True


class Emulator(Account):
    """Starts a server on entering and ends it on leaving, or uses the one at `url` (or EMULATOR_URL).

        with Emulator() as emulator:
            emulator.error("Throttling", times=1)

    Its methods concern the default account (`testId` / `testSecret`), unless `account` names another;
    `emulator.account()` makes a fresh one. `serve` are more arguments for a server that it starts, such as
    ["--profile", "documented"]. `timeout` is in seconds; `token` is the server's `control.token`, if it has one. With
    `tls`, a server that it starts takes calls with TLS, too, as `reroute` needs.

    A server that it did not start is left as it was found. Leaving removes the rules that it pushed and the accounts
    that it made. Settings that it changed in an account get their former values. A clock that it froze runs again; a
    clock that it moved is moved back by as much. What others pushed, changed or moved meanwhile stays.

    Not undone are the journal, tokens, tasks and callbacks of its calls, and whatever is done outside of `with`.
    Neither are settings and clocks that `control` changed for the whole server (without `account=`).
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        account: str = "default",
        serve: Iterable[str] = (),
        timeout: float = 30,
        token: str | None = None,
        tls: bool = False,
    ) -> None:
        arguments = tuple(serve)
        if url and arguments:
            raise ValueError("a server that runs already takes no arguments")
        self._elsewhere = url or ("" if arguments else os.environ.get("EMULATOR_URL", ""))
        self._token = os.environ.get("MODERATION_EMULATOR_CONTROL__TOKEN", "") if token is None else token
        self._timeout = timeout
        self._server = Server(arguments, tls)
        super().__init__(Control(self._elsewhere, timeout, self._token), account)

    def __enter__(self) -> Self:
        if self._elsewhere:
            self._control = BorrowedControl(self._elsewhere, self._timeout, self._token)
        else:
            url = self._server.start()
            self._control = Control(url, self._timeout, self._token, lambda: self._server.check(timeout=1))
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        """Undo the changes on a server elsewhere; end a server that was started here, with all that it held."""
        control, self._control = self._control, Control(self._elsewhere, self._timeout, self._token)
        try:
            if isinstance(control, BorrowedControl):
                control.undo_changes()
            self._server.stop()
        except (ControlError, Crashed):
            if kind is None:
                raise
        finally:
            control.close()

    def reroute(self) -> Rerouted:
        """Return a context in which calls of this process to real hosts reach this emulator.

        Clients need no address then. Raises NoReroute for an emulator without TLS, and for one of another machine. Of
        one that was not started here, EMULATOR_CA must name the file with its authority, `ca.pem`.
        """
        address = urlsplit(self.url)
        if address.hostname not in ("127.0.0.1", "localhost"):
            raise NoReroute(
                f"calls are led to this machine alone, and the emulator is at {self.url or 'no address yet'}"
            )
        tls_port, ca = self._server.tls_port, self._server.ca
        if self._elsewhere:
            tls_port, ca = self.control("GET", "info").get("tls_port"), Path(os.environ.get("EMULATOR_CA", ""))
        if not tls_port:
            raise NoReroute(f"the emulator at {self.url} takes no TLS: use Emulator(tls=True), or serve --tls")
        return Rerouted(tls_port, address.port or 80, ca)
