"""The services that callers of imageaudit and Green call as well, and that stand behind the same gateways.

A call is known by its version: each service has its own, but for 2019-12-30, which the vision services share. What is
meant for one that is not emulated is refused as the gateway refuses an operation that it does not know, under the name
of the service that was meant.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Neighbour(NamedTuple):
    """A service by its name at the gateway, and where calls of this version are taken here, if they are."""

    product: str
    here: str = "is not emulated"


IMAGEAUDIT = Neighbour("imageaudit", "is at /, with Action and Version as parameters or headers")
GREEN = Neighbour("Green", "is at /green/..., a path for each operation")

# By version; from the vendor's SDKs of these services.
NEIGHBOURS: Mapping[str, Neighbour] = {
    "2019-12-30": IMAGEAUDIT,
    "2018-05-09": GREEN,
    "2017-08-25": GREEN,
    "2017-01-12": GREEN,
    "2022-03-02": Neighbour("Green"),
    "2022-09-26": Neighbour("Green"),
    "2022-11-30": Neighbour("Green"),
    "2017-08-23": Neighbour("Green"),
    "2019-12-19": Neighbour("OpenPlatform"),
    "2020-04-01": Neighbour("viapiutils"),
    "2015-04-01": Neighbour("Sts"),
}


def meant(version: str, operation: str) -> str:
    """Tell which service a call was meant for, in a sentence; nothing when its version tells none."""
    found = NEIGHBOURS.get(version)
    return f"It is meant for {found.product} {version} ({operation}), which {found.here}." if found else ""


def product(version: str, own: str) -> str:
    """Return the name of the service that a version belongs to; `own` where it tells none."""
    found = NEIGHBOURS.get(version)
    return found.product if found else own
