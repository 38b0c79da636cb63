"""Alibaba Cloud Green (content moderation 1.0, version 2018-05-09) over the ROA gateway: image/asyncscan and its kin.

Where the documents contradict each other or the wire, and what we chose (a choice that is a quirk is listed by QUIRKS):

- "code is the same as the HTTP status" (image/asyncscan), yet every client needs HTTP 200 to see a body code: 200.
- Versions 2017-01-12 and 2017-08-25 were switched off at some time: they are still served.
- Too many calls are body code 588 by one page and Throttling.User of the gateway by another: 588.
- The results item and the callback's content print no url, later pages have it in both: results have it, content not.
- A call by another method than POST is 400 in a list of codes and 403 on the page of the gateway: 403.
- Pictures for image/scan: up to 5 MB on the page of image/asyncscan, 20 MB on later pages: 5 MB.
- Content-MD5 and a nonce are mandatory on the page of the signature; official clients send neither: checked when sent.
"""

from emulator.gateway.checks import caller
from emulator.provider import Place, Provider, Quirk
from emulator.providers.aliyun_green.errors import ROWS, coin
from emulator.providers.aliyun_green.gate import admit
from emulator.providers.aliyun_green.operations import OPERATIONS
from emulator.providers.aliyun_green.wire import decode, encode, refuse

QUIRKS = (
    Quirk("green.http_status", (False, True), "every client (200) against image/asyncscan: code is the HTTP status"),
    Quirk("green.strict_version", (False, True), "pages of 2018 against those that switched old versions off"),
    Quirk("green.throttled", ("588", "Throttling.User"), "table of body codes against the gateway's error centre"),
    Quirk("green.callback_url", (False, True), "sample of the callback's content against later pages (url)"),
)

PROVIDER = Provider(
    name="aliyun_green",
    doors=("green",),
    operations=OPERATIONS,
    rows=tuple(ROWS.values()),
    decode=decode,
    admit=admit,
    encode=encode,
    refuse=refuse,
    crash="InternalError",
    unreadable="400",
    quirks=QUIRKS,
    caller=caller,
    coin=coin,
    itemised=True,
    place=lambda name: Place(f"/green/{name}"),
)
