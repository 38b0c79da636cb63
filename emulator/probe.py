"""Sends one request to a running emulator, and gives up in time whatever answers there."""

import json
import threading
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from emulator.types import Problem, Problems

DEFAULT_URL = "http://127.0.0.1:8080"

_MAX_BYTES = 1024 * 1024  # bytes of an answer


class NoAnswer(Exception):
    """Nothing answered, or something that is not an emulator; the text says why."""


class Answer(NamedTuple):
    """What came back: the HTTP status, and the JSON object as `data`."""

    status: int
    data: dict[str, Any]


def parse_url(url: str) -> SplitResult:
    """Return the parts of an emulator's URL. Raises ValueError if it cannot be one."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or (parts.port or 1) > 65535:
        raise ValueError(f"an emulator's URL is like {DEFAULT_URL}, not {url!r}")
    return parts


def ask(url: str, path: str, seconds: float, token: str | None = None) -> Answer:
    """Return the answer to a GET of `path` below /_emulator/. Raises NoAnswer, after `seconds` at the latest.

    A thread sends the request, and is abandoned when the time is over. Nothing else limits the lookup of a name, or an
    answer that comes drop by drop.
    """
    results: list[Answer | Exception] = []

    def run() -> None:
        try:
            results.append(_exchange(parse_url(url), path, seconds, token))
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    result = results[0] if results else TimeoutError(f"nothing came within {seconds:g} seconds")
    if isinstance(result, Answer):
        return result
    reason = getattr(result, "strerror", None) or str(result) or type(result).__name__
    raise NoAnswer(f"no emulator answers at {url}: {reason}")


def explain_unready(url: str, seconds: float) -> str:
    """Return why the emulator at `url` takes no calls; empty if it does. Raises Problems if `url` is not a URL."""
    try:
        parse_url(url)
    except ValueError:
        raise Problems([Problem("URL", f"one like {DEFAULT_URL}", repr(url))]) from None
    try:
        status, data = ask(url, "health", seconds)
    except NoAnswer as error:
        return str(error)
    state = data.get("status")
    return "" if (status, state) == (200, "ok") else f"no emulator is ready at {url}: {status} {state or ''}".rstrip()


def _exchange(parts: SplitResult, path: str, seconds: float, token: str | None) -> Answer:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connection_class(parts.hostname or "", parts.port, timeout=seconds)
    try:
        connection.request(
            "GET",
            f"{parts.path.rstrip('/')}/_emulator/{path}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )
        response = connection.getresponse()
        body = response.read(_MAX_BYTES)
    except HTTPException as error:
        raise OSError(f"no HTTP came back: {error!r}") from error
    finally:
        connection.close()
    with suppress(ValueError):
        data = json.loads(body)
        if isinstance(data, dict):
            return Answer(response.status, data)
    raise OSError(f"{response.status}, but no JSON as an emulator has it")
