"""What kind of network an address belongs to, and which names are addresses in disguise."""

import socket
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

Kind = Literal["loopback", "private", "public", "never"]

_PRIVATE = [ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
_GLOBAL_V6 = ip_network("2000::/3")
_NEVER = [
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # "this host": for Linux, 0.0.0.0 is loopback
        "169.254.0.0/16",  # link-local, and the metadata service of most clouds
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the Azure agent's host
        "192.0.0.0/24",  # protocol assignments; Oracle's older metadata
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "fd00:ec2::/32",  # metadata and friends of AWS
        "fd20:ce::254/128",  # metadata of Google Cloud
        "2001::/32",  # Teredo and 6to4: they lead to another machine
        "2002::/16",
    )
]


@lru_cache(256)
def classify(address: str) -> Kind:
    """Return the kind of network of an address; an IPv4 address mapped into IPv6 counts as IPv4.

    Raises ValueError if it is not an address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return "never"
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_loopback:
        return "loopback"
    if any(parsed in block for block in _NEVER):
        return "never"
    if any(parsed in block for block in _PRIVATE):
        return "private"
    return "public" if parsed.version == 4 or parsed in _GLOBAL_V6 else "never"


def normalize_host(host: str) -> str:
    """Return the one spelling of a name: lower case, no final dot, international names in their ASCII form."""
    if is_address(host):
        return str(ip_address(host))
    return host.lower().rstrip(".").encode("idna").decode("ascii")


def is_address(host: str) -> bool:
    try:
        classify(host)
    except ValueError:
        return False
    return True


def is_disguised(host: str) -> bool:
    """Return whether C libraries read it as an address: 2130706433, 0x7f.1, 0177.0.0.1, 127.0.0.1 with a final dot."""
    try:
        socket.inet_aton(host.rstrip("."))
    except (OSError, ValueError):
        return False
    return True
