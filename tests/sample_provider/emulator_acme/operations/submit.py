"""submit: takes the address of a picture; the verdict is pushed to the address that the call names."""

import hashlib
import hmac
from typing import NamedTuple

from emulator.encoding.json import encode_json
from emulator.errors import find_row
from emulator.merge_patch import apply_patch
from emulator.operation import Answer, Body, ImageLimits, Invocation, Operation
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item
from emulator.rules.magic_words import CALLBACKS
from emulator.rules.outcome import Error, Respond, find_verdict
from emulator.state import State, store
from emulator.state.accounts import Account
from emulator.state.callbacks.delivery import Delivery
from emulator.types import Call

from ..credentials import CREDENTIALS  # noqa: TID252 - so that the folder works wherever it lies
from ..errors import ROWS  # noqa: TID252

_REASONS = ("forbidden", "denied", "missing", "unreachable", "slow", "large", "format", "broken")
IMAGE_LIMITS = ImageLimits(
    size=5_000_000,
    seconds=5.0,
    formats=frozenset({"png", "jpeg"}),
    error_codes=dict.fromkeys(_REASONS, "unreadable_picture"),
    source="documented: page of submit",
)


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    return [make_picture_item(1, call.params["picture"], None)]


def perform(invocation: Invocation, _state: State) -> Answer:
    """Return the id of the job. Its result is fixed now, and pushed when it is ready."""
    ((_item, decision),) = invocation.decisions.items
    job = invocation.request_id
    result: Body = {"job": job, **_build_result(decision.outcome)}
    if isinstance(decision.outcome, Respond):
        result = dict(apply_patch(result, decision.outcome.patch))
    delivery = Delivery(
        task_id=job,
        data_id=None,
        url=invocation.call.params["callback"],
        form=(),
        ready_at=invocation.account.clock.now() + (decision.delay or 0.0),
        mode=decision.callback,
        body=encode_json(result),
        content_type="application/json",
        sign=JobSigner(invocation.account.of(CREDENTIALS).secret, job),
        provider="acme",
    )
    return Answer({"job": job}, [store.push(delivery)])


def _build_result(outcome: object) -> Body:
    if isinstance(outcome, Error):
        row = find_row(outcome, ROWS)
        return {"error": {"code": row.code, "message": row.message}}
    return {"verdict": find_verdict(outcome).suggestion}


class JobSigner(NamedTuple):
    """Signs the pushes of one job."""

    secret: str
    job: str

    def __call__(self, moment: float, _number: int, /) -> dict[str, str]:
        """Return what each push adds to the query of the callback's address."""
        time = str(int(moment))
        signature = hmac.new(self.secret.encode(), f"{self.job}.{time}".encode(), hashlib.sha256).hexdigest()
        return {"time": time, "signature": signature}


OPERATION = Operation(
    name="submit",
    items=list_items,
    perform=perform,
    image_limits=IMAGE_LIMITS,
    asynchronous=True,
    callback_modes=CALLBACKS,
)
