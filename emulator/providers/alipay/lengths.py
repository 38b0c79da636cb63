"""The documented limit of the texts in a bizContext, 128 characters; the pages do not say whether it is enforced."""

from emulator.error_types import Refusal
from emulator.state import State
from emulator.types import Call

LONGEST = 128


def check(call: Call, state: State) -> None:
    """Refuse a text that is too long, unless the quirk alipay.lengths switches the limit off."""
    if not state.settings.quirks["alipay.lengths"]:
        return
    for name in ("content", "apply_id"):
        if (length := len(call.params["bizContext"].get(name, ""))) > LONGEST:
            hint = f"{LONGEST} are taken, or more by the quirk alipay.lengths"
            raise Refusal("param error", f"bizContext.{name} has {length} characters; {hint}.")
