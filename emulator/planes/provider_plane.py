"""Which provider a path belongs to: its first segment decides."""

from collections.abc import Iterable

import orjson

from emulator import pipeline
from emulator.provider import Provider
from emulator.vocabulary import Refusal, WireRequest, WireResponse
from emulator.world import World

_HELP = """<!doctype html><meta charset="utf-8"><title>moderation-emulator</title>
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}code{background:#eee}</style>
<h1>moderation-emulator</h1>
<p>This address answers like the content-moderation services below. Point your SDK's endpoint here.</p>
<ul>%s</ul>
<p>See what came in: <a href="/_emulator/journal">journal</a>. Every error and how to provoke it:
<a href="/_emulator/errors">errors</a>. State of the server: <a href="/_emulator/info">info</a>.</p>
"""


class ProviderPlane:
    """Hands each request to the provider behind its door."""

    def __init__(self, providers: Iterable[Provider], world: World) -> None:
        self._providers = tuple(providers)
        self._doors = {door: provider for provider in self._providers for door in provider.doors}
        self._world = world

    async def answer(self, request: WireRequest) -> WireResponse:
        target = request.target
        if not target.startswith("/"):  # a proxy's absolute form: http://host/path
            target = f"/{target.partition('://')[2].partition('/')[2]}"
        door = target[1:].partition("?")[0].partition("/")[0]
        if target == "/" and request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return self._help()
        provider = self._doors.get(door)
        if provider is None:
            return self._nowhere(door)
        return await pipeline.answer(request, provider, self._world)

    def unreadable(self, request: WireRequest, ours: bool) -> WireResponse:
        """The answer to bytes that are no HTTP request, or to a mistake of `ours`, as the provider at `/` puts it."""
        provider = self._doors[""]
        refusal = Refusal(provider.crash) if ours else Refusal(provider.unreadable, "It cannot be read as HTTP.")
        return provider.refuse(request, None, refusal, self._world.identities.request_id(), self._world)

    def _help(self) -> WireResponse:
        items = "".join(
            f"<li><b>{provider.name}</b> at <code>/{provider.doors[0]}</code>: {', '.join(provider.operations)}</li>"
            for provider in self._providers
        )
        return WireResponse(200, {"Content-Type": "text/html; charset=utf-8"}, (_HELP % items).encode())

    def _nowhere(self, door: str) -> WireResponse:
        doors = sorted(f"/{name}" for name in self._doors)
        body = {"error": f"Nothing is emulated at /{door[:80]}; the doors are {', '.join(doors)} and /_emulator/."}
        return WireResponse(404, {"Content-Type": "application/json; charset=utf-8"}, orjson.dumps(body))
