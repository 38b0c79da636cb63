"""The errors of Green: body codes of its own envelope, and the gateway's errors.

CODES: the tables of returned codes (pages 53414 and 3060193). A message is the table's token; what follows the token on
the wire is not known.
GATEWAY: the public error centre of the gateways; texts are exact but for ContentMD5NotMatched and Accept.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from emulator.error_types import ErrorRow
from emulator.errors import index_rows, make_unlisted_row
from emulator.providers.aliyun.gateway.errors import GATEWAY
from emulator.providers.aliyun.gateway.errors import ROWS as SHARED
from emulator.providers.aliyun.green.errors_zh import CHINESE

CODES = "documented: Green, returned codes"

_BODY = (
    # status, code, message, meaning, scope
    (200, "400", "BAD_REQUEST", "some parameter is wrong", "task"),
    (200, "401", "NOT_ALLOWED", "the address of the picture is not allowed", "task"),
    (200, "403", "FORBIDDEN", "the picture's host does not let us read it", "task"),
    (200, "404", "NOT_FOUND", "the picture could not be found", "task"),
    (200, "408", "NO_PERMISSION", "the account may not use the service", "call"),
    (403, "411", "NO_PERMISSION", "the RAM user may not use the service", "call"),
    (200, "480", "DOWNLOAD_FAILED", "the picture could not be downloaded", "task"),
    (200, "500", "GENERAL_ERROR", "a passing failure of the service", "task"),
    (200, "503", "ServiceUnavailable", "the service is not available", "task"),
    (200, "580", "DB_FAILED", "a database operation failed", "task"),
    (200, "581", "TIMEOUT", "the check took longer than 6 seconds, or 2 minutes when asynchronous", "task"),
    (200, "585", "CACHE_FAILED", "a cache operation failed", "task"),
    (200, "586", "ALGO_FAILED", "the algorithm failed", "task"),
    (200, "587", "MQ_FAILED", "the message queue failed", "task"),
    (200, "588", "EXCEED_QUOTA", "more calls per second than the account may make", "task"),
    (200, "589", "TOO_LARGE", "the picture is larger than 5 MB, or 20 MB when asynchronous", "task"),
    (200, "590", "BAD_FORMAT", "not a PNG, JPG, BMP, GIF or WEBP", "task"),
    (200, "591", "CONNECTION_POOL_FULL", "the service ran out of connections", "task"),
    (200, "592", "DOWNLOAD_TIMEOUT", "the download took longer than 3 seconds", "task"),
    (200, "594", "EXPIRED", "the result is older than an hour, or nobody knows the task", "task"),
    (200, "595", "CATCH_FRAME_FAILED", "the frames of a moving picture cannot be cut", "task"),
    (200, "596", "PERMISSION_DENY", "the account has not bought the service", "call"),
)  # fmt: skip

_GATEWAY = (
    (400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.", "no Authorization"),
    (404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.", "there is no such path"),
    (400, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.", "the version is unknown, or switched off"),
    (403, "UnsupportedHTTPMethod", "This http method not supported.", "only POST is served"),
    (400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.", "the Date is no HTTP date"),
    (400, "ContentMD5NotMatched", "Specified Content-MD5 is not matched with the content.", "the body is not the one whose Content-MD5 was sent"),
    (400, "InvalidParameter.Accept", "Specified parameter Accept is not valid.", "the Accept header cannot be served"),
)  # fmt: skip

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{0,99}")

ROWS = index_rows(
    [
        *(
            ErrorRow(code, status, message, meaning, CODES, "task" if scope == "task" else "call", dialect="green")
            for status, code, message, meaning, scope in _BODY
        ),
        *(row._replace(dialect="roa") for row in SHARED),
        *(
            ErrorRow(code, status, message, meaning, GATEWAY, dialect="roa")
            for status, code, message, meaning in _GATEWAY
        ),
    ],
    CHINESE,
)


def make_row(form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """Return the row of a body code, or of an error name of the gateway, that is in no table.

    A body code comes with HTTP status 200 and a name with 400, unless the form says otherwise. A name refuses the whole
    call. Raises ValueError, with what is taken instead, for a code that is neither.
    """
    code = str(form["code"])
    if _NUMBER.fullmatch(code) and code not in ("200", "280"):
        return make_unlisted_row(form, code, ("message", "status"))._replace(dialect="green")
    if not _NAME.fullmatch(code):
        raise ValueError("a whole number above 0 but 200 and 280, or a name of letters, digits, dots and hyphens")
    return make_unlisted_row(form, code, ("message", "status"), status=400, scope="call")._replace(dialect="roa")
