"""The services that callers of imageaudit and Green call as well, and that stand behind the same gateways.

A call is known by its version: each service has its own, but for 2019-12-30, which the vision services share. What is
meant for one that is not emulated is refused as the gateway refuses an operation that it does not know, under the name
of the service that was meant.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Service(NamedTuple):
    """A service by its name at the gateway, and where calls of this version are taken here, if they are."""

    product: str
    availability: str = "is not emulated"


IMAGEAUDIT = Service("imageaudit", "is at /, with Action and Version as parameters or headers")
GREEN = Service("Green", "is at /green/..., a path for each operation")

# By version; from the vendor's SDKs of these services.
SERVICES: Mapping[str, Service] = {
    "2019-12-30": IMAGEAUDIT,
    "2018-05-09": GREEN,
    "2017-08-25": GREEN,
    "2017-01-12": GREEN,
    "2022-03-02": Service("Green"),
    "2022-09-26": Service("Green"),
    "2022-11-30": Service("Green"),
    "2017-08-23": Service("Green"),
    "2019-12-19": Service("OpenPlatform"),
    "2020-04-01": Service("viapiutils"),
    "2015-04-01": Service("Sts"),
}


def explain_service(version: str, operation: str) -> str:
    """Tell which service a call was meant for, in a sentence; nothing when its version tells none."""
    found = SERVICES.get(version)
    return f"It is meant for {found.product} {version} ({operation}), which {found.availability}." if found else ""


def choose_product(version: str, default: str) -> str:
    """Return the name of the service that a version belongs to; `own` where it tells none."""
    found = SERVICES.get(version)
    return found.product if found else default
