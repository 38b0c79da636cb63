"""How the gateway's methods tell a verdict: as an action, as a suggestion with product labels, as hits with labels."""

from typing import Any

from emulator.provider import Body, Visit
from emulator.world import World
from emulator.world.verdicts.labels import worst
from emulator.world.verdicts.outcome import Finding, Respond, Verdict, gravest, judged, merged
from emulator.world.verdicts.scenes import words_hit

Hit = dict[str, Any]

# The products of sync.detect by what they look for; whatever else is found is contraband to Alipay. Our choice.
_PRODUCTS = {
    "politics": "TJ_POLITICS_MC",
    "porn": "TJ_PORN_MC",
    "terrorism": "TJ_TERRORISM_MC",
    "abuse": "TJ_ABUSES_MC",
}
_CONTRABAND = "TJ_ILLEGAL_MC"
# How analyze names the kind of check that hit, by label; pictures of other labels were seen by a model. Our choice.
_CHECKS = {
    **dict.fromkeys(("porn", "sexy"), "SEXY_PIC"),
    **dict.fromkeys(("qrcode", "programCode"), "QRCODE"),
    **dict.fromkeys(("politics", "sface"), "PICTURE_FACE"),
    "ocr": "OCR",
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


def labels(verdict: Verdict, products: str) -> Hit:
    """The product that found the gravest, with everything found below it; a finding that names nothing is the first
    product's. Rates are fractions, written as text.
    """
    worst_found = gravest(verdict.findings)
    return {
        "label": _product(worst_found, products),
        "rate": _fraction(worst_found),
        "sub_check_labels": [{"sub_label": name(found), "rate": _fraction(found)} for found in verdict.findings],
    }


def hits(visit: Visit, world: World) -> list[Hit]:
    """One item for each finding: the kind of check, what it knew, what it met, how grave that is."""
    items = []
    for subject, ruling in visit.judgement.subjects:
        for found in judged(ruling.outcome).findings:
            if found.suggestion == "pass":
                continue
            text = str(subject.facts.get("text", ""))
            met = ",".join(words_hit(found, text, name(found), world.identities)) if text else str(subject.facts["url"])
            items.append(
                {
                    "detect_type_code": "KEYWORDS" if text else _CHECKS.get(name(found), "RULEORMODEL"),
                    "hit_detect_resource": name(found),
                    **({"hit_content": met} if met else {}),
                    "detect_resource_level": "HIGH" if found.suggestion == "block" else "MEDIUM",
                }
            )
    return items


def name(found: Finding) -> str:
    """What was found, in our own vocabulary: Alipay publishes no list."""
    return found.label or found.scene or "risk"


def patched(visit: Visit, body: Body) -> Body:
    """The body with what rules want in it instead."""
    for _subject, ruling in visit.judgement.subjects:
        if isinstance(ruling.outcome, Respond):
            body = dict(merged(body, ruling.outcome.patch))
    return body


def _product(found: Finding, products: str) -> str:
    if found.label is None and found.scene is None:
        return products.split(",")[0].strip()
    return next((_PRODUCTS[word] for word in (found.label, found.scene) if word in _PRODUCTS), _CONTRABAND)


def _fraction(found: Finding) -> str:
    return f"{found.rate / 100:.2f}"
