"""The types that a state in a file may keep, whoever the provider is, by words that never change."""

from collections.abc import Mapping
from typing import Final

from emulator.error_types import Chinese, ErrorRow, WrittenError
from emulator.media.images import Picture
from emulator.rules.decision import Decision, Item
from emulator.rules.outcome import Error, Finding, Raw, Respond, Verdict
from emulator.state.callbacks.callback import Attempt
from emulator.state.callbacks.delivery import WrongSignature
from emulator.types import FaultRequest

KEPT_TYPES: Final[Mapping[str, type]] = {
    "attempt": Attempt,
    "chinese": Chinese,
    "decision": Decision,
    "error": Error,
    "error_row": ErrorRow,
    "fault": FaultRequest,
    "finding": Finding,
    "item": Item,
    "picture": Picture,
    "raw": Raw,
    "respond": Respond,
    "verdict": Verdict,
    "written_error": WrittenError,
    "wrong_signature": WrongSignature,
}
