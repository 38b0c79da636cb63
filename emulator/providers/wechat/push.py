"""The event wxa_media_check: how a verdict of media_check_async reaches the mini program's own server, in plain.

Push settings of a mini program are those of its account: `push_url` (None: nothing is pushed), `push_token` for the
signature, `push_format`. Encryption (AES) is not built. Documented are 30 minutes at most; here it comes at once.

The page of message pushes tells of 5 seconds for the receiver and of three tries in all, as the staff does; not how far
apart those of a receiver that answers badly are. Each is a request of its own: the timestamp is its moment. By the same
page only `success` or an empty body ends them; some callers report that, others that any answer does.
"""

import hashlib
from base64 import urlsafe_b64encode
from functools import partial
from typing import Any

from emulator.catalogue import row_of
from emulator.json_text import to_json
from emulator.provider import Visit
from emulator.providers.wechat.errors import RISKY, ROWS
from emulator.providers.wechat.labels import joined, model, result
from emulator.providers.wechat.verdicts import risky
from emulator.providers.wechat.versions import is_second
from emulator.world import World
from emulator.world.delivery import Delivery
from emulator.world.settings import Pace
from emulator.world.verdicts.judge import Ruling
from emulator.world.verdicts.outcome import Error, Respond, Verdict, merged
from emulator.xml import written

Event = dict[str, Any]

# The gaps are ours: of the fast profile short for a test, then long enough for a receiver that is starting.
PACES = {"fast": Pace(5, (0.01, 2), 3), "documented": Pace(5, (5,), 3)}

_ENDING = frozenset({b"success", b""})
_TYPES = {"xml": "text/xml", "json": "application/json"}


def push(visit: Visit, ruling: Ruling, world: World) -> None:
    """Send the event when the verdict is ready; nothing where the mini program has no address for events."""
    account, own = visit.account, visit.account.wechat
    if own.push_url is None:
        return
    ready = account.clock.now() + (ruling.delay or 0.0)
    body = event(visit, ruling, world)
    data = to_json(body) if own.push_format == "json" else written(body).encode()
    world.courier.send(
        account,
        Delivery(
            *(visit.request_id, None, own.push_url, (), ready, ruling.callback),
            body=data,
            content_type=_TYPES[own.push_format],
            sign=partial(_sign, own.push_token, world.identities.digits(10)),
            provider="wechat",
            accepted=_ENDING if world.settings.quirks["wechat.push_answer"] == "success" else frozenset(),
        ),
    )


def event(visit: Visit, ruling: Ruling, world: World) -> Event:
    """The event in the form of the version that was called; a rule's `respond` lies over it."""
    own, params, outcome = visit.account.wechat, visit.call.params, ruling.outcome
    if isinstance(outcome, Error) and outcome.code == RISKY.code:
        outcome = Verdict(suggestion="block")
    told: Event = {
        "ToUserName": f"gh_{own.appid[-12:]}",
        "FromUserName": params["openid"] if is_second(visit.call) else _service(own.appid),
        "CreateTime": int(visit.account.clock.now()),
        "MsgType": "event",
        "Event": "wxa_media_check",
        **(_second if is_second(visit.call) else _first)(visit, outcome, world),
    }
    return dict(merged(told, outcome.patch)) if isinstance(outcome, Respond) else told


def _service(appid: str) -> str:
    """The sender of the events of version 1, "the platform's push service": one for each mini program."""
    digest = hashlib.sha256(appid.encode()).digest()
    return f"o{urlsafe_b64encode(digest).decode()[:27]}"


def _first(visit: Visit, outcome: object, world: World) -> Event:
    return {
        "isrisky": int(risky(outcome, world)),
        "extra_info_json": "",
        "appid": visit.account.wechat.appid,
        "trace_id": visit.request_id,
        "status_code": int(outcome.code) % 2**32 if isinstance(outcome, Error) else 0,  # unsigned on the wire
        "detail": [],
    }


def _second(visit: Visit, outcome: object, _world: World) -> Event:
    """Where the check failed there is no result, and nothing in detail."""
    known = {"appid": visit.account.wechat.appid, "trace_id": visit.request_id, "version": 2}
    if isinstance(outcome, Error):
        return {**known, "detail": [], "errcode": int(outcome.code), "errmsg": row_of(outcome, ROWS).message}
    verdict = joined([outcome])
    found = result(verdict.suggestion, verdict.findings)
    return {**known, "detail": [model(verdict.findings)], "errcode": 0, "errmsg": "ok", "result": found}


def _sign(token: str, drawn: str, moment: float, number: int) -> dict[str, str]:
    """Return the signature of one try, with what it signs: `drawn` and its number make the nonce, so that ids repeat
    with a seed.
    """
    timestamp = str(int(moment))
    nonce = str(int(hashlib.sha1(f"{drawn}/{number}".encode()).hexdigest(), 16))[:10]
    return {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}


def signature(token: str, timestamp: str, nonce: str) -> str:
    """SHA-1 over the three, sorted and joined: how a mini program's server knows who calls."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()
