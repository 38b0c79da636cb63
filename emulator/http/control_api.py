"""The control API: tests steer and inspect the emulator by JSON under /_emulator/.

Its endpoints are the files in `emulator/http/control/`. Here requests are guarded and routed, and answers written.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from hmac import compare_digest
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from emulator.app import App, Conflict
from emulator.control import PREFIX, Listing, NotFound, Reply, Route
from emulator.http.control import UNATTRIBUTED, AppRequest
from emulator.http.control.index import list_routes
from emulator.http.host_names import explain_foreign_host, is_own_name
from emulator.http.server import MAX_ELEMENTS
from emulator.net.egress import USER_AGENT
from emulator.resources.budgets import MIB
from emulator.resources.turns import take_turns
from emulator.state import events
from emulator.state.store.row import StateUnwritable
from emulator.types import Problem, Problems, WireRequest, WireResponse

log = logging.getLogger("emulator")

BODY_LIMIT = 4 * MIB
LIST_LIMIT = 8 * MIB  # bytes of a list in an answer; a longer list would take too long to write
_UNREADABLE_ERRORS = {
    400: "the request cannot be read as HTTP, or does not come to its end in time",
    413: f"a control request has at most {BODY_LIMIT} bytes, and {MAX_ELEMENTS} entries of lists and objects",
    500: "a mistake of the emulator; its log has the details",
}

_STATUSES: Mapping[type, int] = {NotFound: 404, Conflict: 409, StateUnwritable: 503}
_MAX_PROBLEMS = 20  # in one answer
_MAX_PART_LENGTH = 600  # characters of each part of a problem, so that long input is not repeated
_JSON = {"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff"}


class _Refusal(NamedTuple):
    status: int
    error: str
    headers: Mapping[str, str] = {}


class ControlApi:
    """Answers control requests. It knows routes, guards and the form of errors, but not what the endpoints do."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.routes = list_routes(app.providers.values())
        self._patterns = [(_compile_path(route.path), route) for route in self.routes]

    async def answer(self, request: WireRequest) -> WireResponse:
        """Return the answer to a request. Never raises: errors become {"error", "problems"} with status 400 or more."""
        path = request.path[len(PREFIX) :]
        matches = [(match, route) for pattern, route in self._patterns if (match := pattern.fullmatch(path))]
        method = "GET" if request.method == "HEAD" else request.method
        match, route = next((pair for pair in matches if pair[1].method == method), (None, None))
        refusal = self._find_refusal(request, route)
        if refusal is not None:
            return _refuse(*refusal)
        if match is not None and route is not None:
            if not (route.open or self._is_authorized(request)):
                return _refuse(401, "the control plane wants its token", {"WWW-Authenticate": "Bearer"})
            return await self._call_endpoint(request, route, match.groupdict())
        if not matches:
            return _refuse(404, self._explain_unknown_path(path))
        allowed = ", ".join(_list_methods(route for _match, route in matches))
        return _refuse(405, f"{request.method} is not for this; {allowed} is", {"Allow": allowed})

    def _explain_unknown_path(self, path: str) -> str:
        paths = sorted({route.path for route in self.routes if route.path})
        similar = get_close_matches(path[:80], paths, 1)
        hint = f" (did you mean {PREFIX}{similar[0]}?)" if similar else ""
        return f"there is no {PREFIX}{path[:80]}{hint}; there are {', '.join(paths)}"

    def answer_unreadable(self, _request: WireRequest, status: int) -> WireResponse:
        """Return the answer to a request that could not be read; `HttpServer` says what each status means."""
        return _refuse(status, _UNREADABLE_ERRORS[status])

    async def _call_endpoint(self, request: WireRequest, route: Route, names: Mapping[str, str]) -> WireResponse:
        try:
            query, media_type = _parse_query(request, route.parameters), request.headers.get("Content-Type", "")
            control_request = AppRequest(names, query, request.body, self._app, media_type)
            if not route.open and control_request.query.get("account") != UNATTRIBUTED:
                control_request.find_account()
            reply = route.endpoint(control_request)
            if not isinstance(reply, Reply):
                reply = await reply
            for account, change in reply.changes:
                await self._app.state.store.commit(account, (change,))
        except Problems as problems:
            return _refuse(400, "the request is not understood", problems=problems.found)
        except (NotFound, Conflict, StateUnwritable) as refused:
            return _refuse(_STATUSES[type(refused)], str(refused))
        except Exception:
            log.exception("unhandled exception in /_emulator/%s", route.path)
            return _refuse(500, "a mistake of the emulator; its log has the details")
        if route.method != "GET" and not route.silent:
            body = request.body[: events.BODY_LIMIT]
            event = events.ControlChanged(query.get("account"), request.method, request.path, reply.status, body)
            self._app.state.events.publish(event)
        return await _encode_reply(reply)

    def _is_authorized(self, request: WireRequest) -> bool:
        """Return whether a request carries the token; True if none is set."""
        return self._app.state.settings.control_token is None or self._has_token(request)

    def _has_token(self, request: WireRequest) -> bool:
        token = self._app.state.settings.control_token
        if token is None:
            return False
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(given.strip().encode("utf-8", "replace"), token.encode())

    def _find_refusal(self, request: WireRequest, route: Route | None) -> _Refusal | None:
        """Return why a request is refused, whatever it asks of its route; None if it is not.

        A web page, which does not know the token, must not steer the emulator on a developer's machine. It may try
        across origins, or by a host name that it points to this machine (DNS rebinding).
        """
        host = request.host
        is_own = (route and route.any_host) or is_own_name(host, self._app.state.settings.control_hosts)
        if not (is_own or self._has_token(request)):
            return _Refusal(403, explain_foreign_host(host))
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != host:
            return _Refusal(403, "the control plane does not answer to pages of other origins")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return _Refusal(403, "the control plane does not answer to pages of other sites")
        if request.headers.get("User-Agent") == USER_AGENT and not (route and route.is_fetchable):
            return _Refusal(403, "the control plane does not answer to the emulator's own pushes and fetches")
        if len(request.body) > BODY_LIMIT:
            return _Refusal(413, f"a control request has at most {BODY_LIMIT} bytes")
        return None


