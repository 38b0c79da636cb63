"""The errors of imageaudit: one row per documented code.

SEED: section 5 of the imageaudit document (version 20201105). It gives status, code and a Chinese explanation but no
wire message. So its messages are worded here, except the three that follow the gateway's patterns.
GATEWAY: the public error centre of the gateways and answers quoted in client issue trackers; texts are exact.
PATTERN: `Missing{Name}` and `Invalid{Name}`, the gateway's patterns, applied to parameters of this service by us.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from emulator.error_types import ErrorRow
from emulator.errors import index_rows, make_unlisted_row
from emulator.providers.aliyun.gateway.errors import GATEWAY
from emulator.providers.aliyun.gateway.errors import ROWS as SHARED
from emulator.providers.aliyun.imageaudit.errors_zh import CHINESE

SEED = "documented: imageaudit 20201105, section 5"
PATTERN = "ours: the pattern of the RPC gateway, applied here"

_PRODUCT = (
    # status, code, message, meaning, scope
    (400, "InvalidParameter.BadRequest", "The request is invalid, check its parameters.", "some parameter is wrong", "call"),
    (401, "InvalidImage.Unsafe", "The image address is not safe.", "the address of the picture is not allowed", "task"),
    (403, "RamRoleAuth", "Authorize the service role first.", "the service's role was not authorized", "call"),
    (403, "InvalidImage.Unaccessible", "The image cannot be accessed.", "the picture's host refused or cannot be reached", "task"),
    (404, "InvalidImage.NotFound", "The image was not found.", "the picture could not be downloaded", "task"),
    (480, "InvalidImage.Restriction", "The image exceeds the limits of the API.", "size or resolution is out of range", "task"),
    (500, "InternalServerError", "A temporary failure of the server, try again.", "a passing failure of the service", "call"),
    (580, "InternalServerError.DB", "The database failed, try again.", "a database operation failed", "task"),
    (581, "InternalServerError.Timeout", "The request timed out, try again.", "the check took longer than 6 seconds", "task"),
    (585, "InternalServerError.Cache", "The cache failed, try again.", "a cache operation failed", "task"),
    (586, "InternalServerError.Algo", "The algorithm failed.", "the algorithm failed", "task"),
    (587, "InternalServerError.MiddleWare", "The middleware failed.", "the middleware failed", "task"),
    (400, "InvalidParameter.TooLarge", "The content is too large.", "the picture is larger than 10 MB", "task"),
    (400, "InvalidParameter.Format", "The content has a wrong format.", "not a PNG, JPEG, BMP, GIF or WEBP; or a Format that is neither JSON nor XML", "task"),
    (400, "InvalidImage.Timeout", "The image download timed out.", "the download took longer than 3 seconds", "task"),
    (591, "InternalServerError.ConnectPool", "The connection pool is full.", "the service ran out of connections", "task"),
    (595, "InternalServerError.Frame", "Cutting frames from the image failed.", "the frames of a moving picture cannot be cut", "task"),
)  # fmt: skip

_SEED_EXACT = (
    (400, "MissingScene", "Scene is mandatory for this action.", "no Scene.N was sent"),
    (400, "MissingTask", "Task is mandatory for this action.", "no Task.N was sent"),
    (400, "InvalidTask.N.ImageTimeMillisecond", "Specified parameter Task.N.ImageTimeMillisecond is not valid.", "the time of task N is not a number of milliseconds"),
)  # fmt: skip

_SEED_GATEWAY = (
    (403, "UnsupportedHTTPMethod", "This http method not supported.", "only GET and POST are served"),
    (403, "InvalidApi.NotPurchase", "Specified api is not purchase", "the account has not bought the service"),
    (429, "Throttling", "Request was denied due to request throttling.", "more calls per second than the account may make"),
)  # fmt: skip

_GATEWAY = (
    (400, "MissingTimestamp", "Timestamp is mandatory for this action.", "no Timestamp"),
    (400, "InvalidAccessKeyId", "Specified access key is not found or invalid.", "a later variant of InvalidAccessKeyId.NotFound and .Inactive"),
    (400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.", "the Timestamp is not YYYY-MM-DDThh:mm:ssZ"),
    (404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.", "there is no such Action"),
    (400, "InvalidVersion", "Specified parameter Version is not valid.", "the Version is not 2019-12-30"),
    (404, "InvalidProduct.NotFound", "Cannot find product according to your specified domain.", "the host belongs to another product"),
    (404, "InvalidProtocol.NeedSsl", "Your request is denied as lack of ssl protect.", "the account demands HTTPS"),
    (403, "Forbidden.RAM", "User not authorized to operate on the specified resource, or this API doesn't support RAM.", "the RAM user lacks the right"),
    (400, "UnsupportedOperation", "The specified action is not supported.", "the action is not supported (sample of section 4.3)"),
)  # fmt: skip

_MISSING = ("AccessKeyId", "Version", "Action", "Signature", "SignatureMethod", "SignatureVersion", "SignatureNonce")

_PATTERN = (
    ("MissingLabels", "Labels is mandatory for this action.", "no Labels.N.Label was sent", ("ScanText",)),
    ("MissingTasks", "Tasks is mandatory for this action.", "no Tasks.N.Content was sent", ("ScanText",)),
    ("InvalidTask.N.Interval", "Specified parameter Task.N.Interval is not valid.", "the interval of task N is not a number from 1", ("ScanImage",)),
    ("InvalidTask.N.MaxFrames", "Specified parameter Task.N.MaxFrames is not valid.", "the most frames of task N are not a number from 1", ("ScanImage",)),
    ("InvalidSignatureVersion", "Specified parameter SignatureVersion is not valid.", "the SignatureVersion is not 1.0", ()),
)  # fmt: skip

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{0,99}")

ROWS = index_rows(
    [
        *(
            ErrorRow(code, status, message, meaning, SEED, "task" if scope == "task" else "call", worded_here=True)
            for status, code, message, meaning, scope in _PRODUCT
        ),
        *(
            ErrorRow(code, status, message, meaning, SEED, operations=("ScanImage",))
            for status, code, message, meaning in _SEED_EXACT
        ),
        *(ErrorRow(code, status, message, meaning, SEED) for status, code, message, meaning in _SEED_GATEWAY),
        *SHARED,
        *(ErrorRow(code, status, message, meaning, GATEWAY) for status, code, message, meaning in _GATEWAY),
        *(
            ErrorRow(f"Missing{name}", 400, f"{name} is mandatory for this action.", f"no {name}", PATTERN)
            for name in _MISSING
        ),
        *(
            ErrorRow(code, 400, message, meaning, PATTERN, operations=names)
            for code, message, meaning, names in _PATTERN
        ),
    ],
    CHINESE,
)


def make_row(form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """Return the row of an error name that is in no table, with HTTP status 400 unless the form says otherwise.

    Raises ValueError, with what is taken instead, for a code that cannot be such a name.
    """
    code = str(form["code"])
    if not _NAME.fullmatch(code):
        raise ValueError("a code of letters, digits, dots, hyphens and underscores, which begins with a letter")
    return make_unlisted_row(form, code, ("message", "status"), status=400)
