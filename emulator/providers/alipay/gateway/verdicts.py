"""How the gateway's methods write a verdict: as an action, as a suggestion with labels, as hits with labels.

Categories, codes of checks and separators are those in the comments of the vendor's models (alipay-sdk-java).
"""

from typing import Any

from emulator.merge_patch import apply_patch
from emulator.operation import Body, Invocation
from emulator.rules.decision import Item
from emulator.rules.labels import find_worst
from emulator.rules.outcome import Finding, Respond, Verdict, find_gravest, find_verdict
from emulator.rules.scenes import choose_hit_words
from emulator.state import State

Hit = dict[str, Any]

# The products of sync.detect, with the category that each looks for; `contraband` also stands for all others.
_PRODUCTS = {
    "TJ_POLITICS_MC": "politic",
    "TJ_PORN_MC": "porn",
    "TJ_TERRORISM_MC": "terrorism",
    "TJ_ABUSES_MC": "abuse",
    "TJ_ILLEGAL_MC": "contraband",
}
# The categories of sync.detect by label or scene of a rule; all that are not listed are `other`.
_CATEGORIES = {
    "politics": "politic",
    **dict.fromkeys(("porn", "sexy"), "porn"),
    "terrorism": "terrorism",
    "abuse": "abuse",
    **dict.fromkeys(("contraband", "drug", "gamble"), "contraband"),
    "flood": "flood",
    **dict.fromkeys(("ad", "spam", "npx", "qrcode", "programCode"), "ad"),
}
# How analyze names the kind of check that hit a picture, by label; a model hits all other labels. Our choice.
_CHECKS = {
    **dict.fromkeys(("porn", "sexy"), "sexyPic"),
    **dict.fromkeys(("qrcode", "programCode"), "QRCode"),
    **dict.fromkeys(("politics", "sface"), "picture_face"),
    "ocr": "ocr",
}


def combine_verdicts(invocation: Invocation) -> Verdict:
    """Return the verdicts of all texts and pictures of a call as one verdict; its suggestion is the worst."""
    verdicts = [find_verdict(decision.outcome) for _item, decision in invocation.decisions.items]
    findings = tuple(found for verdict in verdicts for found in verdict.findings if found.suggestion != "pass")
    return Verdict(findings, find_worst([verdict.suggestion for verdict in verdicts]))


def list_keywords(verdict: Verdict, text: str, state: State) -> list[str]:
    """Return the words of a text that were hit, each once."""
    words = [
        word for found in verdict.findings for word in choose_hit_words(found, text, name_finding(found), state.ids)
    ]
    return list(dict.fromkeys(words))


def parse_products(products: str) -> list[str]:
    """Return the products that a call of sync.detect asks for, from a text with commas between them."""
    return [product.strip() for product in products.split(",") if product.strip()]


def filter_by_products(verdict: Verdict, products: list[str]) -> Verdict:
    """Return what the products asked for see of a verdict.

    They see all of it when there are none, or when one is not in the table, as products of a customer's contract are.
    """
    wanted = {_PRODUCTS.get(product) for product in products}
    if not wanted or None in wanted:
        return verdict
    findings = tuple(found for found in verdict.findings if _choose_product_category(found, products) in wanted)
    return Verdict(findings, find_worst([found.suggestion for found in findings]))


def build_check_labels(verdict: Verdict, products: list[str], text: bool, state: State) -> Hit:
    """Return the category of the gravest finding, with all findings below it.

    For a picture, each finding also says whether it was seen in the picture or read in its text.
    """
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
    """Return one hit for each word of a text and each finding of a picture.

    A hit has the kind of check, what the check looks for, the content that it met, and how grave that is. What a check
    for keywords looks for is the keyword.
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
    """Return the name of a finding: its label or scene as in a rule, as Alipay publishes no list of names."""
    return found.label or found.scene or "risk"


def apply_rule_patches(invocation: Invocation, body: Body) -> Body:
    """Return the body with the patches of rules applied."""
    for _item, decision in invocation.decisions.items:
        if isinstance(decision.outcome, Respond):
            body = dict(apply_patch(body, decision.outcome.patch))
    return body


def _choose_category(found: Finding, products: list[str]) -> str:
    """Return the category of a finding; without label and scene, the category that the first product looks for."""
    if found.label is None and found.scene is None:
        return _PRODUCTS.get(products[0], "other") if products else "other"
    return next((_CATEGORIES[word] for word in (found.label, found.scene) if word in _CATEGORIES), "other")


def _choose_product_category(found: Finding, products: list[str]) -> str:
    """Return the category of the product that sees a finding; contraband for a category without product: our choice."""
    category = _choose_category(found, products)
    return category if category in _PRODUCTS.values() else "contraband"


def _choose_strategy(found: Finding) -> int:
    """Return 1 for a finding in the text on a picture, 0 for a finding in what it shows."""
    return int(found.label == "ocr" or bool(found.contexts))


def _format_rate(found: Finding, state: State) -> str:
    """Return the rate of a finding as a text, up to 100 or up to 1: the quirk alipay.check_rates."""
    percent = state.settings.quirks["alipay.check_rates"] == "percent"
    return f"{found.rate if percent else found.rate / 100:.2f}"
