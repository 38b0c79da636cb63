"""rules/reload: read the fixture files now, without waiting until their change is seen."""

from emulator.planes.control import Reply, Route, Turn


async def reload(turn: Turn) -> Reply:
    """Answered when the new rules hold; files with a mistake are 400, and then those read before stay."""
    house = turn.house
    await house.fixtures.reload(lambda: house.known)
    return Reply(house.fixtures.told())


ROUTES = (Route("POST", "rules/reload", reload, answers={200: "Fixtures"}, silent=True),)
