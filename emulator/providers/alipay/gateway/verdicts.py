"""How the gateway's methods tell a verdict: as an action, as a suggestion with labels, as hits with labels.

The forms are those of the comments in the vendor's models (alipay-sdk-java): categories, codes of checks, separators.
"""

from typing import Any

from emulator.provider import Body, Visit
from emulator.world import World
from emulator.world.verdicts.labels import worst
from emulator.world.verdicts.outcome import Finding, Respond, Verdict, gravest, judged, merged
from emulator.world.verdicts.scenes import words_hit
from emulator.world.verdicts.subject import Subject

Hit = dict[str, Any]

# The services of sync.detect, with the category that each looks for; `contraband` also stands for all others.
_PRODUCTS = {
    "TJ_POLITICS_MC": "politic",
    "TJ_PORN_MC": "porn",
    "TJ_TERRORISM_MC": "terrorism",
    "TJ_ABUSES_MC": "abuse",
    "TJ_ILLEGAL_MC": "contraband",
}
# The categories of sync.detect by our labels and scenes; what is not listed is `other`.
_CATEGORIES = {
    "politics": "politic",
    **dict.fromkeys(("porn", "sexy"), "porn"),
    "terrorism": "terrorism",
    "abuse": "abuse",
    **dict.fromkeys(("contraband", "drug", "gamble"), "contraband"),
    "flood": "flood",
    **dict.fromkeys(("ad", "spam", "npx", "qrcode", "programCode"), "ad"),
}
# How analyze names the kind of check that hit, by label; pictures of other labels were seen by a model. Our choice.
_CHECKS = {
    **dict.fromkeys(("porn", "sexy"), "sexyPic"),
    **dict.fromkeys(("qrcode", "programCode"), "QRCode"),
    **dict.fromkeys(("politics", "sface"), "picture_face"),
    "ocr": "ocr",
}


def whole(visit: Visit) -> Verdict:
    """The verdicts of all texts and pictures of a call as one; its suggestion is the worst."""
    verdicts = [judged(ruling.outcome) for _subject, ruling in visit.judgement.subjects]
    findings = tuple(found for verdict in verdicts for found in verdict.findings if found.suggestion != "pass")
    return Verdict(findings, worst([verdict.suggestion for verdict in verdicts]))


def keywords(verdict: Verdict, text: str, world: World) -> list[str]:
    """The words of a text that were hit, each once."""
    words = [word for found in verdict.findings for word in words_hit(found, text, name(found), world.identities)]
    return list(dict.fromkeys(words))


def services(products: str) -> list[str]:
    """The products that a call of sync.detect asks for; they are written with commas between them."""
    return [product.strip() for product in products.split(",") if product.strip()]


def asked(verdict: Verdict, products: list[str]) -> Verdict:
    """What the products that were asked for see of a verdict. A product of one's own contract, or none, sees it all."""
    sought = {_PRODUCTS.get(product) for product in products}
    if not sought or None in sought:
        return verdict
    findings = tuple(found for found in verdict.findings if _service(found, products) in sought)
    return Verdict(findings, worst([found.suggestion for found in findings]))


def labels(verdict: Verdict, products: list[str], text: bool, world: World) -> Hit:
    """The category of the gravest, with everything found below it. Of a picture is told whether it was seen or read."""
    worst_found = gravest(verdict.findings)
    below: list[Hit] = [{"sub_label": name(found), "rate": _rate(found, world)} for found in verdict.findings]
    if not text:
        below = [{"hit_strategy": _strategy(found), **hit} for hit, found in zip(below, verdict.findings, strict=True)]
    return {"label": _category(worst_found, products), "rate": _rate(worst_found, world), "sub_check_labels": below}


def hits(visit: Visit, world: World) -> list[Hit]:
    """One item for each word of a text and each finding of a picture: the kind of check, what it knew, what it met, how
    grave that is. What a check for keywords knew is the keyword.
    """
    items = []
    for subject, ruling in visit.judgement.subjects:
        for found in judged(ruling.outcome).findings:
            if found.suggestion != "pass":
                level = {"detect_resource_level": "HIGH" if found.suggestion == "block" else "MEDIUM"}
                items += [{**item, **level} for item in _items(subject, found, world)]
    return items


def _items(subject: Subject, found: Finding, world: World) -> list[Hit]:
    if text := str(subject.facts.get("text", "")):
        words = words_hit(found, text, name(found), world.identities)
        met = [{"hit_detect_resource": word, "hit_content": word} for word in words]
        return [{"detect_type_code": "KEYWORDS", **hit} for hit in met or [{"hit_detect_resource": name(found)}]]
    seen = {"hit_detect_resource": name(found), "hit_content": str(subject.facts["url"])}
    return [{"detect_type_code": _CHECKS.get(name(found), "RULEORMODEL"), **seen}]


def name(found: Finding) -> str:
    """What was found, in our own vocabulary: Alipay publishes no list."""
    return found.label or found.scene or "risk"


def patched(visit: Visit, body: Body) -> Body:
    """The body with what rules want in it instead."""
    for _subject, ruling in visit.judgement.subjects:
        if isinstance(ruling.outcome, Respond):
            body = dict(merged(body, ruling.outcome.patch))
    return body


def _category(found: Finding, products: list[str]) -> str:
    """The category of a finding; one that names nothing is what the first product looks for."""
    if found.label is None and found.scene is None:
        return _PRODUCTS.get(products[0], "other") if products else "other"
    return next((_CATEGORIES[word] for word in (found.label, found.scene) if word in _CATEGORIES), "other")


def _service(found: Finding, products: list[str]) -> str:
    """The category of the product that finds it: what has no product of its own is contraband to them. Our choice."""
    category = _category(found, products)
    return category if category in _PRODUCTS.values() else "contraband"


def _strategy(found: Finding) -> int:
    """1 for what is written on a picture, 0 for what it shows."""
    return int(found.label == "ocr" or bool(found.contexts))


def _rate(found: Finding, world: World) -> str:
    """A rate, written as text."""
    percent = world.settings.quirks["alipay.check_rates"] == "percent"
    return f"{found.rate if percent else found.rate / 100:.2f}"
