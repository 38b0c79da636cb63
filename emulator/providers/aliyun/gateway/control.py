"""frames: pictures at the temporary addresses that ScanImage gives for the frames of a picture."""

import asyncio
from functools import lru_cache
from xml.sax.saxutils import escape

from emulator.control import ControlRequest, NotFound, Reply, Route
from emulator.media.card import draw_card
from emulator.providers.aliyun.credentials import find_key
from emulator.providers.aliyun.gateway.frames import explain_refusal

_MAX_NUMBER_LENGTH = 20  # characters of a number that are drawn


async def show_frame(request: ControlRequest) -> Reply:
    """Return a picture for one frame whose temporary address ScanImage gave."""
    name = request.path_values["name"]
    reason = explain_refusal(request.state.accounts, name, request.query)
    if reason is not None:
        error = f"<Error><Code>AccessDenied</Code><Message>{escape(reason)}</Message></Error>"
        return Reply(f'<?xml version="1.0" encoding="UTF-8"?>{error}'.encode(), 403, "application/xml")
    owner = find_key(request.state.accounts, request.query["OSSAccessKeyId"])
    if owner is None or not request.is_visible(owner.account.id):
        raise NotFound("no frame", name, " of this account")
    number = name.removesuffix(".png").rpartition("-")[2][:_MAX_NUMBER_LENGTH]
    return Reply(await asyncio.to_thread(_draw_frame, number), 200, "image/png")


@lru_cache(64)
def _draw_frame(number: str) -> bytes:
    return draw_card([f"frame {number}"], 256, 256)


ROUTES = (
    Route(
        "GET",
        "frames/{name}",
        show_frame,
        ("Expires", "OSSAccessKeyId", "Signature"),
        answers={200: "image/png", 403: "application/xml"},
        open=True,
        is_fetchable=True,
        operation_id="frames_frame",
    ),
)
