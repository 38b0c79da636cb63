"""Alibaba Vision imageaudit 2019-12-30 (document version 20201105): ScanImage and ScanText over the RPC gateway.

Where the documents contradict each other or the wire, and what we chose (each choice is a quirk, listed by QUIRKS):

- Without Format, section 4.2 answers JSON and section 4.3 XML: JSON.
- Geometry is `Y` in the tables and in every typed client, `y` in the samples; the echoed address is `ImageURL` in the
  tables, `ImageUrl` in the JSON sample: `Y` and `ImageURL`; the quirk adds the spellings of the samples beside them.
- A clean text gives an empty result by section 2's prose and one `normal` result in captured answers: the latter.
- Throttling is 429 in section 5 and 400 in a client's log: 429.
- The drug label stands in a sample but not in the label table: it can be asked for by a rule.
- "Only OSS links of the Shanghai region" (Task.N.ImageURL) is at odds with the document's own samples: off.
"""

from emulator.gateway.checks import caller
from emulator.provider import Place, Provider, Quirk
from emulator.providers.aliyun_imageaudit.errors import ROWS, coin
from emulator.providers.aliyun_imageaudit.gate import admit
from emulator.providers.aliyun_imageaudit.operations import OPERATIONS
from emulator.providers.aliyun_imageaudit.wire import decode, encode, refuse

QUIRKS = (
    Quirk("imageaudit.default_format", ("JSON", "XML"), "parameter table of 4.2 (JSON) against the text of 4.3 (XML)"),
    Quirk("imageaudit.clean_text", ("normal", "empty"), "captured answers (normal) against section 2 (empty)"),
    Quirk("imageaudit.throttling_status", (429, 400), "section 5 (429) against a client log of 2023 (400)"),
    Quirk("imageaudit.sample_spelling", (False, True), "tables (Y, ImageURL) against samples (y, ImageUrl)"),
    Quirk("imageaudit.shanghai_oss_only", (False, True), "samples against the description of Task.N.ImageURL"),
)

PROVIDER = Provider(
    name="aliyun_imageaudit",
    doors=("",),
    operations=OPERATIONS,
    rows=tuple(ROWS.values()),
    decode=decode,
    admit=admit,
    encode=encode,
    refuse=refuse,
    crash="InternalServerError",
    unreadable="InvalidParameter.BadRequest",
    quirks=QUIRKS,
    caller=caller,
    coin=coin,
    place=lambda name: Place("/", {"Action": name}, "application/x-www-form-urlencoded"),
)
