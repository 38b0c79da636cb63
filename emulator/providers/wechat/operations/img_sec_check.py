"""security.imgSecCheck: checks one picture while the caller waits, and answers only whether it is risky."""

from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.providers.wechat.verdicts import is_risky
from emulator.rules.decision import Item
from emulator.rules.item import make_uploaded_item
from emulator.rules.outcome import Respond
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

WIDTH, HEIGHT = 750, 1334  # pixels
_PIXELS = {"documented": "40006", "lenient": "", "87015": "87015"}


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the picture of the call."""
    facts = {name: value for name, value in call.params["media"].items() if name != "size"}
    return [make_uploaded_item(1, call.upload.files["media"], facts)]


def check(call: Call, state: State) -> None:
    """Refuse what the schema cannot: a call without a picture, with the reason, and a picture with too many pixels.

    The document limits the pixels. More pixels were seen to pass, or to take too long: the quirk wechat.pixels.
    """
    media = call.params["media"]
    if isinstance(media, str):
        raise Refusal("41005", cause=f"No picture came: {media}.")
    code = _PIXELS[state.settings.quirks["wechat.pixels"]]
    if code and (media["width"] > WIDTH or media["height"] > HEIGHT):
        cause = f"{media['width']} x {media['height']} pixels are more than {WIDTH} x {HEIGHT}."
        raise Refusal(code, cause=f"{cause} The quirk wechat.pixels may take them.")


def perform(invocation: Invocation, state: State) -> Body:
    """Return ok. Raises the Refusal 87014 for a risky picture."""
    ((_item, decision),) = invocation.decisions.items
    if is_risky(decision.outcome, state):
        raise Refusal("87014", cause="The picture was found to be risky.")
    body: Body = {"errcode": 0, "errmsg": "ok"}
    return dict(apply_patch(body, decision.outcome.patch)) if isinstance(decision.outcome, Respond) else body


OPERATION = Operation("security.imgSecCheck", items=list_items, perform=perform, check=check)
