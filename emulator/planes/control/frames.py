"""frames: the temporary addresses that ScanImage hands out for inspected pieces of a picture."""

import asyncio
from functools import lru_cache
from xml.sax.saxutils import escape

from emulator.planes.control import NotFound, Reply, Route, Turn
from emulator.world.card import card
from emulator.world.frames import refused

_LONGEST = 20  # characters of a number


async def frame(turn: Turn) -> Reply:
    name = turn.names["name"]
    reason = refused(turn.house.world.accounts, name, turn.query)
    if reason is not None:
        error = f"<Error><Code>AccessDenied</Code><Message>{escape(reason)}</Message></Error>"
        return Reply(f'<?xml version="1.0" encoding="UTF-8"?>{error}'.encode(), 403, "application/xml")
    owner = turn.house.world.accounts.key(turn.query["OSSAccessKeyId"])
    if owner is None or not turn.concerns(owner.account.id):
        raise NotFound(f"no frame {name[:80]!r} of this account")
    number = name.removesuffix(".png").rpartition("-")[2][:_LONGEST]
    return Reply(await asyncio.to_thread(_picture, number), 200, "image/png")


@lru_cache(64)
def _picture(number: str) -> bytes:
    return card([f"frame {number}"], 256, 256)


ROUTES = (
    Route(
        "GET",
        "frames/{name}",
        frame,
        ("Expires", "OSSAccessKeyId", "Signature"),
        answers={200: "image/png", 403: "application/xml"},
        open=True,
    ),
)
