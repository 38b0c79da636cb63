"""cgi-bin/token: a new token each time; the one before it stays good for five minutes."""

from emulator.operation import Body, Invocation, Operation
from emulator.providers.wechat import tokens
from emulator.state import State

ENDPOINT = "token"


def perform(invocation: Invocation, state: State) -> Body:
    """Return the token, and how many seconds it is good for."""
    account = invocation.account
    if (last := tokens.find_latest(account, ENDPOINT)) is not None:
        tokens.replace(account, last, tokens.GRACE)
    fresh = tokens.mint(account, state)
    tokens.keep_latest(account, ENDPOINT, fresh)
    return {"access_token": fresh, "expires_in": tokens.LIFETIME_SECONDS}


OPERATION = Operation("cgi-bin/token", items=lambda _call, _account, _state: [], perform=perform)