def _list_methods(routes: Iterable[Route]) -> list[str]:
    """Return the methods of routes that share a path. HEAD is among them where GET is."""
    methods = {route.method for route in routes}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _compile_path(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _parse_query(request: WireRequest, parameters: Iterable[str]) -> dict[str, str]:
    pairs = parse_qsl(request.query, keep_blank_values=True)
    for name, _value in pairs:
        if name not in parameters:
            raise Problems([Problem(f"?{name[:80]}", f"one of {', '.join(parameters) or 'no parameters'}", name[:80])])
    return dict(pairs)


def _refuse(
    status: int, error: str, headers: Mapping[str, str] | None = None, problems: Iterable[Problem] = ()
) -> WireResponse:
    problem_dicts = [_to_dict(problem) for problem in islice(problems, _MAX_PROBLEMS)]
    return WireResponse(status, {**_JSON, **(headers or {})}, _encode_json({"error": error, "problems": problem_dicts}))


def _to_dict(problem: Problem) -> dict[str, Any]:
    data = {name: getattr(problem, name)[:_MAX_PART_LENGTH] for name in ("path", "expected", "got")}
    location = {"file": problem.file, "line": problem.line}
    return data | {name: value for name, value in location.items() if value}


async def _encode_reply(reply: Reply) -> WireResponse:
    if isinstance(reply.body, bytes):
        return WireResponse(reply.status, {**_JSON, "Content-Type": reply.media_type}, reply.body)
    data = await _encode_listing(reply.body) if isinstance(reply.body, Listing) else _encode_json(reply.body)
    return WireResponse(reply.status, _JSON, data)


async def _encode_listing(listing: Listing) -> bytes:
    """Return a list as JSON, encoded in turns. Items beyond LIST_LIMIT are left out, except from a bare list."""
    begin = b"\n  " if listing.bare else b"\n    "
    parts = [b"[" if listing.bare else b'{\n  "items": [']
    size = 0
    async for item in take_turns(listing.items):
        encoded = _encode_json(item)[:-1].replace(b"\n", begin)
        parts += (b"," + begin if size else begin, encoded)
        size += len(encoded)
        if size > LIST_LIMIT and not listing.bare:
            break
    parts.append(begin[:-2] + b"]" if size else b"]")
    if listing.bare:
        return b"".join((*parts, b"\n"))
    if listing.total is not None:
        parts.append(b',\n  "total": %d' % listing.total)
    return b"".join((*parts, b"\n}\n"))


def _encode_json(body: Any) -> bytes:
    try:
        return orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # rules and headers may hold half a surrogate pair, or integers beyond 64 bits
        return json.dumps(body, default=str).encode() + b"\n"
