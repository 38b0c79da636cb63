"""The parameters that the methods demand although they do not need them, where the quirk alipay.required is set.

The vendor's own tests call analyze with none of its documented parameters, and succeed. The lists of the other methods
are those of a public client, which checks them itself. So by default none of these parameters is demanded.
"""

from collections.abc import Mapping

from emulator.error_types import Refusal
from emulator.state import State
from emulator.types import Call

_Alternatives = tuple[str, ...]  # parameters of which one must be there

_REQUIRED: Mapping[str, tuple[_Alternatives, ...]] = {
    "alipay.security.risk.content.sync.detect": (
        *(("request_id",), ("products",), ("channel",), ("content_type",), ("data_list",)),
    ),
    "alipay.security.risk.content.analyze": (
        *(("app_name",), ("app_scene",), ("app_scene_data_id",)),
        ("text", "picture_urls", "link_urls", "audio_urls", "video_urls"),
    ),
    "alipay.security.risk.content.result.get": (("event_id", "app_scene_data_id"),),
}


def check(call: Call, state: State) -> None:
    """Refuse a call that leaves out a parameter which its method demands."""
    if not state.settings.quirks["alipay.required"]:
        return
    for names in _REQUIRED[call.operation]:
        if not any(call.params.get(name) for name in names):
            cause = f"There is no {' or '.join(names)}, which the quirk alipay.required demands."
            raise Refusal("INVALID_PARAMETER", cause=cause)
