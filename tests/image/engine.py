"""Stands in for a Docker engine: its API on a socket, and for each container of our image a process on this machine.

`python -m tests.image.engine SOCKET`. It knows what the libraries of Testcontainers ask of an engine, and no more.
"""

import asyncio
import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.image.dockerfile import read_pairs, read_stages

ROOT = Path(__file__).parents[2]
IMAGE = "moderation-emulator"
STEPS = read_stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))[-1].instructions
PORT = next(step.text for step in STEPS if step.name == "EXPOSE")
# What the image says, but for folders that this machine lacks.
PAIRS = [pair for step in STEPS if step.name == "ENV" for pair in read_pairs(step.text).items()]
ENVIRONMENT = {name: value for name, value in PAIRS if "/" not in value}
CONFIG = {"Image": IMAGE, "ExposedPorts": {f"{PORT}/tcp": {}}, "Env": [], "Labels": {}, "Tty": False}
DESCRIBED = {"Id": f"sha256:{1:064x}", "RepoTags": [f"{IMAGE}:latest"], "Config": CONFIG, "Size": 1}
MACHINE = {
    "ApiVersion": "1.44",
    "MinAPIVersion": "1.24",
    "Version": "27.0.0",
    "ServerVersion": "27.0.0",
    "ID": "stand-in",
    "OperatingSystem": "a stand-in",
    "Os": "linux",
    "OSType": "linux",
    "Arch": "amd64",
    "Architecture": "x86_64",
    "NCPU": 1,
    "MemTotal": 2**32,
    "Labels": [],
    "IndexServerAddress": "",
}
IPAM = {"Config": [{"Subnet": "192.0.2.0/24", "Gateway": "127.0.0.1"}]}
BRIDGE = {"Name": "bridge", "Id": "bridge", "Driver": "bridge", "IPAM": IPAM}
# What is answered to every GET of a path.
FACTS: dict[str, Any] = {
    "/version": MACHINE,
    "/info": MACHINE,
    "/networks": [BRIDGE],
    "/networks/bridge": BRIDGE,
    "/images/json": [DESCRIBED | {"Created": 0}],
    f"/images/{IMAGE}/json": DESCRIBED,
    f"/images/{IMAGE}:latest/json": DESCRIBED,
}
NOT_FOUND = {"message": "no such image or container"}


class Container:
    """A container: what it was asked to be, and the process that is it, once it is started."""

    def __init__(self, number: int, asked: dict[str, Any]) -> None:
        self.id = f"{number:064x}"
        self.asked = asked
        self.port = 0
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        command = self.asked.get("Cmd") or ["serve"]
        own = dict(pair.partition("=")[::2] for pair in self.asked.get("Env") or [])
        where = {"MODERATION_EMULATOR_SERVER__PORT": str(self.port), "MODERATION_EMULATOR_SERVER__HOST": "127.0.0.1"}
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "emulator", *command),
            cwd=ROOT,
            env={**os.environ, **ENVIRONMENT, **own, **where},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.communicate()

    def describe(self) -> dict[str, Any]:
        running = self.process is not None and self.process.returncode is None
        ports = {f"{PORT}/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(self.port)}] if running else None}
        state = {"Status": "running" if running else "exited", "Running": running, "ExitCode": 0, "Pid": 1}
        state |= {"StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"}
        network = {"NetworkID": "bridge", "IPAddress": "127.0.0.1", "Gateway": "127.0.0.1"}
        return {
            "Id": self.id,
            "Name": f"/{self.id[-8:]}",
            "Created": "2026-01-01T00:00:00Z",
            "Image": IMAGE,
            "State": state,
            "Config": CONFIG | {"Labels": self.asked.get("Labels") or {}},
            "HostConfig": {"NetworkMode": "bridge", "PortBindings": {}},
            "NetworkSettings": {"Ports": ports, "Networks": {"bridge": network}, "IPAddress": "127.0.0.1"},
        }


class Engine:
    """The API, and the containers by their ids."""

    def __init__(self) -> None:
        self.containers: dict[str, Container] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request, whatever version of the API it names."""
        path = re.sub(r"^/v[\d.]+", "", request.path)
        if path == "/_ping":
            return web.Response(text="OK", headers={"Api-Version": "1.44", "Ostype": "linux", "Server": "Docker/27.0"})
        if path in FACTS:
            return web.json_response(FACTS[path])
        if path.endswith("/prune"):
            return web.json_response({"SpaceReclaimed": 0})
        if path == "/containers/create":
            return await self._create(request)
        if match := re.fullmatch(r"/containers/(\w+)(?:/(\w+))?", path):
            return await self._answer_container(request, match[1], match[2] or "")
        return web.json_response({"message": f"not known here: {request.method} {path}"}, status=404)

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked["Image"].removesuffix(":latest") != IMAGE:
            return web.json_response(NOT_FOUND, status=404)
        container = Container(len(self.containers) + 1, asked)
        self.containers[container.id] = container
        return web.json_response({"Id": container.id, "Warnings": []}, status=201)

    async def _answer_container(self, request: web.Request, name: str, verb: str) -> web.StreamResponse:
        if name == "json":
            asked = json.loads(request.query.get("filters", "{}")).get("id", [])
            return web.json_response([each.describe() for each in self.containers.values() if each.id in asked])
        container = self.containers.get(name)
        if container is None:
            return web.json_response(NOT_FOUND, status=404)
        if verb == "json":
            return web.json_response(container.describe())
        if verb == "logs":
            return web.Response(body=b"", content_type="application/vnd.docker.multiplexed-stream")
        if verb == "start":
            await container.start()
        elif verb in ("stop", "kill") or request.method == "DELETE":
            await container.stop()
        if request.method == "DELETE":
            del self.containers[name]
        return web.Response(status=204)


def announce(*_: object) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def main() -> None:
    engine = Engine()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", engine.answer)
    web.run_app(app, path=sys.argv[1], print=announce)


if __name__ == "__main__":
    main()
