"""info: what this server is and knows."""

import os
import platform
from datetime import UTC, datetime

from emulator import __version__
from emulator.planes.control import Reply, Route, Turn


def info(turn: Turn) -> Reply:
    house = turn.house
    world = house.world
    return Reply(
        {
            "name": "moderation-emulator",
            "version": __version__,
            "python": platform.python_version(),
            "pid": os.getpid(),
            "started": datetime.fromtimestamp(house.started, UTC).isoformat(timespec="seconds"),
            "port": house.port,
            "profile": world.settings.profile,
            "providers": [
                {"name": provider.name, "operations": list(provider.operations)}
                for provider in house.providers.values()
            ],
            "faults": [
                {"name": fault.name, "description": fault.description, "parameters": fault.parameters}
                for fault in house.faults.values()
            ],
            "magic_words": world.settings.magic_words,
            "accounts": len(world.accounts),
            "fixtures": house.fixtures.told(),
            "budgets": {name: {"used": each.used, "most": each.most} for name, each in world.budgets.told()},
            "journal": {
                "entries": sum(len(account.journal) for account in world.accounts) + len(world.strangers),
                "dropped": sum(account.journal.dropped for account in world.accounts) + world.strangers.dropped,
            },
        }
    )


ROUTES = (Route("GET", "info", info, answers={200: "Info"}),)
