"""Pictures behind the addresses of a call: downloaded, where the settings say so, and looked at."""

import asyncio
from collections.abc import Iterable

from emulator.media.images import BrokenPicture, inspect
from emulator.net.egress import EgressError
from emulator.operation import ImageLimits
from emulator.rules.decision import Item
from emulator.rules.item import add_picture
from emulator.state import State


async def fetch_pictures(items: Iterable[Item], limits: ImageLimits, state: State) -> list[Item]:
    """Return the items of a call with their pictures, which are downloaded side by side."""
    return await asyncio.gather(*(_fetch_picture(each, limits, state) for each in items))


async def _fetch_picture(item: Item, limits: ImageLimits, state: State) -> Item:
    """Return the item with its picture downloaded, or with the error of a picture that cannot be fetched or read."""
    if item.fetch_error is not None or item.kind != "picture" or "url" not in item.facts:
        return item
    codes = limits.error_codes
    try:
        data = await state.egress.get(str(item.facts["url"]), limit=limits.size, seconds=limits.seconds)
        picture = await asyncio.to_thread(inspect, data, huge=limits.huge)
    except EgressError as error:
        return item._replace(facts={**item.facts, "unseen": error.reason}, fetch_error=codes.get(error.reason))
    except BrokenPicture:
        return item._replace(fetch_error=codes.get("broken"))
    if picture.format in limits.formats:
        return add_picture(item, picture)
    return add_picture(item, picture)._replace(fetch_error=codes["format"]) if codes else item
