r"""WeChat mini program: security.imgSecCheck and its kin by HTTPS and by cloud call, and the token endpoints.

Where the documents contradict each other or the wire; behind the last colon stands what we chose. QUIRKS lists the
choices that can be set.

- The document of imgSecCheck prints errMsg, every capture and every client has errmsg: both. Documents of the other
  operations, and captures of them, have errmsg alone.
- Pictures of more than 750 x 1334 pixels: refused by the document, often let pass by the service, or 87015: 40006.
- "1M" may be 1 000 000 or 1 048 576 bytes: 1 048 576 bytes still pass. A larger picture is 40006 by captures, and
  nowhere in the document: 40006. There is no capture of bytes that are not a picture: 40004, our guess.
- Only other services know a verdict of review: here it is 0.
- An invalid token is 40014 by the table and 40001 on the wire: 40001.
- A part without filename was seen as 41005 and as 47001: 41005. An empty upload: 41005, or 44002 by the table.
- Uploads under another name than media are reported to work by some: 41005.
- The document has multipart only. A picture as the body, declared as bytes or as a picture, was seen to get verdicts:
  taken.
- A POST in chunks gets HTTP 412 from the web server in front, as captured from 2021 to 2025. A cloud call does not.
- Quoted boundaries were seen to get 41005 (gone without the quotes) and 47001: 41005. File names that are not ASCII,
  raw or by RFC 2231, were said to get 41005.
- In a cloud call, a media without a Buffer was seen as 41005 and a media with misspelt keys as 47001: its keys decide.
- Every client of the cloud call signs, with secrets that may be any text: a signature is required, but not verified.
- Only POST is served: a GET is 43002 by the global table, 43302 by the pages of msgSecCheck: 43002.
- Version 1 of the text check does not decode \uXXXX, as four callers and the staff's own check-list say: such a text
  is matched as it was sent. Nothing is known of version 2: such a text is decoded.
- Version 2 of the text check needs scene and openid: 40129 and 40003 by its page. An unknown version is 40004, as was
  seen for bad requests. Its detail has level and keyword in the document's sample. In captures where no word was hit it
  has neither.
- A missing media_type counts as 0, which is 40004: so the staff explained a capture.
- The event of version 1 has 32 digits as trace_id. It has `detail: []` in captures of 2022 and later, but not in those
  of 2020: it has it. Its sender is the same for all events of a mini program ("the platform's push service"). In
  version 2 captures have an openid as sender: that of the call. The only post that shows the openid of a call and a
  sender shows them of two different calls.
- A picture that cannot be downloaded is status_code 4294966288 in version 1, errcode -1008 in version 2, as captured.
- By the page, an event comes again unless its receiver says success or nothing. By some callers, any 200 ends it: any.
- A forced refresh that comes too soon is 45011, one refresh too many 45009: the table has both codes, but not for this.
- The page of getAccessToken has GET only; nothing says that a POST with the parameters in its body is refused: taken.
"""

from emulator.config.provided import Quirk
from emulator.errors import Errors
from emulator.provider import Gate, Provider, Wire
from emulator.providers.wechat.credentials import CREDENTIALS
from emulator.providers.wechat.errors import ROWS, make_row
from emulator.providers.wechat.foreign import ANY_APP
from emulator.providers.wechat.gate import admit, claim_quota, identify
from emulator.providers.wechat.lint import LINT
from emulator.providers.wechat.operations import OPERATIONS
from emulator.providers.wechat.push import PACES, EventSigner
from emulator.providers.wechat.quotas import LIMITS
from emulator.providers.wechat.tokens import Lifetime
from emulator.providers.wechat.wire import build_endpoint, decode, encode, make_rid, refuse

QUIRKS = (
    ANY_APP,
    Quirk(
        "wechat.message_key",
        ("both", "errmsg", "errMsg"),
        "documented: page of imgSecCheck (errMsg); captured: all answers, and all clients (errmsg)",
    ),
    Quirk(
        "wechat.pixels",
        ("documented", "lenient", "87015"),
        "documented: page of imgSecCheck (750 x 1334); captured: img_sec_check, larger ones pass or are 87015",
    ),
    Quirk("wechat.review", (0, 87014), "ours: the document knows only two results"),
    Quirk(
        "wechat.garbage_token",
        ("40001", "40014"),
        "captured: all APIs (40001); documented: table of global return codes (40014)",
    ),
    Quirk("wechat.no_filename", ("41005", "47001"), "captured: img_sec_check, both for a part without filename"),
    Quirk(
        "wechat.empty_body",
        ("41005", "44002"),
        "ours: as a part that is missing (41005); documented: table of global return codes (44002)",
    ),
    Quirk("wechat.part_name", ("media", "any"), "documented: page of imgSecCheck; some upload it as `file`"),
    Quirk(
        "wechat.parser",
        ("strict", "lenient"),
        "captured: img_sec_check, 41005 for a quoted boundary and for file names that are not ASCII",
    ),
    Quirk("wechat.chunked", ("refused", "taken"), "captured: img_sec_check and others, HTTP 412 from 2021 to 2025"),
    Quirk(
        "wechat.unicode_escapes",
        ("literal", "decoded"),
        "captured: msg_sec_check version 1, reports and the staff's check-list of 2019 to 2020",
    ),
    Quirk(
        "wechat.push_answer",
        ("any", "success"),
        "documented: page of message pushes (success or an empty body, else again), against callers who saw one push",
    ),
)

# By HTTPS, also at the names of single regions; by cloud call at those of its gateways, one per environment.
HOSTS = (
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    *(f"{region}.api.weixin.qq.com" for region in ("sh", "sz", "hk")),
    "tcb-open.tencentcloudapi.com",
    "tcb-api.tencentcloudapi.com",
    "*.tcb-api.tencentcloudapi.com",
)

PROVIDER = Provider(
    name="wechat",
    wire=Wire(
        path_prefixes=("wxa", "cgi-bin", "admin"),
        decode=decode,
        encode=encode,
        refuse=refuse,
        make_request_id=make_rid,
        endpoint=build_endpoint,
    ),
    gate=Gate(admit, identify, claim_quota),
    errors=Errors(
        rows=tuple(ROWS.values()),
        internal="-1",
        unreadable="47001",
        oversize="40006",
        make_row=make_row,
        has_numeric_codes=True,
        via={"cloud": "cloud", "proxy": "https"},
    ),
    operations=OPERATIONS,
    credentials=CREDENTIALS,
    limits=LIMITS,
    hosts=HOSTS,
    quirks=QUIRKS,
    paces=PACES,
    lint=LINT,
    kept_types={"lifetime": Lifetime, "signer": EventSigner},
)
