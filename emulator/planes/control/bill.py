"""bill: the units that the provider would have charged for, by account and operation."""

from emulator.inquiry.bill import bill
from emulator.inquiry.filters import FILTERS, chosen
from emulator.planes.control import Reply, Route, Turn
from emulator.planes.control.journal import entries


async def listed(turn: Turn) -> Reply:
    operations = [each for provider in turn.house.providers.values() for each in provider.operations.values()]
    queries = {each.name for each in operations if each.asks}
    items = await bill(filter(chosen(turn.query), entries(turn)), queries)
    return Reply({"items": items, "total": len(items)})


ROUTES = (Route("GET", "bill", listed, tuple(FILTERS), answers={200: "Bill"}),)
