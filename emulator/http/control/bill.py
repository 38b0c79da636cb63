"""bill: the units that the provider would have charged for, by account and operation."""

from emulator.control import Reply, Route
from emulator.http.control import AppRequest
from emulator.http.control.journal import iterate_entries
from emulator.reports.bill import calculate_bill
from emulator.reports.filters import FILTERS, build_filter


async def show_bill(request: AppRequest) -> Reply:
    """Return the units that the providers would have charged for, by account and operation."""
    entries = filter(build_filter(request.query), iterate_entries(request))
    items = await calculate_bill(entries, request.app.providers)
    return Reply({"items": items, "total": len(items)})


ROUTES = (Route("GET", "bill", show_bill, tuple(FILTERS), answers={200: "Bill"}, operation_id="bill_listed"),)
