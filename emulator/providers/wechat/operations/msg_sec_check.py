"""security.msgSecCheck: checks a text while the caller waits; version 1 says yes or no, version 2 what it found."""

from emulator.error_types import Refusal
from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation, Operation
from emulator.providers.wechat.labels import Detail, build_model_detail, build_result, combine_outcomes, round_certainty
from emulator.providers.wechat.verdicts import is_risky
from emulator.providers.wechat.versions import is_second
from emulator.rules.decision import PASSED, Item
from emulator.rules.item import make_text_item
from emulator.rules.outcome import Error, Respond, Verdict
from emulator.rules.scenes import choose_hit_words
from emulator.rules.words import encode
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

LARGEST = 500 * 1024  # bytes of a text, by either version
LONGEST = 2500  # characters of a content by version 2
PROFILE = 1  # the only scene in which a signature counts

# The two sample texts on the page of version 1 that are risky; the page of version 2 has none.
SAMPLES = ("特3456书yuuo莞6543李zxcz蒜7782法fgnv级", "完2347全dfji试3726测asad感3847知qwez到")


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the content and, in version 2, whatever else the user wrote: each is a text of its own."""
    names = ["content"]
    if is_second(call):
        names += ["title", "nickname", *(["signature"] if call.params["scene"] == PROFILE else [])]
    given = [call.params[name] for name in names if call.params.get(name) or name == "content"]
    return [make_text_item(n, text) for n, text in enumerate(given, 1)]


def check(call: Call, _state: State) -> None:
    """Refuse what the schema cannot: a content of too many bytes or, in version 2, of too many characters."""
    content = call.params["content"]
    if is_second(call) and len(content) > LONGEST:
        raise Refusal("45002", f"content has {len(content)} characters; {LONGEST} are taken.")
    if (size := len(encode(content))) > LARGEST:
        raise Refusal("45002", f"content has {size} bytes; {LARGEST} are taken.")


def perform(invocation: Invocation, state: State) -> Body:
    """Return ok; in version 2 with what was found. Raises a Refusal where a rule or magic word asks for an error.

    In version 1, a risky text also raises the Refusal 87014.
    """
    decisions = [decision for _item, decision in invocation.decisions.items]
    outcomes = [decision.outcome for decision in decisions]
    for outcome in outcomes:
        if isinstance(outcome, Error):
            cause = "A rule or magic word asks for it for one of the texts."
            raise Refusal(outcome.code, cause=cause, written=outcome.written)
    body: Body = {"errcode": 0, "errmsg": "ok"}
    if is_second(invocation.call):
        body |= _build_version_2(invocation, state)
    elif any(is_risky(outcome, state) for outcome in outcomes):
        raise Refusal("87014", cause="The text was found to be risky.")
    elif decisions[0] is PASSED and any(sample in invocation.call.params["content"] for sample in SAMPLES):
        raise Refusal("87014", cause="It is a sample text of the document, which version 1 finds risky.")
    for outcome in outcomes:
        if isinstance(outcome, Respond):
            body = apply_patch(body, outcome.patch)
    return body


def _build_version_2(invocation: Invocation, state: State) -> Body:
    """Return the result of version 2: the worst suggestion of all texts, and what each strategy found."""
    verdicts = [(item, combine_outcomes([decision.outcome])) for item, decision in invocation.decisions.items]
    whole = combine_outcomes(verdict for _item, verdict in verdicts)
    seen = [found for found in whole.findings if found.label != "keyword"]
    keywords = [detail for item, verdict in verdicts for detail in _list_keyword_details(item, verdict, state)]
    return {
        "result": build_result(whole.suggestion, whole.findings),
        # In captures where no word was hit, the strategy has nothing but its errcode.
        "detail": [build_model_detail(seen), *(keywords or [{"strategy": "keyword", "errcode": 0}])],
        "trace_id": invocation.request_id,
    }


def _list_keyword_details(item: Item, verdict: Verdict, state: State) -> list[Detail]:
    """Return one detail for each word of the customer's own list that was hit."""
    text, details = str(item.facts["text"]), []
    for found in verdict.findings if text else ():
        if found.label == "keyword":
            detail = {
                "strategy": "keyword",
                "errcode": 0,
                **build_result(found.suggestion, [found]),
                "level": round_certainty([found]),
            }
            words = choose_hit_words(found, text, "keyword", state.ids)
            details += [{**detail, "keyword": word} for word in words] or [detail]
    return details


OPERATION = Operation(name="security.msgSecCheck", items=list_items, perform=perform, check=check)
