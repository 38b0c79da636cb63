"""A client of the control API: JSON over connections that stay open."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from http.client import HTTPConnection

__tracebackhide__ = True

# Method, target, body and headers.
Request = tuple[str, str, bytes | None, dict[str, str]]


class ControlError(RuntimeError):
    """The server refused, or did not answer. `status` is 0 without an answer; `problems` are those in the answer."""

    def __init__(self, message: str, status: int = 0, problems: tuple[Mapping[str, Any], ...] = ()) -> None:
        lines = [f"{each['path']}: expected {each['expected']}, got {each['got']}" for each in problems]
        super().__init__("\n  ".join([message, *lines]))
        self.status = status
        self.problems = problems


class Control:
    """Sends requests to the control API at `url`; threads may share it.

    `timeout` is in seconds. `token` is the server's `control.token`, where one is set. `explain_silence` is called when
    no answer comes, and may raise an error that says why. An empty `url` stands for an emulator that does not run.
    """

    def __init__(
        self, url: str, timeout: float, token: str = "", explain_silence: Callable[[], None] = lambda: None
    ) -> None:
        self.url = url.rstrip("/")
        self._idle: list[HTTPConnection] = []
        parts = urlsplit(self.url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(f"an emulator's URL is like http://127.0.0.1:8080, not {url!r}")
        self._parts = parts
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._explain_silence = explain_silence

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send one request, and return its answer. The body is sent as JSON; bytes are sent as YAML.

        Raises ControlError for every status of 400 or more, and if no emulator answers.
        """
        if not self.url:
            raise ControlError("no emulator is running; it runs within `with Emulator() as emulator:`")
        given = {name: _format_value(value) for name, value in query.items() if value is not None}
        target = f"/_emulator/{path}" + (f"?{urlencode(given)}" if given else "")
        yaml = isinstance(body, bytes)
        data = body if body is None or yaml else json.dumps(body).encode()
        headers = {**self._headers, "Content-Type": "application/yaml"} if yaml else self._headers
        try:
            status, raw = self._send((method, self._parts.path + target, data, headers))
        except OSError as error:
            self._explain_silence()
            raise ControlError(f"{method} {self.url}{target}: {error or type(error).__name__}") from None
        try:
            answer = json.loads(raw)
        except ValueError:
            raise ControlError(f"{method} {self.url}{target}: {status} from what is no emulator", status) from None
        if status >= 400:
            problems = tuple(answer.get("problems", ())) if isinstance(answer, dict) else ()
            message = answer.get("error", "") if isinstance(answer, dict) else ""
            raise ControlError(f"{method} {target}: {status} {message}", status, problems)
        return answer

    def close(self) -> None:
        """Close the idle connections; another request opens new ones."""
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        """Close the sockets, which stay open if nobody used `with`."""
        self.close()

    def _send(self, request: Request) -> tuple[int, bytes]:
        """Send a request, and return status and body. A connection that was closed while idle is no failure."""
        while self._idle:
            try:
                return self._exchange(self._idle.pop(), request)
            except ConnectionError:
                continue
        return self._exchange(self._open_connection(), request)

    def _exchange(self, connection: "HTTPConnection", request: Request) -> tuple[int, bytes]:
        from http.client import HTTPException

        try:
            connection.request(*request)
            response = connection.getresponse()
            answer = response.status, response.read()
        except ConnectionError:
            connection.close()
            raise
        except HTTPException as error:
            connection.close()
            raise OSError(f"no HTTP came back: {error!r}") from error
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer

    def _open_connection(self) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection

        connection_class = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return connection_class(self._parts.hostname or "", self._parts.port, timeout=self._timeout)


def _format_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
