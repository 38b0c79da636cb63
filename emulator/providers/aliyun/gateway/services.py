"""The services behind the same gateways that callers of imageaudit and Green call as well.

The version of a call says which service is meant. Each service has versions of its own; only the vision services share
one, 2019-12-30. A call to a service that is not emulated is refused as the gateway refuses an unknown operation. The
refusal names the service that was meant.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Service(NamedTuple):
    """A service: its name at the gateway, and the end of a sentence that says where its calls are taken here."""

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
    """Return a sentence that says which service a call was meant for; an empty text when its version is unknown."""
    found = SERVICES.get(version)
    return f"It is meant for {found.product} {version} ({operation}), which {found.availability}." if found else ""


def choose_product(version: str, default: str) -> str:
    """Return the name of the service that a version belongs to; `default` when the version is unknown."""
    found = SERVICES.get(version)
    return found.product if found else default
