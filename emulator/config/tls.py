"""Settings of the TLS port: where their files lie, and which of them go together."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.types import Problem, Problems

_FILES = ("tls_out", "tls_cert", "tls_key")


def locate_tls_files(form: Mapping[str, Any], folder: Path) -> None:
    """Make the paths in settings, which are relative to `folder`, relative to the working folder."""
    server = form.get("server", {})
    server.update({key: str(folder / server[key]) for key in _FILES if server.get(key)})


def check_tls(given: Mapping[str, Any]) -> None:
    """Raise Problems unless the settings of the TLS port that were set explicitly go together."""
    if found := [*_find_problems({key for key, value in given.get("server", {}).items() if value is not None})]:
        raise Problems(found)


def _find_problems(keys: set[str]) -> Iterator[Problem]:
    for key in sorted(keys & {*_FILES, "tls_days", "tls_hosts"} if "tls_port" not in keys else ()):
        yield Problem(f"$.server.{key}", "server.tls_port (--tls) as well", "none")
    for key, other in (("tls_cert", "tls_key"), ("tls_key", "tls_cert")):
        if key in keys and other not in keys:
            yield Problem(f"$.server.{key}", f"server.{other} (--{other.replace('_', '-')}) as well", "none")
    if {"tls_cert", "tls_days"} <= keys:
        yield Problem("$.server.tls_days", "none beside server.tls_cert, which says itself when it ends", "one")
