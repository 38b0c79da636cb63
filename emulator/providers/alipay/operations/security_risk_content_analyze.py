"""alipay.security.risk.content.analyze: judges a post as a whole, at once or, with files behind addresses, later."""

from math import inf

from emulator.provider import Body, Operation, Visit
from emulator.providers.alipay.gateway import analyses, demands
from emulator.providers.alipay.gateway.verdicts import patched
from emulator.providers.alipay.pictures import PICTURES
from emulator.vocabulary import Call
from emulator.world import World
from emulator.world.accounts import Account
from emulator.world.verdicts.subject import Subject, of_text, of_url

ADDRESSES = ("picture_urls", "link_urls", "audio_urls", "video_urls")


def contents(call: Call, _account: Account, _world: World) -> list[Subject]:
    """The text first, then everything behind an address; of neither there need be any."""
    params, data_id = call.params, call.params.get("app_scene_data_id")
    urls = [url for name in ADDRESSES for url in params.get(name, ())]
    first = [of_text(1, params["text"], data_id)] if params.get("text") else []
    return [*first, *(of_url(number, url, data_id) for number, url in enumerate(urls, len(first) + 1))]


def security_risk_content_analyze(visit: Visit, world: World) -> Body:
    """The result, or that it must be asked for: `need`, in 60 seconds by the document."""
    wait = _wait(visit)
    ready = visit.account.clock.now() + wait
    params = visit.call.params
    analyses.keep(visit.account, visit.request_id, params, analyses.taken(visit.judgement, ready))
    body: Body = {
        **({"app_scene_data_id": params["app_scene_data_id"]} if "app_scene_data_id" in params else {}),
        "event_id": visit.request_id,
        "need_query": "need" if wait else "no_need",
        **({} if wait else analyses.result(visit, world)),
    }
    return patched(visit, body)


def _wait(visit: Visit) -> float:
    """Seconds until the result is ready: none for a text alone, which is our guess; or what a rule says."""
    rulings = [ruling for _subject, ruling in visit.judgement.subjects]
    if any(ruling.callback == "never" for ruling in rulings):
        return inf
    if any(ruling.delay is not None for ruling in rulings):
        return visit.judgement.delay
    media = any(visit.call.params.get(name) for name in ADDRESSES)
    return visit.account.settings.waits["alipay_analyze"] if media else 0.0


OPERATION = Operation(
    name="alipay.security.risk.content.analyze",
    subjects=contents,
    perform=security_risk_content_analyze,
    check=demands.check,
    pictures=PICTURES,
    asynchronous=True,
    callbacks=("never",),
)
