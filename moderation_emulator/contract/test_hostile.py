"""Whatever a caller writes, the answer is one that the provider documents.

It is never that of an unhandled exception, and none is logged. What the journal kept of the call can be read.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from moderation_emulator.contract import hostile
from moderation_emulator.contract.hostile import EVERYTHING, TEXTS
from moderation_emulator.contract.in_process import Ask, make_request, to_incoming
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, get_sample, send_words
from moderation_emulator.contract.running_server import RunningServer

PATHS = [
    *((name, f"/{prefix}") for name in CONTRACTS for prefix in PROVIDERS[name].wire.path_prefixes),
    *((name, place(operation).path) for name, operation in OPERATIONS if (place := PROVIDERS[name].wire.endpoint)),
]


def iterate_replaced(value: Any, others: Iterable[Any]) -> Iterator[Any]:
    """Yield the value with a part of it replaced by each of the others."""
    yield from others
    yield from iterate_within(value, lambda inner: iterate_replaced(inner, others))


def iterate_within(value: Any, iterate: Callable[[Any], Iterator[Any]]) -> Iterator[Any]:
    """Yield an object or list with one entry replaced, by each of what `iterate` yields for that entry."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        for other in iterate(inner):
            copy = value.copy()
            copy[key] = other
            yield copy


def iterate_rewritten(value: Any, texts: Iterable[str]) -> Iterator[Any]:
    """Yield the value with one of its texts replaced by each of these, or with one more parameter of such a name."""
    if isinstance(value, str):
        yield from texts
        return
    yield from iterate_within(value, lambda inner: iterate_rewritten(inner, texts))
    if isinstance(value, dict):
        yield from ({**value, text: "x"} for text in texts)


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_hostile_values_get_a_documented_answer(ask: Ask, provider: str, operation: str) -> None:
    valid = get_sample(provider, operation).params(["one"])
    flat = get_sample(provider, operation).flat
    wrong = iterate_rewritten(valid, TEXTS) if flat else iterate_replaced(valid, EVERYTHING)
    answers = ask(to_incoming(CONTRACTS[provider].request(operation, params)) for params in wrong)
    assert all(answer.status < 600 for answer in answers)


@pytest.mark.parametrize(("provider", "path"), list(dict.fromkeys(PATHS)))
def test_bodies_and_kinds(ask: Ask, provider: str, path: str) -> None:
    for query in ("", "?access_token=ACCESS_TOKEN&account=default", "?%ff=%ff&access_token=%ff&&="):
        for kind in hostile.KINDS:
            ask(make_request(f"{path}{query}", body, {"Content-Type": kind}) for body in hostile.BODIES)


@pytest.mark.parametrize(("provider", "path"), list(dict.fromkeys(PATHS)))
def test_hostile_headers_and_paths_get_a_documented_answer(ask: Ask, provider: str, path: str) -> None:
    """As HTTP brings them: bytes that are no UTF-8 are halves of characters."""
    texts = [text for text in (*TEXTS, "\udcff", "a\udc80b") if "\r" not in text and len(text) < 8000]
    forms = CONTRACTS[provider].headers
    usual = {name: form.replace("%s", "x") for name, form in forms}
    for name, form in [*forms, *((name, "%s") for name in hostile.HEADERS)]:
        ask(make_request(path, b"{}", {**usual, name: form.replace("%s", text)}) for text in texts)
    ask(make_request(f"{path}/{quote(text[:1000], errors='replace')}") for text in texts)


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_what_rules_put_into_answers(live: RunningServer, ask: Ask, provider: str, operation: str) -> None:
    """A patch may be as deep as JSON of ours may be, and hold numbers beyond 64 bits and halves of characters."""
    for patch in (hostile.nest(200), hostile.nest(252), {"n": "\ud800"}, {"n": 2**64 - 1}, {"code": None, "n": 1e308}):
        pushed = live.control("POST", "rules", json.dumps({"match": {"provider": provider}, "respond": {"a": patch}}))
        assert pushed.status_code in (201, 400)
        assert send_words(live, provider, operation, "one").status_code == 200
        live.reset()
