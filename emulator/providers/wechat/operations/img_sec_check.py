"""security.imgSecCheck: one picture, judged while the caller waits; risky or not is all that is told."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.wechat.verdicts import risky
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.outcome import Respond, merged
from emulator.world.verdicts.subject import Subject, uploaded

WIDTH, HEIGHT = 750, 1334  # pixels
_PIXELS = {"documented": "40006", "lenient": "", "87015": "87015"}


def picture(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The picture of the call."""
    known = {name: value for name, value in call.params["media"].items() if name != "size"}
    return [uploaded(1, call.uploaded.files["media"], known)]


def check(call: Call, world: World) -> None:
    """What the schema cannot say: why there is no picture; and its pixels, which the document limits, and of which more
    were seen to pass, or to take too long.
    """
    media = call.params["media"]
    if isinstance(media, str):
        raise Refusal("41005", cause=f"No picture came: {media}.")
    code = _PIXELS[world.settings.quirks["wechat.pixels"]]
    if code and (media["width"] > WIDTH or media["height"] > HEIGHT):
        cause = f"{media['width']} x {media['height']} pixels are more than {WIDTH} x {HEIGHT}."
        raise Refusal(code, cause=f"{cause} The quirk wechat.pixels may take them.")


def img_sec_check(visit: Visit, world: World) -> Body:
    """ok, or 87014 for what is risky."""
    ((_subject, ruling),) = visit.judgement.subjects
    if risky(ruling.outcome, world):
        raise Refusal("87014", cause="The picture was found to be risky.")
    body: Body = {"errcode": 0, "errmsg": "ok"}
    return dict(merged(body, ruling.outcome.patch)) if isinstance(ruling.outcome, Respond) else body


OPERATION = Operation("security.imgSecCheck", subjects=picture, perform=img_sec_check, check=check)
