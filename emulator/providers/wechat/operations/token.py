"""cgi-bin/token: a new token each time; the one before it stays good for five minutes."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.wechat import tokens
from emulator.world import World

ENDPOINT = "token"


def token(visit: Visit, world: World) -> Body:
    """The token, and how many seconds it is good for."""
    account = visit.account
    if (last := tokens.latest(account, ENDPOINT)) is not None:
        tokens.replace(account, last, tokens.GRACE)
    fresh = tokens.mint(account, world)
    tokens.keep_latest(account, ENDPOINT, fresh)
    return {"access_token": fresh, "expires_in": tokens.LIFE}


OPERATION = Operation("cgi-bin/token", subjects=lambda _call, _account, _world: [], perform=token)
