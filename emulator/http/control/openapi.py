"""openapi.json: this server described for programs. It is made of the same routes and schemas that the server uses."""

import asyncio

from emulator.control import Reply, Route
from emulator.http import openapi
from emulator.http.control import AppRequest
from emulator.http.control.index import list_routes


async def show_openapi(request: AppRequest) -> Reply:
    """Return the description of the control API and of the services in OpenAPI 3.1."""
    app = request.app
    settings = app.state.settings
    host = "localhost" if settings.server.host in ("0.0.0.0", "::") else settings.server.host  # noqa: S104 - compared only
    url = f"http://[{host}]:{app.port}" if ":" in host else f"http://{host}:{app.port}"
    wants_token = settings.control_token is not None
    providers = app.providers.values()
    return Reply(await asyncio.to_thread(openapi.build_document, list_routes(providers), providers, url, wants_token))


ROUTES = (Route("GET", "openapi.json", show_openapi, answers={200: "Anything"}, operation_id="openapi_described"),)
