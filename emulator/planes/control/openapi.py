"""openapi.json: this server described for programs; made of the routes and schemas it lives by."""

import asyncio

from emulator.planes import openapi
from emulator.planes.control import Reply, Route, Turn
from emulator.planes.control.index import routes


async def described(turn: Turn) -> Reply:
    """The control API and the services in OpenAPI 3.1."""
    house = turn.house
    settings = house.world.settings
    host = "localhost" if settings.server.host in ("0.0.0.0", "::") else settings.server.host  # noqa: S104 - told apart
    url = f"http://[{host}]:{house.port}" if ":" in host else f"http://{host}:{house.port}"
    wants_token = settings.control_token is not None
    return Reply(await asyncio.to_thread(openapi.document, routes(), house.providers.values(), url, wants_token))


ROUTES = (Route("GET", "openapi.json", described, answers={200: "Anything"}),)
