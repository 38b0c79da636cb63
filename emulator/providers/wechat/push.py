"""The event wxa_media_check: how a verdict of media_check_async reaches the mini program's own server, in plain.

Push settings of a mini program are those of its account: `push_url` (None: nothing is pushed), `push_token` for the
signature, `push_format`. Encryption (AES) is not built. Documented are 30 minutes at most; here it comes at once.
"""

import hashlib
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from emulator.catalogue import row_of
from emulator.json_text import to_json
from emulator.provider import Visit
from emulator.providers.wechat.errors import RISKY, ROWS
from emulator.providers.wechat.labels import joined, model, result
from emulator.providers.wechat.verdicts import risky
from emulator.providers.wechat.versions import is_second
from emulator.world import World
from emulator.world.delivery import Delivery
from emulator.world.verdicts.judge import Ruling
from emulator.world.verdicts.outcome import Error, Respond, Verdict, merged
from emulator.xml import document

Event = dict[str, Any]

_TYPES = {"xml": "text/xml", "json": "application/json"}


def push(visit: Visit, ruling: Ruling, world: World) -> None:
    """Send the event when the verdict is ready; nothing where the mini program has no address for events."""
    account, own = visit.account, visit.account.wechat
    if own.push_url is None:
        return
    ready = account.clock.now() + (ruling.delay or 0.0)
    body = event(visit, ruling, world)
    data = to_json(body) if own.push_format == "json" else document("xml", body).encode()
    stamp = str(int(ready if isfinite(ready) else account.clock.now()))
    query = {"timestamp": stamp, "nonce": world.identities.digits(10)}
    signed = signature(own.push_token, *query.values())
    address, _, given = own.push_url.partition("?")
    url = f"{address}?{f'{given}&' if given else ''}{urlencode({'signature': signed, **query})}"
    world.courier.send(
        account,
        Delivery(
            *(visit.request_id, None, url, (), ready, ruling.callback),
            body=data,
            content_type=_TYPES[own.push_format],
            signature=signed,
        ),
    )


def event(visit: Visit, ruling: Ruling, world: World) -> Event:
    """The event in the form of the version that was called; a rule's `respond` lies over it."""
    own, params, outcome = visit.account.wechat, visit.call.params, ruling.outcome
    if isinstance(outcome, Error) and outcome.code == RISKY.code:
        outcome = Verdict(suggestion="block")
    told: Event = {
        "ToUserName": f"gh_{own.appid[-12:]}",
        "FromUserName": params.get("openid") or f"o{world.identities.password(27)}",
        "CreateTime": int(visit.account.clock.now()),
        "MsgType": "event",
        "Event": "wxa_media_check",
        **(_second if is_second(visit.call) else _first)(visit, outcome, world),
    }
    return dict(merged(told, outcome.patch)) if isinstance(outcome, Respond) else told


def _first(visit: Visit, outcome: object, world: World) -> Event:
    return {
        "isrisky": int(risky(outcome, world)),
        "extra_info_json": "",
        "appid": visit.account.wechat.appid,
        "trace_id": visit.request_id,
        "status_code": int(outcome.code) % 2**32 if isinstance(outcome, Error) else 0,  # unsigned on the wire
    }


def _second(visit: Visit, outcome: object, _world: World) -> Event:
    """Where the check failed there is neither result nor detail: they hold only with errcode 0."""
    known = {"appid": visit.account.wechat.appid, "trace_id": visit.request_id, "version": 2}
    if isinstance(outcome, Error):
        return {**known, "errcode": int(outcome.code), "errmsg": row_of(outcome, ROWS).message}
    verdict = joined([outcome])
    found = result(verdict.suggestion, verdict.findings)
    return {**known, "detail": [model(verdict.findings)], "errcode": 0, "errmsg": "ok", "result": found}


def signature(token: str, timestamp: str, nonce: str) -> str:
    """SHA-1 over the three, sorted and joined: how a mini program's server knows who calls."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()
