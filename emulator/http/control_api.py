"""Where tests turn the knobs: JSON under /_emulator/, one file per knob in planes/control/."""

import ipaddress
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
from emulator.gateway import frames
from emulator.http.control import PREFIX, UNATTRIBUTED, ControlRequest, Listing, NotFound, Reply, Route
from emulator.http.control.index import list_routes
from emulator.http.server import MAX_ELEMENTS
from emulator.net.egress import AGENT
from emulator.resources.budgets import MIB
from emulator.resources.turns import take_turns
from emulator.state import events
from emulator.types import Problem, Problems, WireRequest, WireResponse

log = logging.getLogger("emulator")

BODY_LIMIT = 4 * MIB
LIST_LIMIT = 8 * MIB  # bytes of a list; a longer one would be written for too long
_UNREADABLE_ERRORS = {
    400: "the request cannot be read as HTTP, or does not come to its end in time",
    413: f"a control request has at most {BODY_LIMIT} bytes, and {MAX_ELEMENTS} entries of lists and objects",
    500: "a mistake of the emulator; its log has the details",
}

_MAX_PROBLEMS, _MAX_PART_LENGTH = (
    20,
    600,
)  # problems told at once, and characters of each part: nothing is repeated at length
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]*)?")
# What this machine is called inside containers and clusters: names that nobody can register, and so no page can have.
_match_internal_name = re.compile(r"(?:[a-z0-9_-]+\.)+(?:internal|svc|svc\.cluster\.local|localhost)").fullmatch
_JSON = {"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff"}


class _Refused(NamedTuple):
    status: int
    error: str
    headers: Mapping[str, str] = {}


class ControlPlane:
    """Answers control requests; knows routes, guards and the one form of errors, and nothing of what the knobs do."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.routes = list_routes()
        self._patterns = [(_compile_path(route.path), route) for route in self.routes]

    async def answer(self, request: WireRequest) -> WireResponse:
        """Never raises: what is wrong becomes {"error", "problems"} with a status from 400 on."""
        path = request.path[len(PREFIX) :]
        matches = [(match, route) for pattern, route in self._patterns if (match := pattern.fullmatch(path))]
        method = "GET" if request.method == "HEAD" else request.method
        match, route = next((pair for pair in matches if pair[1].method == method), (None, None))
        refused = self._find_refusal(request, route is not None and route.any_host)
        if refused is not None:
            return _refuse(*refused)
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
        """The answer to what could not be read: 400 is no HTTP or comes too late, 413 is too large, 500 is a mistake of
        ours.
        """
        return _refuse(status, _UNREADABLE_ERRORS[status])

    async def _call_endpoint(self, request: WireRequest, route: Route, names: Mapping[str, str]) -> WireResponse:
        try:
            media_type = request.headers.get("Content-Type", "")
            control_request = ControlRequest(
                names, _parse_query(request, route.parameters), request.body, self._app, media_type
            )
            if not route.open and control_request.query.get("account") != UNATTRIBUTED:
                control_request.find_account()
            reply = route.endpoint(control_request)
            if not isinstance(reply, Reply):
                reply = await reply
        except Problems as problems:
            return _refuse(400, "the request is not understood", problems=problems.found)
        except NotFound as missing:
            return _refuse(404, str(missing))
        except Conflict as conflict:
            return _refuse(409, str(conflict))
        except Exception:
            log.exception("unhandled exception in /_emulator/%s", route.path)
            return _refuse(500, "a mistake of the emulator; its log has the details")
        if route.method != "GET" and not route.silent:
            account, body = control_request.query.get("account"), request.body[: events.BODY_LIMIT]
            change = events.ControlChanged(account, request.method, request.path, reply.status, body)
            self._app.state.events.publish(change)
        return await _encode_reply(reply)

    def _is_authorized(self, request: WireRequest) -> bool:
        """Whether a request carries the token, if one is set."""
        return self._app.state.settings.control_token is None or self._has_token(request)

    def _has_token(self, request: WireRequest) -> bool:
        token = self._app.state.settings.control_token
        if token is None:
            return False
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and compare_digest(given.strip().encode("utf-8", "replace"), token.encode())

    def _find_refusal(self, request: WireRequest, any_host: bool) -> _Refused | None:
        """A web page must not turn the knobs of a developer's machine, neither across origins nor by a name that it
        points here itself (DNS rebinding): such a page knows no token.
        """
        host = request.headers.get("Host", "")
        if not (any_host or _is_own_name(host, self._app.state.settings.control_hosts) or self._has_token(request)):
            return _Refused(403, _explain_foreign_host(host))
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != host:
            return _Refused(403, "the control plane does not answer to pages of other origins")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return _Refused(403, "the control plane does not answer to pages of other sites")
        if request.headers.get("User-Agent") == AGENT and not request.path.startswith(frames.PATH):
            return _Refused(403, "the control plane does not answer to the emulator's own pushes and fetches")
        if len(request.body) > BODY_LIMIT:
            return _Refused(413, f"a control request has at most {BODY_LIMIT} bytes")
        return None


def _is_own_name(host: str, allowed: Iterable[str]) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = (match[1] or match[2]).lower()
    if name in {each.lower() for each in allowed}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or _match_internal_name(name) is not None
    return True


def _explain_foreign_host(host: str) -> str:
    match = _HOST.fullmatch(host[:_MAX_PART_LENGTH])
    name = match[2] if match else None
    message = f"the control plane does not answer to the name {host[:80]!r}"
    return f"{message}; serve --allow-host {name[:200]} (or control.hosts) makes it" if name else message


def _list_methods(routes: Iterable[Route]) -> list[str]:
    """The methods of some routes of one path: where GET is, HEAD is as well."""
    methods = {route.method for route in routes}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _compile_path(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _parse_query(request: WireRequest, filters: Iterable[str]) -> dict[str, str]:
    pairs = parse_qsl(request.query, keep_blank_values=True)
    for name, _value in pairs:
        if name not in filters:
            raise Problems([Problem(f"?{name[:80]}", f"one of {', '.join(filters) or 'no parameters'}", name[:80])])
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
    """A long answer, item by item; what does not fit into LIST_LIMIT is left out, but of a bare list nothing."""
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
    except TypeError:  # half a surrogate pair, or an integer beyond 64 bits: rules and headers may hold them
        return json.dumps(body, default=str).encode() + b"\n"
