"""The baseline: an aiohttp handler that always gives a captured answer, and reads a body where one is uploaded.

`python -m tests.bench.bare ANSWER [LOOP]`
"""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

from aiohttp import web

UPLOADS = "/wxa/img_sec_check"
OWN = {"content-length", "date"}  # aiohttp writes these itself, as it does for the real server


def build_application(answer: bytes) -> web.Application:
    """Return an application whose only handler gives this answer (the bytes that were on the wire)."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
    headers = {name: value for name, _, value in lines if name.lower() not in OWN}

    async def give_answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    async def read_and_answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_post(UPLOADS, read_and_answer)
    app.router.add_get("/", give_answer)
    app.router.add_post("/", give_answer)
    return app


async def serve(answer: bytes) -> None:
    """Serve on a free port until the process is ended."""
    runner = web.AppRunner(build_application(answer), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"Listening on http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main(answer: str, loop: str = "asyncio") -> None:
    """Serve the answer kept in a file, on either loop."""
    with asyncio.Runner(loop_factory=import_module(loop).new_event_loop) as runner:
        runner.run(serve(Path(answer).read_bytes()))


if __name__ == "__main__":
    main(*sys.argv[1:])
