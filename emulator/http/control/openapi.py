"""openapi.json: this server described for programs; made of the routes and schemas it lives by."""

import asyncio

from emulator.http import openapi
from emulator.http.control import ControlRequest, Reply, Route
from emulator.http.control.index import list_routes


async def show_openapi(request: ControlRequest) -> Reply:
    """The control API and the services in OpenAPI 3.1."""
    app = request.app
    settings = app.state.settings
    host = "localhost" if settings.server.host in ("0.0.0.0", "::") else settings.server.host  # noqa: S104 - told apart
    url = f"http://[{host}]:{app.port}" if ":" in host else f"http://{host}:{app.port}"
    wants_token = settings.control_token is not None
    return Reply(
        await asyncio.to_thread(openapi.build_document, list_routes(), app.providers.values(), url, wants_token)
    )


ROUTES = (Route("GET", "openapi.json", show_openapi, answers={200: "Anything"}, operation_id="openapi_described"),)
