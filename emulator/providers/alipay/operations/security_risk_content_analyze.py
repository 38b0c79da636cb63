"""alipay.security.risk.content.analyze: checks a post as a whole, at once or, with files behind addresses, later."""

from math import inf

from emulator.operation import Answer, Body, Invocation, Operation
from emulator.providers.alipay.gateway import analyses, required_parameters
from emulator.providers.alipay.gateway.verdicts import apply_rule_patches
from emulator.providers.alipay.image_limits import IMAGE_LIMITS
from emulator.rules.decision import Item
from emulator.rules.item import make_picture_item, make_text_item
from emulator.state import State
from emulator.state.accounts import Account
from emulator.types import Call

URL_PARAMETERS = ("picture_urls", "link_urls", "audio_urls", "video_urls")


def list_items(call: Call, _account: Account, _state: State) -> list[Item]:
    """Return the text first, then everything behind an address; a call may have none of either."""
    params, data_id = call.params, call.params.get("app_scene_data_id")
    urls = [url for name in URL_PARAMETERS for url in params.get(name, ())]
    first = [make_text_item(1, params["text"], data_id)] if params.get("text") else []
    return [*first, *(make_picture_item(number, url, data_id) for number, url in enumerate(urls, len(first) + 1))]


def perform(invocation: Invocation, state: State) -> Answer:
    """Return the result, or `need`: it must be asked for later, in 60 seconds by the document."""
    wait = _choose_wait(invocation)
    ready_at = invocation.account.clock.now() + wait
    params = invocation.call.params
    analysis = analyses.build_analysis(invocation.decisions, ready_at)
    body: Body = {
        **({"app_scene_data_id": params["app_scene_data_id"]} if "app_scene_data_id" in params else {}),
        "event_id": invocation.request_id,
        "need_query": "need" if wait else "no_need",
        **({} if wait else analyses.build_result(invocation, state)),
    }
    kept = analyses.keep(invocation.account, invocation.request_id, params, analysis)
    return Answer(apply_rule_patches(invocation, body), kept)


def _choose_wait(invocation: Invocation) -> float:
    """Return the seconds until the result is ready: 0 for a text alone, which is our guess, or what a rule says."""
    decisions = [decision for _item, decision in invocation.decisions.items]
    if any(decision.callback == "never" for decision in decisions):
        return inf
    if any(decision.delay is not None for decision in decisions):
        return invocation.decisions.delay
    media = any(invocation.call.params.get(name) for name in URL_PARAMETERS)
    return invocation.account.settings.waits["alipay_analyze"] if media else 0.0


OPERATION = Operation(
    name="alipay.security.risk.content.analyze",
    items=list_items,
    perform=perform,
    check=required_parameters.check,
    image_limits=IMAGE_LIMITS,
    asynchronous=True,
    callback_modes=("never",),
)
