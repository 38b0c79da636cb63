"""The pages of evidence in Markdown, in the words of a language; and what the pages of settings tell of each quirk."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from emulator.provider import Provider, Quirk
from emulator.server import providers
from tests.evidence.facts import KINDS, Constraint, Evidence, Limit, Sources, constraints, evidence, sources
from tests.evidence.words import Words


def drawn(words: Words) -> str:
    """Return all that is between the marks of a page."""
    found = [(p, [evidence(p, operation) for operation in p.operations.values()]) for p in providers().values()]
    counted = [row for provider, known in found for row in _counts(provider, known)]
    chapters = [line for provider, known in found for line in _chapter(provider, known, words)]
    return "\n".join([*_table(words.counts, counted), "", *chapters])


def _counts(provider: Provider, known: Iterable[Evidence]) -> Iterator[tuple[str, ...]]:
    for each in known:
        kinds = Counter(kind for own in each.sources() for kind in {one.kind for one in own})
        yield provider.name, f"`{each.operation.name}`", *(str(kinds[kind]) for kind in KINDS)


def _chapter(provider: Provider, known: Iterable[Evidence], words: Words) -> Iterator[str]:
    yield f"## {provider.name}\n"
    for each in known:
        yield f"### `{each.operation.name}`\n"
        if provider.place is not None:
            place = provider.place(each.operation.name)
            query = "".join(f", `{name}={value}`" for name, value in place.query.items())
            yield f"{place.method} `{place.path}`{query}, {place.kind}\n"
        yield from [*_table(words.facts, _facts(each, words)), ""]
    yield f"### {words.errors.format(provider.name)}\n"
    yield from [*_table(words.rows, _rows(provider, words)), ""]
    if provider.quirks:
        yield f"### {words.choices.format(provider.name)}\n"
        yield from [*_table(words.quirks, [_quirk(quirk, words) for quirk in provider.quirks]), ""]


def _table(head: str, rows: Iterable[Iterable[str]]) -> list[str]:
    return [head, "|---" * (head.count("|") - 1) + "|", *(f"| {' | '.join(row)} |" for row in rows)]


def _told(own: Sources, words: Words) -> tuple[str, str]:
    """Return how something is known, and from where; of more than one source each with its own word again."""
    kinds = ", ".join(dict.fromkeys(words.kinds[one.kind] for one in own))
    return kinds, _cell(own[0].where) if len(own) == 1 else grounds(own, words)


def grounds(own: Sources, words: Words) -> str:
    """Return sources in one text, in the words of the language."""
    return _cell(words.joint.join(f"{words.kinds[one.kind]}{words.colon}{one.where}" for one in own))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _facts(known: Evidence, words: Words) -> Iterator[tuple[str, ...]]:
    """What is asked, what limits there are, what is answered: facts from one source share a row."""
    parts: list[tuple[str, list[tuple[str, Sources]]]] = [
        (words.request, [(said(each, words), each.sources) for each in known.constraints]),
        (words.limits, [(_limit(each, words), each.sources) for each in known.limits]),
        (words.answer, [(each.path, each.sources) for each in known.fields]),
    ]
    for form, facts in parts:
        together: dict[Sources, list[str]] = defaultdict(list)
        for fact, own in facts:
            together[own].append(fact)
        for own, told in together.items():
            joined = members(told) if form is words.answer else words.joint.join(dict.fromkeys(told))
            yield form.format(joined), *_told(own, words)


def members(paths: Iterable[str]) -> str:
    """Return the members of an answer, those of one parent behind it in parentheses."""
    together: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        parent, _, name = path.rpartition(".")
        together[parent].append(code(name))
    top = together.pop("", [])
    return " ".join([*top, *(f"{code(parent)} ({' '.join(names)})" for parent, names in together.items())])


def _limit(limit: Limit, words: Words) -> str:
    form, value = words.bounds[limit.name], limit.value
    match limit.name:
        case "size":
            return form.format(f"{value / 1024 / 1024:g}")
        case "formats":
            return form.format(" ".join(sorted(name.upper() for name in value)))
        case "patience":
            return form.format(f"{value.seconds:g}", code(value.code))
    return form.format(f"{value:g}")


def _rows(provider: Provider, words: Words) -> Iterator[tuple[str, ...]]:
    """The error rows: those of the same operations and from one source share a row, by their status."""
    together: dict[tuple[tuple[str, ...], str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in provider.rows:
        named = code(row.code) + ("\\*" if row.worded_here else "")
        together[row.operations, row.source][row.status].append(named)
    for (operations, text), found in together.items():
        codes = words.joint.join(f"{status}{words.colon}{' '.join(named)}" for status, named in found.items())
        yield " ".join(map(code, operations)) or words.all, codes, *_told(sources(text), words)


def _quirk(quirk: Quirk, words: Words) -> tuple[str, ...]:
    return code(quirk.name), _choices(quirk), *_told(sources(quirk.source), words)


def _choices(quirk: Quirk) -> str:
    return " ".join(map(code, quirk.choices))


def said(constraint: Constraint, words: Words) -> str:
    """Return a constraint as a phrase, with its condition before it."""
    phrase, condition = _phrase(constraint, words), constraint.condition
    if condition is None:
        return phrase
    given = words._replace(phrases={**words.phrases, "required": words.phrases["given"]})
    told = _inside(condition.schema, condition.path, given)
    return words.phrases["if" if condition.fits else "unless"].format(condition=told, value=phrase)


def _phrase(constraint: Constraint, words: Words) -> str:
    keyword, value = constraint.keyword, constraint.value
    path = code(constraint.path) if constraint.path else words.call
    match keyword:
        case "not":
            told = _inside(value, constraint.path, words)
        case "dependentRequired":
            needs = words.phrases["needs"]
            told = words.joint.join(
                needs.format(path=code(name), value=" ".join(map(code, others))) for name, others in value.items()
            )
        case "enum" | "type" if isinstance(value, list):
            told = " ".join(map(code, value))
        case "anyOf" | "oneOf":
            told = str(len(value))
        case _:
            told = str(value) if isinstance(value, int) and keyword != "const" else code(value)
    return words.phrases.get(keyword, words.any_other).format(path=path, value=told, keyword=keyword)


def _inside(schema: Any, path: str, words: Words) -> str:
    """What a schema says that is a part of another one's keyword; that a thing is there or has a type only where it
    says nothing else of it.
    """
    known = [each._replace(path=f"{path}.{each.path}".strip(".")) for each in constraints(schema)]
    more = {each.path for each in known if each.keyword not in ("type", "required")}
    there = {each.path for each in known if each.keyword == "required"}
    weak = {"required": more, "type": more | there}
    return words.joint.join(_phrase(each, words) for each in known if each.path not in weak.get(each.keyword, ()))


def code(value: Any) -> str:
    """Return a value as JSON writes it, a text without its quotes, between backticks."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`{_cell(text)}`"


def with_sources(text: str, words: Words) -> str:
    """Return a page of settings with the choices and the source of each quirk in its row."""
    known = {quirk.name: quirk for provider in providers().values() for quirk in provider.quirks}

    def written(row: re.Match[str]) -> str:
        quirk, decides = known[row[1]], row[0].removesuffix(" |").split(" | ")[2]
        return f"| {code(quirk.name)} | {_choices(quirk)} | {decides} | {grounds(sources(quirk.source), words)} |"

    names = "|".join(map(re.escape, known))
    return re.sub(rf"^\| `({names})` \| .*$", written, text, flags=re.MULTILINE)
