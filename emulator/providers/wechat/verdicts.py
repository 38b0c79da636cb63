"""What WeChat's first version tells of a verdict: risky or not."""

from emulator.provider import Body, Visit
from emulator.providers.wechat.errors import ROWS
from emulator.world import World
from emulator.world.verdicts.outcome import Respond, Verdict, merged

OK: Body = {"errcode": 0, "errmsg": "ok"}


def judged(visit: Visit, world: World) -> Body:
    """The answer to a call with one subject: any block is 87014, a review 0 or 87014 by quirk, everything else 0."""
    ((_subject, ruling),) = visit.judgement.subjects
    outcome = ruling.outcome
    if isinstance(outcome, Respond):
        return dict(merged(OK, outcome.patch))
    risky = isinstance(outcome, Verdict) and (
        outcome.suggestion == "block"
        or any(finding.suggestion == "block" for finding in outcome.findings)
        or (outcome.suggestion == "review" and world.settings.quirks["wechat.review"] == 87014)
    )
    return {"errcode": 87014, "errmsg": f"{ROWS['87014'].message} rid: {visit.request_id}"} if risky else OK
