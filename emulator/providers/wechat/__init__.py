"""WeChat mini program: security.imgSecCheck and its kin by HTTPS and by cloud call, and the token endpoints.

Where the documents contradict each other or the wire, and what we chose (a choice that is a quirk is listed by QUIRKS):

- The document prints errMsg, every capture and every client has errmsg: both.
- Pictures of more than 750 x 1334 pixels: refused by the document, often let pass by the service: 40006.
- "1M" may be 1 000 000 or 1 048 576 bytes: the latter still passes. Too large is 40006 by captures, and nowhere in the
  document. Bytes that are no picture: no capture; 40004 is our guess.
- A verdict of review is known to other services only: here it is 0.
- A token that is none is 40014 by the table and 40001 on the wire: 40001.
- A part without filename was seen as 41005 and as 47001: 41005. An empty body: 41005, or 44002 by the table.
- Uploads under another name than media are reported to work by some: 41005.
- A POST in chunks was seen to get HTTP 412 from the web server in front: taken, and never refused in a cloud call.
- Quoted boundaries and file names by RFC 2231 were said to get 41005: both are read, unless the parser is strict.
- In a cloud call a media that is no Buffer was seen as 41005 and a misspelt one as 47001: told apart by its keys.
- Every client of the cloud call signs, with secrets that may be any text: a signature is wanted, not verified.
- Version 2 of a text needs scene and openid: 40004 was seen for bad requests, 40003 for the openid is by the table. Its
  detail tells level and keyword by the document's sample; where no word was hit it is captured with neither.
- The event of a picture that cannot be downloaded has status_code 4294966288 by version 1; that version 2 has errcode
  -1008 is our guess.
- A forced refresh that comes too soon is 45011, one too many 45009: the table has both codes without saying so.
"""

from emulator.provider import Provider, Quirk
from emulator.providers.wechat.errors import ROWS, coin
from emulator.providers.wechat.gate import admit, caller, spend
from emulator.providers.wechat.operations import OPERATIONS
from emulator.providers.wechat.wire import decode, encode, place, refuse, rid

QUIRKS = (
    Quirk("wechat.message_key", ("both", "errmsg", "errMsg"), "captures and clients (errmsg) against the document"),
    Quirk("wechat.pixels", ("documented", "lenient"), "document (750 x 1334) against an answer of the staff in 2018"),
    Quirk("wechat.review", (0, 87014), "our guess: the document knows only two results"),
    Quirk("wechat.garbage_token", ("40001", "40014"), "captures (40001) against the table of global codes"),
    Quirk("wechat.no_filename", ("41005", "47001"), "captures of both for a part without filename"),
    Quirk("wechat.empty_body", ("41005", "44002"), "our guess (41005) against the table of global codes"),
    Quirk("wechat.part_name", ("media", "any"), "document against uploads of others that are named file"),
    Quirk("wechat.parser", ("lenient", "strict"), "standards against reports of 41005 for quoted boundaries, RFC 2231"),
    Quirk("wechat.chunked", ("taken", "refused"), "reports of HTTP 412 for a body without Content-Length"),
)

PROVIDER = Provider(
    name="wechat",
    doors=("wxa", "cgi-bin", "admin"),
    operations=OPERATIONS,
    rows=tuple(ROWS.values()),
    decode=decode,
    admit=admit,
    spend=spend,
    encode=encode,
    refuse=refuse,
    crash="-1",
    unreadable="47001",
    oversize="40006",
    quirks=QUIRKS,
    caller=caller,
    coin=coin,
    numbered=True,
    place=place,
    request_id=rid,
)
