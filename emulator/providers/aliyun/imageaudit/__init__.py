"""Alibaba Vision imageaudit 2019-12-30 (document version 20201105): ScanImage and ScanText over the RPC gateway.

Where the documents contradict each other or the wire; behind the last colon stands what we chose. QUIRKS lists the
choices that can be set.

- Without Format, section 4.2 answers JSON and section 4.3 XML: JSON.
- Geometry is `Y` in the tables and in every typed client, `y` in the samples. The echoed address is `ImageURL` in the
  tables, `ImageUrl` in the JSON sample: `Y` and `ImageURL`. The quirk adds the spellings of the samples beside them.
- A clean text gives an empty result by the prose of section 2, and one `normal` result in captured answers: `normal`.
- Throttling is 429 in section 5 and 400 in a client's log: 429.
- The drug label stands in a sample but not in the label table: a rule can ask for it.
- The scenes sface and qrcode stand in notes but not in the list of Scene.N, which is closed: refused.
- A trademark is a label of scene logo, but the Type of a logo is always TV by the table: TV.
- The sample of ScanImage has Code 200 and Message OK in each element, which no table lists. What they are in an element
  that failed is documented nowhere: the number of section 5 and the name of the code.
- The example line of section 3 writes Chinese characters into the URL, escaped once, which the limits forbid: refused.
- "Only OSS links of the Shanghai region" (Task.N.ImageURL) is at odds with the document's own samples: off.
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
from emulator.providers.aliyun.gateway.lint import find_reused_nonces
from emulator.providers.aliyun.imageaudit.errors import ROWS, make_row
from emulator.providers.aliyun.imageaudit.gate import LIMITS, admit
from emulator.providers.aliyun.imageaudit.operations import OPERATIONS
from emulator.providers.aliyun.imageaudit.wire import decode, encode, refuse

QUIRKS = (
    ANY_KEY,
    Quirk("imageaudit.default_format", ("JSON", "XML"), "documented: parameter table of 4.2; 4.3 says XML"),
    Quirk(
        "imageaudit.clean_text",
        ("normal", "empty"),
        "captured: answers of 2022; documented: section 2, an empty result",
    ),
    Quirk("imageaudit.throttling_status", (429, 400), "documented: section 5; captured: 400 in a client's log of 2023"),
    Quirk("imageaudit.sample_spelling", (False, True), "documented: tables (Y, ImageURL); samples have y and ImageUrl"),
    Quirk("imageaudit.shanghai_oss_only", (False, True), "documented: samples; the table of Task.N.ImageURL says only"),
    Quirk(
        "imageaudit.element_code",
        ("status", "name"),
        "documented: the number 200 in the sample; ours: in one that failed",
    ),
)


def build_endpoint(name: str) -> Endpoint:
    """Return where an action is called."""
    return Endpoint("/", {"Action": name}, "application/x-www-form-urlencoded")


PROVIDER = Provider(
    name="aliyun_imageaudit",
    wire=Wire(("",), decode, encode, refuse, endpoint=build_endpoint),
    gate=Gate(admit, identify),
    errors=Errors(
        rows=tuple(ROWS.values()),
        internal="InternalServerError",
        unreadable="InvalidParameter.BadRequest",
        make_row=make_row,
    ),
    operations=OPERATIONS,
    credentials=CREDENTIALS,
    limits=LIMITS,
    hosts=("imageaudit.cn-shanghai.aliyuncs.com",),
    quirks=QUIRKS,
    control_routes=ROUTES,
    lint=(find_reused_nonces,),
    count_units=count_units,
)
