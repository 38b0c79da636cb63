"""What clients of each vendor need to know: the variables they read, and the hosts they call when nobody stops them."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emulator.assets import list_packages
from emulator.types import Problem, Problems

_FILE = "clients.json"


class Clients(NamedTuple):
    """The clients of one vendor, as its `clients.json` tells.

    credentials: The name of its credentials in an account.
    variables: The value of each variable, as a template: `{app_id}` is a credential, `{url}` the emulator's address.
    hosts: Patterns of the vendor's real hosts, and how a client is pointed to the emulator instead.
    sign_examples: Lines that show how the command `sign` signs calls to the vendor.
    metadata: The services of the vendor's own machines, which its clients ask in passing. A test is refused them, and
        nobody is told.
    bundles: The variables that name a file of certificates, where its clients heed none of the usual ones.
    """

    credentials: str
    variables: Mapping[str, str]
    hosts: Mapping[str, str]
    sign_examples: Sequence[str] = ()
    metadata: Sequence[str] = ()
    bundles: Sequence[str] = ()


@cache
def load_clients() -> tuple[Clients, ...]:
    """Return the clients of all vendors: of the emulator's own, then of packages that bring one."""
    files = sorted((Path(__file__).parent / "providers").glob(f"*/{_FILE}"))
    others = dict.fromkeys(package.folder / _FILE for package in list_packages())
    return tuple(map(_read, [*files, *(file for file in others if file.is_file())]))


def _read(file: Path) -> Clients:
    """Return the clients in a file. Raises Problems for a file that is not as it should be."""
    try:
        return Clients(**json.loads(file.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise Problems([Problem("$", f"an object with {', '.join(Clients._fields)}", str(error), str(file))]) from None


def list_real_hosts() -> tuple[str, ...]:
    """Return the patterns of all real hosts of all vendors, which no test may call."""
    return tuple(dict.fromkeys(name for clients in load_clients() for name in (*clients.hosts, *clients.metadata)))


def list_variables() -> list[str]:
    """Return the names of the variables that clients read."""
    return [name for clients in load_clients() for name in clients.variables]


def build_variables(account: Mapping[str, Any], url: str) -> dict[str, str]:
    """Return the variables that clients read, by name, for an account in its written form.

    A variable is left out where the account lacks what it needs.
    """
    variables = {"EMULATOR_URL": url}
    for clients in load_clients():
        known = {**account.get(clients.credentials, {}), "url": url}
        for name, template in clients.variables.items():
            try:
                variables[name] = template.format_map(known)
            except KeyError:
                continue
    return variables
