"""security.mediaCheckAsync: takes the address of a picture or sound; the verdict is pushed as event wxa_media_check."""

import re

from emulator.provider import Body, Operation, Pictures, Visit
from emulator.providers.wechat.push import push
from emulator.providers.wechat.versions import is_second
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.magic import CALLBACKS
from emulator.world.verdicts.subject import Subject, of_url

SOUND = 1  # the media_type; 2 is a picture
UNSEEN = "-1008"

# Size and formats are those of the page, where there is no webp; the seconds are our guess.
LIMITS = Pictures(
    10 * 1024 * 1024,
    10.0,
    frozenset({"png", "jpeg", "gif", "bmp"}),
    dict.fromkeys(("forbidden", "denied", "missing", "unreachable", "slow", "large", "format", "broken"), UNSEEN),
    source={
        **dict.fromkeys(("size", "formats"), "documented: page of mediaCheckAsync"),
        "seconds": "ours: no page tells how long a download may take",
    },
)

_ADDRESS = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


def media(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The picture or sound by its address; what is no address at all can never be downloaded."""
    subject = of_url(1, call.params["media_url"], None)
    if call.params["media_type"] == SOUND:
        subject = subject._replace(kind="sound")
    return [subject if _ADDRESS.match(call.params["media_url"]) else subject._replace(trouble=UNSEEN)]


def media_check_async(visit: Visit, world: World) -> Body:
    """The id under which the verdict will come; it is fixed now, and pushed when it is ready. That of version 1 has 32
    digits, without groups and without the time.
    """
    ((_subject, ruling),) = visit.judgement.subjects
    if not is_second(visit.call):
        visit.request_id = world.identities.hexadecimal(32)
    push(visit, ruling, world)
    return {"errcode": 0, "errmsg": "ok", "trace_id": visit.request_id}


OPERATION = Operation(
    name="security.mediaCheckAsync",
    subjects=media,
    perform=media_check_async,
    pictures=LIMITS,
    asynchronous=True,
    callbacks=CALLBACKS,
)
