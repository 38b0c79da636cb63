"""security.msgSecCheck: a text, checked while the caller waits; version 1 says yes or no, version 2 what it found."""

from emulator.provider import Body, Operation, Visit
from emulator.providers.wechat.labels import Detail, certainty, joined, model, result
from emulator.providers.wechat.verdicts import risky
from emulator.providers.wechat.versions import is_second
from emulator.vocabulary import Call, Refusal
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.judge import PASSED
from emulator.world.verdicts.outcome import Error, Respond, Verdict, merged
from emulator.world.verdicts.scenes import words_hit
from emulator.world.verdicts.subject import Subject, of_text
from emulator.world.verdicts.words import utf8

LARGEST = 500 * 1024  # bytes of a text, by either version
LONGEST = 2500  # characters of a content by version 2
PROFILE = 1  # the scene in which alone a signature counts

# The two texts by which the page of version 1 lets callers see a risk; that of version 2 has none.
SAMPLES = ("特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到")


def texts(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The content and, by version 2, whatever else the user wrote: each a text of its own."""
    names = ["content"]
    if is_second(call):
        names += ["title", "nickname", *(["signature"] if call.params["scene"] == PROFILE else [])]
    given = [call.params[name] for name in names if call.params.get(name) or name == "content"]
    return [of_text(n, text) for n, text in enumerate(given, 1)]


def check(call: Call, _world: World) -> None:
    """What the schema cannot say: limits in bytes or in characters."""
    content = call.params["content"]
    if is_second(call) and len(content) > LONGEST:
        raise Refusal("45002", f"content has {len(content)} characters; {LONGEST} are taken.")
    if (size := len(utf8(content))) > LARGEST:
        raise Refusal("45002", f"content has {size} bytes; {LARGEST} are taken.")


def msg_sec_check(visit: Visit, world: World) -> Body:
    """By version 1 ok or a refusal; by version 2 always ok, with what was found."""
    rulings = [ruling for _subject, ruling in visit.judgement.subjects]
    outcomes = [ruling.outcome for ruling in rulings]
    for outcome in outcomes:
        if isinstance(outcome, Error):
            cause = "A rule or magic word asks for it for one of the texts."
            raise Refusal(outcome.code, cause=cause, written=outcome.written)
    body: Body = {"errcode": 0, "errmsg": "ok"}
    if is_second(visit.call):
        body |= _told(visit, world)
    elif any(risky(outcome, world) for outcome in outcomes):
        raise Refusal("87014", cause="The text was found to be risky.")
    elif rulings[0] is PASSED and any(sample in visit.call.params["content"] for sample in SAMPLES):
        raise Refusal("87014", cause="It is a sample text of the document, which version 1 finds risky.")
    for outcome in outcomes:
        if isinstance(outcome, Respond):
            body = merged(body, outcome.patch)
    return body


def _told(visit: Visit, world: World) -> Body:
    """What version 2 tells: the gravest suggestion of all, and how each strategy came to its own."""
    judged = [(subject, joined([ruling.outcome])) for subject, ruling in visit.judgement.subjects]
    whole = joined(verdict for _subject, verdict in judged)
    seen = [found for found in whole.findings if found.label != "keyword"]
    keywords = [detail for subject, verdict in judged for detail in _keywords(subject, verdict, world)]
    return {
        "result": result(whole.suggestion, whole.findings),
        # Where no word was hit, the strategy is captured with nothing but its errcode.
        "detail": [model(seen), *(keywords or [{"strategy": "keyword", "errcode": 0}])],
        "trace_id": visit.request_id,
    }


def _keywords(subject: Subject, verdict: Verdict, world: World) -> list[Detail]:
    """One detail for each word of the customer's own list that was hit."""
    text, details = str(subject.facts["text"]), []
    for found in verdict.findings if text else ():
        if found.label == "keyword":
            told = {
                "strategy": "keyword",
                "errcode": 0,
                **result(found.suggestion, [found]),
                "level": certainty([found]),
            }
            words = words_hit(found, text, "keyword", world.identities)
            details += [{**told, "keyword": word} for word in words] or [told]
    return details


OPERATION = Operation(name="security.msgSecCheck", subjects=texts, perform=msg_sec_check, check=check)
