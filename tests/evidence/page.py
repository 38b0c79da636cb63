"""The pages of evidence in Markdown, in the words of a language; and what the pages of settings say of each quirk."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from emulator.config.provided import Quirk
from emulator.discovery import find_providers
from emulator.provider import Provider
from tests.evidence.facts import (
    KINDS,
    Constraint,
    Evidence,
    Limit,
    Sources,
    gather_evidence,
    iterate_constraints,
    parse_sources,
)
from tests.evidence.words import Words


def render_evidence(words: Words) -> str:
    """Return all that is between the marks of a page."""
    found = [
        (p, [gather_evidence(p, operation) for operation in p.operations.values()]) for p in find_providers().values()
    ]
    counted = [row for provider, known in found for row in _iterate_counts(provider, known)]
    chapters = [line for provider, known in found for line in _render_chapter(provider, known, words)]
    return "\n".join([*_render_table(words.counts, counted), "", *chapters])


def _iterate_counts(provider: Provider, known: Iterable[Evidence]) -> Iterator[tuple[str, ...]]:
    for each in known:
        kinds = Counter(kind for own in each.list_sources() for kind in {one.kind for one in own})
        yield provider.name, f"`{each.operation.name}`", *(str(kinds[kind]) for kind in KINDS)


def _render_chapter(provider: Provider, known: Iterable[Evidence], words: Words) -> Iterator[str]:
    yield f"## {provider.name}\n"
    for each in known:
        yield f"### `{each.operation.name}`\n"
        if provider.wire.endpoint is not None:
            endpoint = provider.wire.endpoint(each.operation.name)
            query = "".join(f", `{name}={value}`" for name, value in endpoint.query.items())
            yield f"{endpoint.method} `{endpoint.path}`{query}, {endpoint.media_type}\n"
        yield from [*_render_table(words.facts, _iterate_facts(each, words)), ""]
    yield f"### {words.errors.format(provider.name)}\n"
    yield from [*_render_table(words.rows, _iterate_rows(provider, words)), ""]
    if provider.quirks:
        yield f"### {words.choices.format(provider.name)}\n"
        yield from [*_render_table(words.quirks, [_render_quirk(quirk, words) for quirk in provider.quirks]), ""]


def _render_table(head: str, rows: Iterable[Iterable[str]]) -> list[str]:
    return [head, "|---" * (head.count("|") - 1) + "|", *(f"| {' | '.join(row)} |" for row in rows)]


def _render_sources(own: Sources, words: Words) -> tuple[str, str]:
    """Return how something is known, and from where; of more than one source each with its own word again."""
    kinds = ", ".join(dict.fromkeys(words.kinds[one.kind] for one in own))
    return kinds, _escape_cell(own[0].where) if len(own) == 1 else join_sources(own, words)


def join_sources(own: Sources, words: Words) -> str:
    """Return sources in one text, in the words of the language."""
    return _escape_cell(words.joint.join(f"{words.kinds[one.kind]}{words.colon}{one.where}" for one in own))


def _escape_cell(text: str) -> str:
    return text.replace("|", "\\|")


def _iterate_facts(known: Evidence, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield what is asked, what limits there are, what is answered: facts from one source share a row."""
    parts: list[tuple[str, list[tuple[str, Sources]]]] = [
        (words.request, [(render_constraint(each, words), each.sources) for each in known.constraints]),
        (words.limits, [(_render_limit(each, words), each.sources) for each in known.limits]),
        (words.answer, [(each.path, each.sources) for each in known.fields]),
    ]
    for form, facts in parts:
        together: dict[Sources, list[str]] = defaultdict(list)
        for fact, own in facts:
            together[own].append(fact)
        for own, got in together.items():
            joined = join_members(got) if form is words.answer else words.joint.join(dict.fromkeys(got))
            yield form.format(joined), *_render_sources(own, words)


def join_members(paths: Iterable[str]) -> str:
    """Return the members of an answer, those of one parent behind it in parentheses."""
    together: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        parent, _, name = path.rpartition(".")
        together[parent].append(format_code(name))
    top = together.pop("", [])
    return " ".join([*top, *(f"{format_code(parent)} ({' '.join(names)})" for parent, names in together.items())])


