"""How the gateway's methods tell a verdict: as an action, as a suggestion with labels, as hits with labels.

The forms are those of the comments in the vendor's models (alipay-sdk-java): categories, codes of checks, separators.
"""

from typing import Any

from emulator.merge_patch import apply_patch
from emulator.provider import Body, Invocation
from emulator.rules.decision import Item
from emulator.rules.labels import find_worst
from emulator.rules.outcome import Finding, Respond, Verdict, find_gravest, find_verdict
from emulator.rules.scenes import choose_hit_words
from emulator.state import State

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


def combine_verdicts(invocation: Invocation) -> Verdict:
    """The verdicts of all texts and pictures of a call as one; its suggestion is the worst."""
    verdicts = [find_verdict(decision.outcome) for _item, decision in invocation.decisions.items]
    findings = tuple(found for verdict in verdicts for found in verdict.findings if found.suggestion != "pass")
    return Verdict(findings, find_worst([verdict.suggestion for verdict in verdicts]))


def list_keywords(verdict: Verdict, text: str, state: State) -> list[str]:
    """The words of a text that were hit, each once."""
    words = [
        word for found in verdict.findings for word in choose_hit_words(found, text, name_finding(found), state.ids)
    ]
    return list(dict.fromkeys(words))


def parse_products(products: str) -> list[str]:
    """The products that a call of sync.detect asks for; they are written with commas between them."""
    return [product.strip() for product in products.split(",") if product.strip()]


def filter_by_products(verdict: Verdict, products: list[str]) -> Verdict:
    """What the products that were asked for see of a verdict. A product of one's own contract, or none, sees it all."""
    wanted = {_PRODUCTS.get(product) for product in products}
    if not wanted or None in wanted:
        return verdict
    findings = tuple(found for found in verdict.findings if _choose_product_category(found, products) in wanted)
    return Verdict(findings, find_worst([found.suggestion for found in findings]))


def build_check_labels(verdict: Verdict, products: list[str], text: bool, state: State) -> Hit:
    """The category of the gravest, with everything found below it. Of a picture is told whether it was seen or read."""
    gravest_finding = find_gravest(verdict.findings)
    sub_labels: list[Hit] = [
        {"sub_label": name_finding(found), "rate": _format_rate(found, state)} for found in verdict.findings
    ]
    if not text:
        sub_labels = [
            {"hit_strategy": _choose_strategy(found), **hit}
            for hit, found in zip(sub_labels, verdict.findings, strict=True)
        ]
    return {
        "label": _choose_category(gravest_finding, products),
        "rate": _format_rate(gravest_finding, state),
        "sub_check_labels": sub_labels,
    }


def list_hits(invocation: Invocation, state: State) -> list[Hit]:
    """One item for each word of a text and each finding of a picture: the kind of check, what it knew, what it met, how
    grave that is. What a check for keywords knew is the keyword.
    """
    found_hits = []
    for item, decision in invocation.decisions.items:
        for found in find_verdict(decision.outcome).findings:
            if found.suggestion != "pass":
                level = {"detect_resource_level": "HIGH" if found.suggestion == "block" else "MEDIUM"}
                found_hits += [{**hit, **level} for hit in _build_hits(item, found, state)]
    return found_hits


def _build_hits(item: Item, found: Finding, state: State) -> list[Hit]:
    if text := str(item.facts.get("text", "")):
        words = choose_hit_words(found, text, name_finding(found), state.ids)
        word_hits = [{"hit_detect_resource": word, "hit_content": word} for word in words]
        return [
            {"detect_type_code": "KEYWORDS", **hit}
            for hit in word_hits or [{"hit_detect_resource": name_finding(found)}]
        ]
    picture_hit = {"hit_detect_resource": name_finding(found), "hit_content": str(item.facts["url"])}
    return [{"detect_type_code": _CHECKS.get(name_finding(found), "RULEORMODEL"), **picture_hit}]


def name_finding(found: Finding) -> str:
    """What was found, in our own vocabulary: Alipay publishes no list."""
    return found.label or found.scene or "risk"


def apply_rule_patches(invocation: Invocation, body: Body) -> Body:
    """The body with what rules want in it instead."""
    for _item, decision in invocation.decisions.items:
        if isinstance(decision.outcome, Respond):
            body = dict(apply_patch(body, decision.outcome.patch))
    return body


def _choose_category(found: Finding, products: list[str]) -> str:
    """The category of a finding; one that names nothing is what the first product looks for."""
    if found.label is None and found.scene is None:
        return _PRODUCTS.get(products[0], "other") if products else "other"
    return next((_CATEGORIES[word] for word in (found.label, found.scene) if word in _CATEGORIES), "other")


def _choose_product_category(found: Finding, products: list[str]) -> str:
    """The category of the product that finds it: what has no product of its own is contraband to them. Our choice."""
    category = _choose_category(found, products)
    return category if category in _PRODUCTS.values() else "contraband"


def _choose_strategy(found: Finding) -> int:
    """1 for what is written on a picture, 0 for what it shows."""
    return int(found.label == "ocr" or bool(found.contexts))


def _format_rate(found: Finding, state: State) -> str:
    """A rate, written as text."""
    percent = state.settings.quirks["alipay.check_rates"] == "percent"
    return f"{found.rate if percent else found.rate / 100:.2f}"
