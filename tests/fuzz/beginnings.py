"""What is asked before the round of a seed, so that a seed finds the same server whatever was played before."""

import json
from collections.abc import Iterable
from typing import Any

from emulator.discovery import find_providers
from tests.fuzz.builders import aliyun, control
from tests.fuzz.draft import STAMP, Draft, encode_draft
from tests.fuzz.rng import Rng
from tests.fuzz.shots import HOST, ROUND, Kind, choose_kind
from tests.providers.alipay.gateway.builders import APP_ID, make_key_pair

_KEY = f"alipay/apps/{APP_ID}/public-key"
_QUIRKS = [quirk for provider in find_providers().values() for quirk in provider.quirks]


def iterate_beginnings(number: int) -> Iterable[bytes]:
    """Return the requests, in order."""
    first = number - number % ROUND
    rng = Rng(first, wild=1)
    yield encode_control_request("POST", "reset", {"accounts": True})
    yield encode_control_request("POST", "clock", {"set": STAMP, "freeze": True})
    if choose_kind(number) is Kind.KEYED:
        yield encode_control_request("PUT", _KEY, make_key_pair().public.encode())
    else:
        yield encode_control_request("DELETE", _KEY)
    if choose_kind(number) is not Kind.CONTROL:
        quirks = {quirk.name: rng.choice(quirk.choices) for quirk in rng.sample(_QUIRKS, 4) if rng.one_in(2)}
        yield encode_control_request(
            "PATCH", "settings", {"magic_words": choose_kind(number) is Kind.MAGIC, "quirks": quirks}
        )
    if choose_kind(number) is Kind.RULED:
        yield from (
            encode_control_request("POST", "rules", rng.encode_json(rule)) for rule in (*control.RULES, *control.RULES)
        )
    if choose_kind(number) is Kind.CONTROL:
        yield from (encode_draft(aliyun.build_green_call(Rng(first + n, wild=0), HOST), HOST) for n in range(12))


def encode_control_request(method: str, path: str, body: Any = b"") -> bytes:
    """Return the bytes of a request to the control API."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return encode_draft(Draft(method, f"/_emulator/{path}", {}, data), HOST)