def _render_limit(limit: Limit, words: Words) -> str:
    form, value = words.bounds[limit.name], limit.value
    match limit.name:
        case "size":
            return form.format(f"{value / 1024 / 1024:g}")
        case "formats":
            return form.format(" ".join(sorted(name.upper() for name in value)))
        case "patience":
            return form.format(f"{value.seconds:g}", format_code(value.code))
    return form.format(f"{value:g}")


def _iterate_rows(provider: Provider, words: Words) -> Iterator[tuple[str, ...]]:
    """Yield the error rows: those of the same operations and from one source share a row, by their status."""
    together: dict[tuple[tuple[str, ...], str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in provider.errors.rows:
        named = format_code(row.code) + ("\\*" if row.worded_here else "")
        together[row.operations, row.source][row.status].append(named)
    for (operations, text), found in together.items():
        codes = words.joint.join(f"{status}{words.colon}{' '.join(named)}" for status, named in found.items())
        yield " ".join(map(format_code, operations)) or words.all, codes, *_render_sources(parse_sources(text), words)


def _render_quirk(quirk: Quirk, words: Words) -> tuple[str, ...]:
    return format_code(quirk.name), _render_choices(quirk), *_render_sources(parse_sources(quirk.source), words)


def _render_choices(quirk: Quirk) -> str:
    return " ".join(map(format_code, quirk.choices))


def render_constraint(constraint: Constraint, words: Words) -> str:
    """Return a constraint as a phrase, with its condition before it."""
    phrase, condition = _render_phrase(constraint, words), constraint.condition
    if condition is None:
        return phrase
    given = words._replace(phrases={**words.phrases, "required": words.phrases["given"]})
    condition_text = _render_inner(condition.schema, condition.path, given)
    return words.phrases["if" if condition.fits else "unless"].format(condition=condition_text, value=phrase)


def _render_phrase(constraint: Constraint, words: Words) -> str:
    keyword, value = constraint.keyword, constraint.value
    path = format_code(constraint.path) if constraint.path else words.call
    match keyword:
        case "not":
            text = _render_inner(value, constraint.path, words)
        case "dependentRequired":
            needs = words.phrases["needs"]
            text = words.joint.join(
                needs.format(path=format_code(name), value=" ".join(map(format_code, others)))
                for name, others in value.items()
            )
        case "enum" | "type" if isinstance(value, list):
            text = " ".join(map(format_code, value))
        case "anyOf" | "oneOf":
            text = str(len(value))
        case _:
            text = str(value) if isinstance(value, int) and keyword != "const" else format_code(value)
    return words.phrases.get(keyword, words.any_other).format(path=path, value=text, keyword=keyword)


def _render_inner(schema: Any, path: str, words: Words) -> str:
    """Return what a schema says that is a part of another one's keyword.

    That something is required or has a type is said only where the schema says nothing else of it.
    """
    known = [each._replace(path=f"{path}.{each.path}".strip(".")) for each in iterate_constraints(schema)]
    more = {each.path for each in known if each.keyword not in ("type", "required")}
    there = {each.path for each in known if each.keyword == "required"}
    weak = {"required": more, "type": more | there}
    return words.joint.join(
        _render_phrase(each, words) for each in known if each.path not in weak.get(each.keyword, ())
    )


def format_code(value: Any) -> str:
    """Return a value as JSON writes it, a text without its quotes, between backticks."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`{_escape_cell(text)}`"


def fill_quirk_sources(text: str, words: Words) -> str:
    """Return a page of settings with the choices and the source of each quirk in its row."""
    known = {quirk.name: quirk for provider in find_providers().values() for quirk in provider.quirks}

    def rewrite_row(row: re.Match[str]) -> str:
        quirk, decides = known[row[1]], row[0].removesuffix(" |").split(" | ")[2]
        sources = join_sources(parse_sources(quirk.source), words)
        return f"| {format_code(quirk.name)} | {_render_choices(quirk)} | {decides} | {sources} |"

    names = "|".join(map(re.escape, known))
    return re.sub(rf"^\| `({names})` \| .*$", rewrite_row, text, flags=re.MULTILINE)
