"""security.imgSecCheck: one picture, judged while the caller waits; risky or not is all that is told."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.wechat.verdicts import risky
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.outcome import Respond, merged
from emulator.world.verdicts.subject import Subject, uploaded

WIDTH, HEIGHT = 750, 1334  # pixels


def picture(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The picture of the call."""
    known = {name: value for name, value in call.params["media"].items() if name != "size"}
    return [uploaded(1, call.uploaded.files["media"], known)]


def small_enough(call: Call, world: World) -> None:
    """The document limits width and height; the service was seen to let larger pictures pass."""
    media = call.params["media"]
    if world.settings.quirks["wechat.pixels"] == "documented" and (media["width"] > WIDTH or media["height"] > HEIGHT):
        raise Refusal("40006", f"{media['width']} x {media['height']} pixels are more than {WIDTH} x {HEIGHT}.")


def img_sec_check(visit: Visit, world: World) -> Body:
    """ok, or 87014 for what is risky."""
    ((_subject, ruling),) = visit.judgement.subjects
    if risky(ruling.outcome, world):
        raise Refusal("87014")
    body: Body = {"errcode": 0, "errmsg": "ok"}
    return dict(merged(body, ruling.outcome.patch)) if isinstance(ruling.outcome, Respond) else body


OPERATION = Operation("security.imgSecCheck", subjects=picture, perform=img_sec_check, check=small_enough)
