"""The provider API: hands each request to a provider, by the real host that it names or by the start of its path."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

import orjson

from emulator import pipeline
from emulator.control import PREFIX
from emulator.error_types import Refusal
from emulator.net.host_table import HostTable
from emulator.provider import Provider
from emulator.state import State
from emulator.state.events import BODY_LIMIT, UnhandledRequest
from emulator.types import WireRequest, WireResponse

_PAGE = """<!doctype html><meta charset="utf-8"><title>moderation-emulator</title>
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}code{background:#eee}</style>
<h1>moderation-emulator</h1>
<p>This address answers like the content-moderation services below. Point your SDK's endpoint here.</p>
<ul>%s</ul>
<p>See what came in: <a href="/_emulator/journal">journal</a>. Every error and how to provoke it:
<a href="/_emulator/errors">errors</a>. State of the server: <a href="/_emulator/info">info</a>.</p>
"""

_CONTROL_PATH = PREFIX.rstrip("/")
_NOTHING = "Nothing is emulated there."
_HOSTS = 256  # names that are remembered with their providers


class ProviderApi:
    """Hands each request to the provider whose real host it names, else to the one that owns its path prefix."""

    def __init__(self, providers: Iterable[Provider], state: State) -> None:
        self._providers = tuple(providers)
        hosts = HostTable((host, provider) for provider in self._providers for host in provider.hosts)
        self._find_by_host = lru_cache(_HOSTS)(hosts.find)
        self._by_prefix = {prefix: provider for provider in self._providers for prefix in provider.wire.path_prefixes}
        self._unprepared = {
            prefix: prepare for provider in self._providers for prefix, prepare in provider.wire.prepare.items()
        }
        self._state = state
        self._under_way = 0
        self._all_ended: asyncio.Event | None = None

    async def answer(self, request: WireRequest) -> WireResponse:
        prefix = request.path[1:].partition("/")[0]
        provider = self._find_by_host(request.host)
        if provider is None and request.target == "/" and _is_page_request(request):
            return self._render_page()
        provider = provider or self._by_prefix.get(prefix)
        if provider is None:
            return (
                self._redirect_to_control(request)
                if request.path == _CONTROL_PATH
                else self._answer_unknown_path(request, prefix)
            )
        static = provider.wire.static
        if static is not None and (static_response := static(request, self._state)) is not None:
            if static_response.status == 404:
                self._report_unhandled(request, 404, _NOTHING)
            return static_response
        self._under_way += 1
        try:
            if prefix in self._unprepared:
                await asyncio.to_thread(self._unprepared[prefix], self._state.settings)
                self._unprepared.pop(prefix, None)
            return await pipeline.answer(request, provider, self._state)
        finally:
            self._under_way -= 1
            if self._all_ended is not None and not self._under_way:
                self._all_ended.set()

    async def drain(self, seconds: float) -> None:
        """Wait until no call is under way, but at most `seconds`."""
        if self._under_way:
            self._all_ended = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_ended.wait(), seconds)

    def answer_unreadable(self, request: WireRequest, status: int) -> WireResponse:
        """Return the answer to a request that could not be read, as the provider of its prefix, or of `/`, words it.

        Status 400 means that it is not HTTP or came too late, 413 that it is too large, 500 an unhandled exception.
        """
        provider = self._find_by_host(request.host) or self._by_prefix.get(request.path[1:].partition("/")[0])
        provider = provider or self._by_prefix[""]
        refusal = Refusal(provider.errors.unreadable, "It cannot be read as HTTP.")
        if status == 413:
            refusal = Refusal(provider.errors.oversize or provider.errors.unreadable, "It is too large.")
        elif status == 500:
            refusal = Refusal(provider.errors.internal, cause="A mistake of the emulator; its log has the details.")
        self._report_unhandled(request, status, refusal.explanation)
        request_id = provider.wire.make_request_id(self._state.accounts.default, self._state)
        return provider.wire.refuse(request, None, refusal, request_id, self._state)

    def _render_page(self) -> WireResponse:
        items = "".join(
            f"<li><b>{each.name}</b> at <code>/{each.wire.path_prefixes[0]}</code>: {', '.join(each.operations)}</li>"
            for each in self._providers
        )
        return WireResponse(200, {"Content-Type": "text/html; charset=utf-8"}, (_PAGE % items).encode())

    def _report_unhandled(self, request: WireRequest, status: int, reason: str) -> None:
        self._state.events.publish(UnhandledRequest(request.method, request.target[:BODY_LIMIT], status, reason))

    def _redirect_to_control(self, request: WireRequest) -> WireResponse:
        """Return a redirect to the control API, for GET and HEAD of its path without the last slash."""
        if request.method not in ("GET", "HEAD"):
            return self._answer_unknown_path(request, _CONTROL_PATH[1:])
        query = f"?{request.query}" if request.query else ""
        return WireResponse(307, {"Location": f"{PREFIX}{query}"}, b"")

    def _answer_unknown_path(self, request: WireRequest, prefix: str) -> WireResponse:
        self._report_unhandled(request, 404, _NOTHING)
        prefixes = sorted(f"/{name}" for name in self._by_prefix)
        body = {"error": f"Nothing is emulated at /{prefix[:80]}; the doors are {', '.join(prefixes)} and /_emulator/."}
        return WireResponse(404, {"Content-Type": "application/json; charset=utf-8"}, orjson.dumps(body))


def _is_page_request(request: WireRequest) -> bool:
    """Return whether a request for `/` asks for the page: a browser's GET, or a HEAD, which no provider knows there."""
    return request.method == "HEAD" or (request.method == "GET" and "text/html" in request.headers.get("Accept", ""))
