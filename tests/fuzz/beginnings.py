"""What is asked before the round of a seed, so that a seed finds the same server whatever was played before."""

import json
from collections.abc import Iterable
from typing import Any

from emulator.server import providers
from tests.fuzz.dice import Dice
from tests.fuzz.doors import aliyun, control
from tests.fuzz.draft import STAMP, Draft, written
from tests.fuzz.shots import HOST, ROUND, Kind, kind
from tests.providers.alipay.gateway.forms import APP_ID, pair

_KEY = f"alipay/apps/{APP_ID}/public-key"
_QUIRKS = [quirk for provider in providers().values() for quirk in provider.quirks]


def beginnings(number: int) -> Iterable[bytes]:
    """The requests, in order."""
    first = number - number % ROUND
    dice = Dice(first, wild=1)
    yield steer("POST", "reset", {"accounts": True})
    yield steer("POST", "clock", {"set": STAMP, "freeze": True})
    if kind(number) is Kind.KEYED:
        yield steer("PUT", _KEY, pair().public.encode())
    else:
        yield steer("DELETE", _KEY)
    if kind(number) is not Kind.CONTROL:
        quirks = {quirk.name: dice.choice(quirk.choices) for quirk in dice.sample(_QUIRKS, 4) if dice.one_in(2)}
        yield steer("PATCH", "settings", {"magic_words": kind(number) is Kind.MAGIC, "quirks": quirks})
    if kind(number) is Kind.RULED:
        yield from (steer("POST", "rules", dice.json(rule)) for rule in (*control.RULES, *control.RULES))
    if kind(number) is Kind.CONTROL:
        yield from (written(aliyun.roa(Dice(first + n, wild=0), HOST), HOST) for n in range(12))


def steer(method: str, path: str, body: Any = b"") -> bytes:
    """A request of the control plane."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return written(Draft(method, f"/_emulator/{path}", {}, data), HOST)
