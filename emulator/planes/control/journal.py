"""journal: what came in, what went out, and who decided."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from math import isfinite
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.vocabulary import Problem, Problems
from emulator.world.journal import Entry

# Values of these never leave the journal whole, wherever they came.
SECRET = frozenset({"signature", "securitytoken", "authorization", "x-acs-security-token", "access_token", "secret"})
_DEFAULT_LIMIT, _MOST = 100, 1000


def listed(turn: Turn) -> Reply:
    """Newest first; `total` counts all that match, `items` are cut at `limit`."""
    tests = [_FILTERS[name](value) for name, value in turn.query.items() if name in _FILTERS]
    matching = [entry for entry in _entries(turn) if all(test(entry) for test in tests)]
    limit = _number("limit", turn.query.get("limit", str(_DEFAULT_LIMIT)), _MOST)
    return Reply({"items": [short(entry) for entry in islice(matching, limit)], "total": len(matching)})


def one(turn: Turn) -> Reply:
    for entry in _entries(turn):
        if str(entry.id) == turn.names["id"]:
            return Reply(long(entry))
    raise NotFound(f"no journal entry {turn.names['id'][:80]!r}")


def clear(turn: Turn) -> Reply:
    world, name = turn.house.world, turn.query.get("account")
    if name == "null":
        return Reply({"deleted": world.strangers.clear()})
    account = turn.account()
    if account is not None:
        return Reply({"deleted": account.journal.clear()})
    return Reply({"deleted": world.strangers.clear() + sum(each.journal.clear() for each in world.accounts)})


def _entries(turn: Turn) -> Iterator[Entry]:
    world = turn.house.world
    if turn.query.get("account") == "null":
        return world.strangers.newest_first()
    account = turn.account()
    if account is not None:
        return account.journal.newest_first()
    journals = [world.strangers, *(each.journal for each in world.accounts)]
    return merge(*(journal.newest_first() for journal in journals), key=lambda entry: -entry.id)


def short(entry: Entry) -> dict[str, Any]:
    """An entry as the list shows it."""
    kind, rule, name = entry.decided_by
    return {
        "id": str(entry.id),
        "at": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds"),
        "account": entry.account,
        "provider": entry.provider,
        "operation": entry.operation,
        "via": entry.via,
        "method": entry.method,
        "path": entry.target.partition("?")[0],
        "request_id": entry.request_id,
        "status": entry.status,
        "code": entry.code,
        "detail": entry.detail,
        "outcome": entry.outcome,
        "subjects": [_subject(subject) for subject in entry.subjects],
        "decided_by": {"kind": kind, "rule": rule, "name": name},
        "warnings": list(entry.warnings),
        "duration_ms": round(entry.seconds * 1000, 3),
    }


def long(entry: Entry) -> dict[str, Any]:
    """An entry with its request and answer; secrets are masked, bodies were cut at 64 KiB."""
    body = entry.body.decode("utf-8", "replace")
    parameters = parse_qsl(entry.target.partition("?")[2], keep_blank_values=True)
    in_body = parse_qsl(body, keep_blank_values=True)
    in_json = [*_texts(entry.body), *_texts(entry.response_body)]
    secrets = [v for k, v in [*parameters, *in_body, *in_json, *entry.headers] if k.lower() in SECRET and len(v) > 4]
    kind = next((value.lower() for name, value in entry.headers if name.lower() == "content-type"), "")
    is_form = bool(body) and ("x-www-form-urlencoded" in kind or (not kind and body[0] not in "{["))
    if is_form:
        parameters += in_body
    return {
        **short(entry),
        "request": {
            "headers": _masked(dict(entry.headers)),
            "parameters": _masked(dict(parameters)),
            "body": None if is_form else _without(secrets, body),
        },
        "response": {
            "headers": entry.response_headers,
            "body": _without(secrets, entry.response_body.decode("utf-8", "replace")),
        },
    }


def _texts(body: bytes) -> list[tuple[str, str]]:
    """The texts at the top of a JSON object, by their keys; none of any other body."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    return [(key, value) for key, value in data.items() if isinstance(value, str)] if isinstance(data, dict) else []


def _subject(noted: tuple[Any, ...]) -> dict[str, Any]:
    kind, number, facts, by, rule, name, suggestion = noted
    decided_by = {"kind": by, "rule": rule, "name": name}
    return {"kind": kind, "index": number, **facts, "decided_by": decided_by, "suggestion": suggestion}


def _masked(values: Mapping[str, str]) -> dict[str, str]:
    return {name: _mask(value) if name.lower() in SECRET else value for name, value in values.items()}


def _mask(secret: str) -> str:
    return f"{secret[: min(4, len(secret) // 2)]}****"


def _without(secrets: list[str], text: str) -> str:
    """The text with secrets masked as they stand in a body, in a query, and in a string to sign, encoded twice."""
    for secret in secrets:
        once = quote(secret, safe="~", errors="replace")
        for written in (quote(once, safe="~"), once, secret):
            text = text.replace(written, _mask(secret))
    return text


def _equal(field: str) -> Callable[[str], Callable[[Entry], bool]]:
    return lambda value: lambda entry: str(getattr(entry, field)) == value


def _by_rule(value: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.decided_by[1] == value or any(subject[4] == value for subject in entry.subjects)


def _contains(value: str) -> Callable[[Entry], bool]:
    sought = value.encode()
    return lambda entry: value in unquote(entry.target) or sought in entry.body or sought in entry.response_body


def _unmatched(value: str) -> Callable[[Entry], bool]:
    if value not in ("true", "false"):
        raise Problems([Problem("?unmatched", "true or false", value[:80])])
    return lambda entry: (entry.decided_by[0] == "default") is (value == "true")


def _time(name: str, value: str) -> float:
    for read in (float, _iso):
        try:
            moment = read(value)
        except ValueError:
            continue
        if isfinite(moment):
            return moment
    raise Problems([Problem(f"?{name}", "Unix seconds or ISO 8601 with zone", value[:80])])


def _iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.timestamp()


def _since(value: str) -> Callable[[Entry], bool]:
    start = _time("since", value)
    return lambda entry: entry.at >= start


def _until(value: str) -> Callable[[Entry], bool]:
    end = _time("until", value)
    return lambda entry: entry.at <= end


def _after(value: str) -> Callable[[Entry], bool]:
    last = _number("after", value, 2**63)
    return lambda entry: entry.id > last


def _number(name: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= most):
        raise Problems([Problem(f"?{name}", f"a whole number up to {most}", value[:80])])
    return int(value)


_FILTERS: Mapping[str, Callable[[str], Callable[[Entry], bool]]] = {
    **{name: _equal(name) for name in ("provider", "operation", "status", "code", "outcome", "request_id")},
    "rule": _by_rule,
    "contains": _contains,
    "unmatched": _unmatched,
    "since": _since,
    "until": _until,
    "after": _after,
}

ROUTES = (
    Route("GET", "journal", listed, ("account", "limit", *_FILTERS)),
    Route("DELETE", "journal", clear, ("account",)),
    Route("GET", "journal/{id}", one),
)
