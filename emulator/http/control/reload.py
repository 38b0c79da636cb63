"""rules/reload: read the fixture files now, without waiting until their change is seen."""

from emulator.http.control import ControlRequest, Reply, Route


async def reload_fixtures(request: ControlRequest) -> Reply:
    """Answered when the new rules hold; files with a mistake are 400, and then those read before stay."""
    app = request.app
    await app.fixtures.reload(lambda: app.rule_names)
    return Reply(app.fixtures.to_dict())


ROUTES = (
    Route(
        "POST", "rules/reload", reload_fixtures, answers={200: "Fixtures"}, silent=True, operation_id="reload_reload"
    ),
)
