"""rules/reload: reads the fixture files now, without waiting until a change of them is seen."""

from emulator.control import Reply, Route
from emulator.http.control import AppRequest


async def reload_fixtures(request: AppRequest) -> Reply:
    """Read the fixture files again, and answer when their rules are in force.

    Files with a mistake are answered with 400. Then the rules that were read before stay in force.
    """
    app = request.app
    await app.fixtures.reload(lambda: app.rule_names)
    return Reply(app.fixtures.to_dict())


ROUTES = (
    Route(
        "POST", "rules/reload", reload_fixtures, answers={200: "Fixtures"}, silent=True, operation_id="reload_reload"
    ),
)
