"""Which provider a path belongs to: its first segment decides."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import orjson

from emulator import pipeline
from emulator.planes.control import PREFIX
from emulator.provider import Provider
from emulator.vocabulary import Refusal, WireRequest, WireResponse
from emulator.world import World
from emulator.world.events import BODY_LIMIT, Stray

_HELP = """<!doctype html><meta charset="utf-8"><title>moderation-emulator</title>
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}code{background:#eee}</style>
<h1>moderation-emulator</h1>
<p>This address answers like the content-moderation services below. Point your SDK's endpoint here.</p>
<ul>%s</ul>
<p>See what came in: <a href="/_emulator/journal">journal</a>. Every error and how to provoke it:
<a href="/_emulator/errors">errors</a>. State of the server: <a href="/_emulator/info">info</a>.</p>
"""

_CONTROL = PREFIX.rstrip("/")
_NOTHING = "Nothing is emulated there."


class ProviderPlane:
    """Hands each request to the provider behind its door."""

    def __init__(self, providers: Iterable[Provider], world: World) -> None:
        self._providers = tuple(providers)
        self._doors = {door: provider for provider in self._providers for door in provider.doors}
        self._unprepared = {door: make for provider in self._providers for door, make in provider.prepare.items()}
        self._world = world
        self._under_way = 0
        self._ended: asyncio.Event | None = None

    async def answer(self, request: WireRequest) -> WireResponse:
        door = request.path[1:].partition("/")[0]
        if request.target == "/" and _is_for_the_page(request):
            return self._help()
        provider = self._doors.get(door)
        if provider is None:
            return self._control(request) if request.path == _CONTROL else self._nowhere(request, door)
        if provider.aside is not None and (beside := provider.aside(request, self._world)) is not None:
            if beside.status == 404:
                self._tell(request, 404, _NOTHING)
            return beside
        self._under_way += 1
        try:
            if door in self._unprepared:
                await asyncio.to_thread(self._unprepared[door], self._world.settings)
                self._unprepared.pop(door, None)
            return await pipeline.answer(request, provider, self._world)
        finally:
            self._under_way -= 1
            if self._ended is not None and not self._under_way:
                self._ended.set()

    async def drain(self, seconds: float) -> None:
        """Wait until no call is under way, but not longer than this."""
        if self._under_way:
            self._ended = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), seconds)

    def unreadable(self, request: WireRequest, status: int) -> WireResponse:
        """The answer to what could not be read: 400 is no HTTP or comes too late, 413 is too large, 500 is a mistake of
        ours; as the provider at that door puts it, or the one at `/`.
        """
        provider = self._doors.get(request.path[1:].partition("/")[0]) or self._doors[""]
        refusal = Refusal(provider.unreadable, "It cannot be read as HTTP.")
        if status == 413:
            refusal = Refusal(provider.oversize or provider.unreadable, "It is too large.")
        elif status == 500:
            refusal = Refusal(provider.crash, cause="A mistake of the emulator; its log has the details.")
        self._tell(request, status, refusal.explanation)
        request_id = provider.request_id(self._world.accounts.default, self._world)
        return provider.refuse(request, None, refusal, request_id, self._world)

    def _help(self) -> WireResponse:
        items = "".join(
            f"<li><b>{provider.name}</b> at <code>/{provider.doors[0]}</code>: {', '.join(provider.operations)}</li>"
            for provider in self._providers
        )
        return WireResponse(200, {"Content-Type": "text/html; charset=utf-8"}, (_HELP % items).encode())

    def _tell(self, request: WireRequest, status: int, why: str) -> None:
        self._world.events.tell(Stray(request.method, request.target[:BODY_LIMIT], status, why))

    def _control(self, request: WireRequest) -> WireResponse:
        """The way to the control plane for who left out its last slash."""
        if request.method not in ("GET", "HEAD"):
            return self._nowhere(request, _CONTROL[1:])
        query = f"?{request.query}" if request.query else ""
        return WireResponse(307, {"Location": f"{PREFIX}{query}"}, b"")

    def _nowhere(self, request: WireRequest, door: str) -> WireResponse:
        self._tell(request, 404, _NOTHING)
        doors = sorted(f"/{name}" for name in self._doors)
        body = {"error": f"Nothing is emulated at /{door[:80]}; the doors are {', '.join(doors)} and /_emulator/."}
        return WireResponse(404, {"Content-Type": "application/json; charset=utf-8"}, orjson.dumps(body))


def _is_for_the_page(request: WireRequest) -> bool:
    """Whether a browser asks for `/`; a HEAD there is no call of anybody's, whoever sends it."""
    return request.method == "HEAD" or (request.method == "GET" and "text/html" in request.headers.get("Accept", ""))
