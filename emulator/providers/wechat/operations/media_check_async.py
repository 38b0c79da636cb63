"""security.mediaCheckAsync: takes the address of a picture or sound; the verdict is pushed as event wxa_media_check."""

import re

from emulator.operation import Answer, ImageLimits, Invocation, Operation
from emulator.providers.wechat.push import push
from emulator.providers.wechat.versions import is_second
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item
from emulator.rules.magic_words import CALLBACKS
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

SOUND = 1  # the media_type; 2 is a picture
DOWNLOAD_FAILED = "-1008"

# Size and formats are those of the page, which has no webp; the seconds are our guess.
IMAGE_LIMITS = ImageLimits(
    10 * 1024 * 1024,
    10.0,
    frozenset({"png", "jpeg", "gif", "bmp"}),
    dict.fromkeys(
        ("forbidden", "denied", "missing", "unreachable", "slow", "large", "format", "broken"), DOWNLOAD_FAILED
    ),
    source={
        **dict.fromkeys(("size", "formats"), "documented: page of mediaCheckAsync"),
        "seconds": "ours: no page tells how long a download may take",
    },
)

_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the picture or sound by its address; a text that is not a web address fails as a download does."""
    item = make_picture_item(1, call.params["media_url"], None)
    if call.params["media_type"] == SOUND:
        item = item._replace(kind="sound")
    return [item if _ADDRESS.match(call.params["media_url"]) else item._replace(fetch_error=DOWNLOAD_FAILED)]


def perform(invocation: Invocation, state: State) -> Answer:
    """Return the id under which the verdict will come. The verdict is fixed now, and pushed when it is ready.

    The id of version 1 has 32 hexadecimal digits, without groups and without the time.
    """
    ((_item, decision),) = invocation.decisions.items
    if not is_second(invocation.call):
        invocation.request_id = state.ids.make_hexadecimal(32)
    pushed = push(invocation, decision, state)
    return Answer({"errcode": 0, "errmsg": "ok", "trace_id": invocation.request_id}, pushed)


OPERATION = Operation(
    name="security.mediaCheckAsync",
    items=list_items,
    perform=perform,
    image_limits=IMAGE_LIMITS,
    asynchronous=True,
    callback_modes=CALLBACKS,
)
