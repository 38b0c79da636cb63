"""What WeChat refuses with: errcodes over HTTPS, and the codes of the platform and gateway behind a cloud call.

A message is the text on the wire without the ` rid: ...` that ends each of them. `seen` names what the text rests on:
captures of the check itself, of the token endpoints, of other APIs, the documents' tables, or a client's constants.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from emulator.catalogue import by_code, coined, draw, row_of
from emulator.provider import Body
from emulator.providers.wechat.chinese import CHINESE
from emulator.vocabulary import ErrorRow, Refusal, WireRequest
from emulator.world.verdicts.outcome import merged

CHECK = "capture of img_sec_check"
OTHER = "capture of another API"
TOKENS = "documents, getAccessToken and getStableAccessToken"
TABLE = "documents, table of global return codes"
EVENT = "documents of the event wxa_media_check (4294966288 there, which is -1008 without its sign)"
CLOUD = "documents of the cloud call, and wx-server-sdk"

PLATFORM = "-604"  # what the codes of the cloud's platform begin with

_ERRCODE = re.compile(r"-?[1-9][0-9]{0,9}")
_INT32 = range(-(2**31), 2**31)

SECURITY = ("security.imgSecCheck", "security.mediaCheckAsync", "security.msgSecCheck")  # can be called over the cloud

_LATEST = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)

_HTTPS = (
    # code, message, meaning, seen
    ("-1", "system error", "the service is busy", CHECK),
    ("40001", _LATEST, "nobody knows the access_token, or it was replaced", OTHER),
    ("40002", "invalid grant_type", "grant_type is not client_credential", TOKENS),
    ("40003", "invalid openid", "the openid is none of this mini program", TABLE),
    ("40004", "invalid media type", "not a PNG, JPEG or GIF", OTHER),
    ("40006", "invalid media size", "larger than 1 MB or than 750 x 1334 pixels", CHECK),
    ("40007", "invalid media_id", "not an answer of these operations", TABLE),
    ("40013", "invalid appid", "nobody knows the appid", TOKENS),
    ("40014", "invalid access_token", "documented for a token that is none; the service answers 40001", TABLE),
    ("40066", "invalid url", "there is no such path", OTHER),
    ("40125", "invalid appsecret", "the secret is not that of the appid", TOKENS),
    ("40164", "invalid ip A.B.C.D ipv6 ::ffff:A.B.C.D, not in whitelist", "the caller's address is not allowed", TOKENS),
    ("40243", "AppSecret已被冻结，请解冻后再次调用。", "the secret is frozen", TOKENS),
    ("41001", "access_token missing", "no access_token in the query", CHECK),
    ("41002", "appid missing", "a token was asked for without appid", TOKENS),
    ("41004", "appsecret missing", "a token was asked for without secret", TOKENS),
    ("41005", "media data missing", "no usable media part", CHECK),
    ("42001", "access_token expired", "the access_token is older than two hours", OTHER),
    ("43002", "require POST method", "only POST is served", TOKENS),
    ("44001", "empty media data", "the file is empty; the service answers 41005", TABLE),
    ("44002", "empty post data", "the body is empty", TABLE),
    ("45002", "content size out of limit", "the text is too long", TABLE),
    ("45009", "reach max api daily quota limit", "too many calls in a day", TOKENS),
    ("45011", "api minute-quota reach limit mustslower retry next minute", "too many calls in a minute", TOKENS),
    ("47001", "data format error", "the body is not of the expected form", CHECK),
    ("48001", "api unauthorized", "the mini program may not use the operation", OTHER),
    ("50001", "user unauthorized", "the user did not authorise the call", TABLE),
    ("50002", "user limited", "the user may not call", TABLE),
    ("50004", "forbid to use token api", "the mini program may not ask for tokens (wording ours)", TOKENS),
    ("50007", "account frozen", "the account is frozen (wording ours)", TOKENS),
    ("61010", "code is expired", "the openid did not visit the mini program within two hours", OTHER),
    ("87009", "invalid signature", "not an answer of these operations", TABLE),
    ("89503", "此次调用需要管理员确认，请耐心等候", "an administrator has to confirm the caller's address", TOKENS),
    ("89506", "该IP调用求请求已被公众号管理员拒绝，请24小时后再试，建议调用前与管理员沟通确认", "an administrator refused the caller's address twice", TOKENS),
    ("89507", "该IP调用求请求已被公众号管理员拒绝，请1小时后再试，建议调用前与管理员沟通确认", "an administrator refused the caller's address", TOKENS),
)  # fmt: skip

_PLATFORM = (
    ("-604100", "API not found", "the cloud knows no such API"),
    ("-604101", "function has no permission to call this API", "config.json of the cloud function does not list the API"),
    ("-604102", "timeout", "the call took too long"),
    ("-604103", "system error", "the platform failed"),
    ("-604104", "illegal source", "the call does not come from a cloud function"),
    ("-501001", "resource system error", "the gateway failed, or its answer cannot be read"),
    ("-501002", "resource server timeout", "the gateway waited too long"),
    ("-501003", "exceed request limit", "too many calls of the environment"),
    ("-501004", "exceed concurrent request limit", "too many calls of the environment at once"),
    ("-501005", "invalid env", "there is no such environment"),
    ("-501007", "invalid parameters", "a parameter of the call is wrong"),
)  # fmt: skip

# A verdict told by a code, and what the event of mediaCheckAsync tells of a picture: errors of the one thing checked.
RISKY = ErrorRow(
    *("87014", 200, "risky content", "the content breaks the rules", CHECK, "task"),
    operations=("security.imgSecCheck", "security.msgSecCheck"),
    dialect="wechat",
)
UNSEEN = ErrorRow(
    *("-1008", 200, "download failed", "the picture could not be downloaded (wording ours)", EVENT, "task"),
    operations=("security.mediaCheckAsync",),
    dialect="wechat",
)

# What a POST without Content-Length gets from the web server in front: no JSON at all.
PROXY = ErrorRow("412", 412, "Precondition Failed", "the body came in chunks", CHECK, dialect="wechat")

ROWS = by_code(
    [
        *(ErrorRow(code, 200, message, meaning, seen, dialect="wechat") for code, message, meaning, seen in _HTTPS),
        *(RISKY, UNSEEN, PROXY),
        *(
            ErrorRow(code, 200, message, meaning, CLOUD, operations=SECURITY, dialect="cloud")
            for code, message, meaning in _PLATFORM
        ),
    ],
    CHINESE,
)


def body(refusal: Refusal, request: WireRequest, request_id: str) -> Body:
    """What the API itself answers: errcode, and the text with the address of the caller and the rid; over it whatever
    a rule lays over a verdict.
    """
    drawn = draw(row_of(refusal, ROWS), refusal)
    message = drawn.message.replace("A.B.C.D", request.remote.removeprefix("::ffff:"))
    told: Body = {"errcode": int(drawn.code), "errmsg": f"{message} rid: {request_id}"}
    for patch in refusal.patches:
        told = merged(told, patch)
    return told


def coin(form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """The row of an errcode that is in no table; raises ValueError. Those of the cloud's platform befall the call."""
    code = str(form["code"])
    if not _ERRCODE.fullmatch(code) or int(code) not in _INT32:
        raise ValueError("a whole number other than 0 in 32 bits, as errcodes are")
    row = coined(form, code, ("message",))
    return row._replace(dialect="cloud", scope="call") if code.startswith(PLATFORM) else row._replace(dialect="wechat")
