"""settings: what holds now, and changing it while the server runs, for all or for one account."""

from itertools import chain
from typing import Any

from emulator import patches, settings
from emulator.outcomes import outcome_of
from emulator.planes.control import House, Reply, Route, Turn
from emulator.provider import Quirk
from emulator.world.pace import paced
from emulator.world.settings import Settings


def shown(turn: Turn) -> Reply:
    """Those of one account; without `?account=` those of the server, which accounts may have changed for themselves.
    The pace of a provider's own callbacks is told under its name.
    """
    account = turn.account()
    world = turn.house.world
    form = patches.told(account.settings if account else world.settings, _quirks(turn.house))
    form["callbacks"] |= {name: pace._asdict() for name, pace in world.courier.paces().items()}
    return Reply(form)


async def patch(turn: Turn) -> Reply:
    """A JSON merge patch, all of it or nothing; answers the whole settings."""
    form: Any = await turn.json()
    house = turn.house
    quirks = _quirks(house)
    account = turn.account()
    if account is None:
        await change(house, patches.patched(house.world.settings, form, quirks))
        turn.touched("changed the settings of")
    else:
        own = patches.of_account(account.own, form, quirks)
        account.settings = settings.of_account(house.world.settings, own, quirks)
        account.own = own
    return shown(turn)


async def change(house: House, chosen: Settings) -> None:
    """Live by other settings from now on, under what accounts have of their own."""
    world, quirks = house.world, _quirks(house)
    judged_anew = chosen.thresholds != world.settings.thresholds
    world.change(chosen)
    house.known = house.known._replace(thresholds=chosen.thresholds)
    async for each in paced(list(world.accounts)):
        each.settings = settings.of_account(chosen, each.own, quirks) if each.own else chosen
    if judged_anew:
        async for rule in paced(chain(world.judge.control, world.judge.files.rules)):
            if "verdict" in rule.form:
                rule.outcome = outcome_of(rule.form, house.known.faults, chosen.thresholds)


def _quirks(house: House) -> dict[str, Quirk]:
    return {quirk.name: quirk for provider in house.providers.values() for quirk in provider.quirks}


ROUTES = (
    Route("GET", "settings", shown, answers={200: "Settings"}),
    Route("PATCH", "settings", patch, (), "patch", {200: "Settings"}),
)
