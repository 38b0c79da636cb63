"""The event wxa_media_check, unencrypted, which brings a verdict of media_check_async to the mini program's own server.

The push settings of a mini program are those of its account: `push_url` (None: nothing is pushed), `push_token` for the
signature, `push_format`. Encryption (AES) is not emulated. By the document the event takes 30 minutes at most; here it
comes at once.

By the page of message pushes, and by the staff, a receiver has 5 seconds to answer and there are three tries in all. It
is not documented how far apart the tries are when the receiver answers badly. Each try is a request of its own; its
timestamp is the time of the try. By the same page only `success` or an empty body ends the tries. Some callers report
the same, others that any answer ends them.
"""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any, NamedTuple

from emulator.config.model import Pace
from emulator.encoding.json import encode_json
from emulator.encoding.xml import encode_push_xml
from emulator.errors import find_row
from emulator.merge_patch import apply_patch
from emulator.operation import Invocation
from emulator.providers.wechat.credentials import CREDENTIALS
from emulator.providers.wechat.errors import RISKY, ROWS
from emulator.providers.wechat.labels import build_model_detail, build_result, combine_outcomes
from emulator.providers.wechat.verdicts import is_risky
from emulator.providers.wechat.versions import is_second
from emulator.rules.decision import Decision
from emulator.rules.outcome import Error, Respond, Verdict
from emulator.state import State, store
from emulator.state.callbacks.delivery import Delivery
from emulator.state.store import Change

Event = dict[str, Any]

# The gaps between tries are our choice. In the fast profile the first is short, for a test, and the second long enough
# for a receiver that is starting.
PACES = {"fast": Pace(5, (0.01, 2), 3), "documented": Pace(5, (5,), 3)}

_ACCEPTED = frozenset({b"success", b""})
_CONTENT_TYPES = {"xml": "text/xml", "json": "application/json"}


def push(invocation: Invocation, decision: Decision, state: State) -> list[Change]:
    """Return the push of the event when the verdict is ready; none where the mini program has no address for events."""
    account, own = invocation.account, invocation.account.of(CREDENTIALS)
    if own.push_url is None:
        return []
    ready_at = account.clock.now() + (decision.delay or 0.0)
    body = build_event(invocation, decision, state)
    data = encode_json(body) if own.push_format == "json" else encode_push_xml(body).encode()
    delivery = Delivery(
        *(invocation.request_id, None, own.push_url, (), ready_at, decision.callback),
        body=data,
        content_type=_CONTENT_TYPES[own.push_format],
        sign=EventSigner(own.push_token, state.ids.make_digits(10)),
        provider="wechat",
        accepted=_ACCEPTED if state.settings.quirks["wechat.push_answer"] == "success" else frozenset(),
    )
    return [store.push(delivery)]


def build_event(invocation: Invocation, decision: Decision, state: State) -> Event:
    """Return the event in the form of the version that was called, with the patch of a rule applied."""
    own, params, outcome = invocation.account.of(CREDENTIALS), invocation.call.params, decision.outcome
    if isinstance(outcome, Error) and outcome.code == RISKY.code:
        outcome = Verdict(suggestion="block")
    body: Event = {
        "ToUserName": f"gh_{own.appid[-12:]}",
        "FromUserName": params["openid"] if is_second(invocation.call) else _make_sender(own.appid),
        "CreateTime": int(invocation.account.clock.now()),
        "MsgType": "event",
        "Event": "wxa_media_check",
        **(_build_version_2 if is_second(invocation.call) else _build_version_1)(invocation, outcome, state),
    }
    return dict(apply_patch(body, outcome.patch)) if isinstance(outcome, Respond) else body


def _make_sender(appid: str) -> str:
    """Return the sender of the events of version 1, "the platform's push service": one for each mini program."""
    digest = hashlib.sha256(appid.encode()).digest()
    return f"o{urlsafe_b64encode(digest).decode()[:27]}"


def _build_version_1(invocation: Invocation, outcome: object, state: State) -> Event:
    return {
        "isrisky": int(is_risky(outcome, state)),
        "extra_info_json": "",
        "appid": invocation.account.of(CREDENTIALS).appid,
        "trace_id": invocation.request_id,
        "status_code": int(outcome.code) % 2**32 if isinstance(outcome, Error) else 0,  # unsigned on the wire
        "detail": [],
    }


def _build_version_2(invocation: Invocation, outcome: object, _state: State) -> Event:
    """Return the fields of version 2; where the check failed there is no result, and nothing in detail."""
    head = {"appid": invocation.account.of(CREDENTIALS).appid, "trace_id": invocation.request_id, "version": 2}
    if isinstance(outcome, Error):
        return {**head, "detail": [], "errcode": int(outcome.code), "errmsg": find_row(outcome, ROWS).message}
    verdict = combine_outcomes([outcome])
    found = build_result(verdict.suggestion, verdict.findings)
    return {**head, "detail": [build_model_detail(verdict.findings)], "errcode": 0, "errmsg": "ok", "result": found}


class EventSigner(NamedTuple):
    """Signs the tries of one event with the push token of the mini program.

    The nonce of a try is made of `seed` and its number, so that runs with the same seed have the same nonces.
    """

    token: str
    seed: str

    def __call__(self, moment: float, number: int, /) -> dict[str, str]:
        """Return the signature of one try, with the timestamp and nonce that it signs."""
        timestamp = str(int(moment))
        nonce = str(int(hashlib.sha1(f"{self.seed}/{number}".encode()).hexdigest(), 16))[:10]
        return {"signature": make_signature(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}


def make_signature(token: str, timestamp: str, nonce: str) -> str:
    """Return the SHA-1 over the three, sorted and joined, by which a mini program's server knows who calls."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()
