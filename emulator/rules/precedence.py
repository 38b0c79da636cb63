"""Which rule is asked first. The one place that says so."""

from emulator.rules.rule import Rule


def rank(rule: Rule) -> tuple[bool, int, bool]:
    """Return what rules are sorted by; the lowest rank is asked first.

    1. Rules of the control API stand before those of files, and magic words between them: `RuleEngine.decide`.
    2. Within each, a higher priority stands first.
    3. Then rules of one account stand before those for all accounts.

    Python's sort keeps the order of equals: of pushed rules the newest is put first, and rules of files stay in the
    order of the files.
    """
    return not rule.is_pushed, -rule.priority, rule.account is None
