"""cgi-bin/token: a new token each time; the one before it stays good for five minutes."""

from emulator.operation import Answer, Invocation, Operation
from emulator.providers.wechat import tokens
from emulator.state import State

ENDPOINT = "token"


def perform(invocation: Invocation, state: State) -> Answer:
    """Return the token, and how many seconds it is good for."""
    account = invocation.account
    last = tokens.find_latest(account, ENDPOINT)
    ended = tokens.replace(account, last, tokens.GRACE) if last is not None else []
    fresh, kept = tokens.mint(account, state, ENDPOINT)
    return Answer({"access_token": fresh, "expires_in": tokens.LIFETIME_SECONDS}, [*ended, *kept])


OPERATION = Operation("cgi-bin/token", items=lambda _call, _account, _state: [], perform=perform)
