"""No answer of a type that a browser renders holds a tag that the caller wrote, on whatever path.

Else a page that leads a browser there would run a script in the emulator's origin.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
import requests

from emulator.error_types import ErrorRow
from moderation_emulator.contract.error_rows import ALL, make_cases
from moderation_emulator.contract.kit import CONTRACTS, OPERATIONS, PROVIDERS, get_sample, send, send_words
from moderation_emulator.contract.raw_socket import Connection
from moderation_emulator.contract.rendering import TAG, is_tag_rendered
from moderation_emulator.contract.running_server import RunningServer

pytestmark = pytest.mark.usefixtures("answers")

PREFIXES = [
    "/",
    *(f"/{prefix}" for provider in PROVIDERS.values() for prefix in provider.wire.path_prefixes if prefix),
    "/nowhere",
]
PLACES = [place(operation).path for name, operation in OPERATIONS if (place := PROVIDERS[name].wire.endpoint)]
PATHS = dict.fromkeys([*PREFIXES, *PLACES, *(f"{prefix}/x" for prefix in PREFIXES[1:])])


@pytest.mark.parametrize("kind", ["text/html", "text/html;charset=gbk", "application/xhtml+xml", "text/plain", ""])
def test_a_planted_tag_is_seen(live: RunningServer, answers: list[requests.Response], kind: str) -> None:
    provider, operation = OPERATIONS[0]
    headers = {"Content-Type": kind} if kind else {}
    live.push_rule({"provider": provider}, raw={"status": 200, "headers": headers, "body": f"a {TAG}"})
    answer = send_words(live, provider, operation, "x")
    assert is_tag_rendered({**answer.headers, "X-Content-Type-Options": ""}, answer.content)
    answers.remove(answer)
    live.reset()
    assert not is_tag_rendered({"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}, TAG.encode())


def iterate_replaced(value: Any, forms: Sequence[Any], flat: bool) -> Iterator[Any]:
    """Yield the value with one of its keys or leaves, or all of it, replaced by the tag in one of its forms."""
    if not flat or isinstance(value, str):
        yield from forms
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        for other in iterate_replaced(inner, forms, flat):
            copy = value.copy()
            copy[key] = other
            yield copy
        if isinstance(value, dict):
            yield {TAG: inner, **value}
            yield {(TAG if name == key else name): each for name, each in value.items()}


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_a_tag_in_a_parameter_is_not_rendered(live: RunningServer, provider: str, operation: str) -> None:
    flat = get_sample(provider, operation).flat
    valid = get_sample(provider, operation).params([TAG])
    send(live, provider, operation, valid)
    for params in iterate_replaced(valid, [TAG] if flat else [TAG, [TAG], {TAG: TAG}], flat):
        send(live, provider, operation, params)


@pytest.mark.parametrize(("provider", "operation", "row"), make_cases(ALL))
def test_every_error_row(live: RunningServer, provider: str, operation: str, row: ErrorRow) -> None:
    live.push_rule({"provider": provider}, error=row.code)
    send_words(live, provider, operation, TAG)


@pytest.mark.parametrize("fault", ["empty", "truncate", "garbage", "html500"])
@pytest.mark.parametrize(("provider", "operation"), OPERATIONS)
def test_answers_that_rules_changed(live: RunningServer, provider: str, operation: str, fault: str) -> None:
    live.push_rule({"provider": provider}, respond={TAG: TAG, "code": TAG, "Recommend": f"]]>{TAG}", "a": [{TAG: TAG}]})
    send_words(live, provider, operation, TAG)
    live.reset()
    live.push_rule({"provider": provider}, fault=fault)
    try:
        send_words(live, provider, operation, TAG)
    except requests.RequestException:
        assert fault == "truncate"


ACCEPTS = ("*/*", "text/html", "text/xml", f"text/xml{TAG}")
KINDS = (TAG, "application/x-www-form-urlencoded", f"multipart/form-data; boundary={TAG}")
READ = dict.fromkeys(header for contract in CONTRACTS.values() for header in contract.headers)
EVERYWHERE = dict.fromkeys(
    [*(name for name, _form in READ), "Host", "Date", "Origin", "Cookie", "User-Agent", "X-Tag"], TAG
)
FORMS = [{}, *({name: form.replace("%s", TAG)} for name, form in READ if form != "%s")]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_headers_and_targets(live: RunningServer, path: str, method: str) -> None:
    body = TAG.encode() if method != "GET" else None
    with requests.Session() as session:
        for number, own in enumerate(FORMS):
            accept, kind = ACCEPTS[-number % len(ACCEPTS)], KINDS[number % len(KINDS)]
            headers = {**EVERYWHERE, "Accept": accept, "Content-Type": kind, **own}
            url = f"{live.url}{path}?Format=XML&{TAG}={TAG}"
            session.request(method, url, headers=headers, data=body, timeout=10)
        for headers in ({"Host": "a", "Accept": "text/xml"}, {"Host": f"http://{TAG}"}):
            session.request(method, f"{live.url}{path}/{quote(TAG)}", headers=headers, timeout=10)


BROKEN = [
    b"GET %b HTTP/1.1\r\nHost: %b\r\nContent-Length: x\r\n\r\n",
    b"GET %b HTTP/9.9\r\nHost: %b\r\n\r\n",
    b"%b %b HTTP/1.1\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: %b\r\nAccept: text/xml\r\nContent-Length: 999999999999\r\n\r\n",
    b"POST %b HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_read(live: RunningServer, prefix: str, broken: bytes) -> None:
    requests.get(live.url, timeout=10)
    target = f"{prefix}?Format=XML&{TAG}".replace(" ", "%20").encode()
    with Connection(live) as connection:
        answer = connection.send(broken % (target, TAG.encode())).read_answer()
    headers = {name.title(): value for name, value in answer.headers.items()}
    assert not is_tag_rendered(headers, answer.body)
    if "html" in headers.get("Content-Type", ""):
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
