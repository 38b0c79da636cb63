"""By which names the control API is called: no page of another site may steer it by a name of its own."""

import ipaddress
import re
from collections.abc import Iterable

_MAX_LENGTH = 600  # characters of a name that are looked at
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")
# Names of this machine inside containers and clusters. Nobody can register such a name, so no foreign page has one.
_match_internal_name = re.compile(r"(?:[a-z0-9_-]+\.)+(?:internal|svc|svc\.cluster\.local|localhost)").fullmatch


def is_own_name(host: str, allowed: Iterable[str]) -> bool:
    """Return whether a Host is an address, a name of this machine, or one of those that are allowed."""
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = (match[1] or match[2]).lower()
    if name in {each.lower() for each in allowed}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or _match_internal_name(name) is not None
    return True


def explain_foreign_host(host: str) -> str:
    """Return why a Host is refused, and what would make it one of ours."""
    match = _HOST.fullmatch(host[:_MAX_LENGTH])
    name = match[2] if match else None
    message = f"the control plane does not answer to the name {host[:80]!r}"
    return f"{message}; serve --allow-host {name[:200]} (or control.hosts) makes it" if name else message
