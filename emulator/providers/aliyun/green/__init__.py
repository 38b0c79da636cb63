"""Alibaba Cloud Green (content moderation 1.0, version 2018-05-09) over the ROA gateway: image/asyncscan and its kin.

Where the documents contradict each other or the wire; behind the last colon stands what we chose. QUIRKS lists the
choices that can be set.

- "code is the same as the HTTP status" (image/asyncscan), yet every client needs HTTP 200 to see a body code: 200.
- Versions 2017-01-12 and 2017-08-25 were switched off at some time: they are still served.
- Too many calls are body code 588 by one page and Throttling.User of the gateway by another: 588.
- The callback's content has neither url nor extras in the sample of image/asyncscan, both in captured answers: both.
- Later pages allow 64 letters, digits and underscores in a seed; in a dataId they allow 128, also hyphens and dots.
  image/asyncscan has no such limit, and callers in production send other texts: any text.
- On the page of image/asyncscan, the id of an asynchronous task is a UUID and a time. In answers captured since 2018 it
  looks like the id of image/scan: as the page prints it.
- By the page of text/scan, filteredContent comes with a word of the customer's own list. An answer captured in 2021 and
  a sample of the vendor have it with built-in labels too: whenever the answer lists words.
- Each page lists scenes, but callers in production ask for others (sface-n, porn for a text): all are taken. A scene
  that is in no table finds nothing.
- The pages limit the ids of a call for the siblings of image/results only (100); a public wrapper has 1000: 100.
- No page says what happens when dataId is not a text, or interval or maxFrames not a number from 1: the task fails
  alone, like a task without url. time, extras and clientInfo may be anything.
- A call by another method than POST is 400 in a list of codes and 403 on the page of the gateway: 403.
- Pictures for image/scan: up to 5 MB on the page of image/asyncscan, 20 MB on later pages: 5 MB.
- Content-MD5 and a nonce are mandatory on the page of the signature; official clients send neither: checked when sent.
"""

from emulator.config.provided import Quirk
from emulator.errors import Errors
from emulator.operation import Endpoint
from emulator.provider import Gate, Provider, Wire
from emulator.providers.aliyun.credentials import CREDENTIALS
from emulator.providers.aliyun.foreign import ANY_KEY
from emulator.providers.aliyun.gateway.bill import count_units
from emulator.providers.aliyun.gateway.checks import identify
from emulator.providers.aliyun.gateway.control import ROUTES
from emulator.providers.aliyun.green.errors import ROWS, make_row
from emulator.providers.aliyun.green.gate import LIMITS, admit
from emulator.providers.aliyun.green.lint import LINT
from emulator.providers.aliyun.green.operations import OPERATIONS
from emulator.providers.aliyun.green.pending import Pending
from emulator.providers.aliyun.green.results import find_task_ids
from emulator.providers.aliyun.green.wire import decode, encode, refuse

QUIRKS = (
    ANY_KEY,
    Quirk(
        "green.http_status",
        (False, True),
        "captured: clients of every kind read 200; documented: the code is the status",
    ),
    Quirk(
        "green.strict_version", (False, True), "documented: pages of 2018; those since 2020 switch older versions off"
    ),
    Quirk(
        "green.throttled", ("588", "Throttling.User"), "documented: table of body codes; error centre of the gateway"
    ),
    Quirk("green.callback_url", (True, False), "captured: callbacks of 2022; documented: image/asyncscan has neither"),
    Quirk(
        "green.seed", ("any", "page"), "documented: page of image/asyncscan; later pages have letters, digits, _, 64"
    ),
    Quirk(
        "green.data_id",
        ("any", "page"),
        "documented: page of image/asyncscan; later pages have letters, digits, _-., 128",
    ),
    Quirk(
        "green.async_task_id",
        ("document", "captured"),
        "documented: page of image/asyncscan; captured: answers of 2022",
    ),
    Quirk("green.filtered_content", ("any", "customized"), "captured: answer of 2021; documented: page of text/scan"),
    Quirk(
        "green.other_scenes", ("taken", "refused"), "captured: callers in production; documented: lists of the pages"
    ),
    Quirk(
        "green.results_ids",
        (100, 1000),
        "documented: pages of the sibling services; captured: a public wrapper of 2019",
    ),
)

REGIONS = ("cn-shanghai", "cn-beijing", "cn-shenzhen", "cn-hangzhou", "ap-southeast-1", "us-west-1")

PROVIDER = Provider(
    name="aliyun_green",
    wire=Wire(("green",), decode, encode, refuse, endpoint=lambda name: Endpoint(f"/green/{name}")),
    gate=Gate(admit, identify),
    errors=Errors(tuple(ROWS.values()), internal="InternalError", unreadable="400", make_row=make_row),
    operations=OPERATIONS,
    credentials=CREDENTIALS,
    limits=LIMITS,
    hosts=("green.aliyuncs.com", *(f"green.{region}.aliyuncs.com" for region in REGIONS)),
    quirks=QUIRKS,
    control_routes=ROUTES,
    per_item_errors=True,
    lint=LINT,
    count_units=count_units,
    find_task_ids=find_task_ids,
    kept_types={"task": Pending},
)
