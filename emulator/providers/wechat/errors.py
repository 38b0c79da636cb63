"""The errors of WeChat: errcodes over HTTPS, and the codes of the platform and gateway behind a cloud call.

A message is the text on the wire without the ` rid: ...` that ends each of them. `seen` is the source of a row: captures
of the operation itself or of other APIs, the operation's own page, or the documents' table of global codes.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from emulator.error_types import ErrorRow, Refusal, Scope
from emulator.errors import find_row, index_rows, make_unlisted_row, render
from emulator.merge_patch import apply_patch
from emulator.operation import Body
from emulator.providers.wechat.errors_zh import CHINESE
from emulator.types import WireRequest

CHECK = "captured: img_sec_check, and its cloud call"
TEXT = "captured: msg_sec_check"
MEDIA = "captured: media_check_async"
OTHER = "captured: other APIs of the same host"
PAGE = "documented: pages of msgSecCheck and mediaCheckAsync, table of errcodes"
TOKENS = "documented: pages of getAccessToken and getStableAccessToken"
TABLE = "documented: table of global return codes"
QUOTED = "ours: callers name it in their tables of errcodes; no page and no capture at hand"
EVENTS = "captured: events wxa_media_check of 2025"
SOUNDS = "captured: events wxa_media_check of 2020 and 2021, of sounds"
CLOUD = "documented: page of the cloud call; in wx-server-sdk as well"

PLATFORM_PREFIX = "-604"  # the codes of the cloud's platform begin with it

_ERRCODE = re.compile(r"-?[1-9][0-9]{0,9}")
_INT32 = range(-(2**31), 2**31)

_IMAGE, _MEDIA, _TEXT = "security.imgSecCheck", "security.mediaCheckAsync", "security.msgSecCheck"
SECURITY = (_IMAGE, _MEDIA, _TEXT)  # can be called over the cloud
_SECOND = (_MEDIA, _TEXT)  # have a version 2, and the same table of errcodes on their pages
_STABLE = "cgi-bin/stable_token"
_ENDPOINTS = ("cgi-bin/token", _STABLE)
_ALL: tuple[str, ...] = ()

_LATEST = (
    "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, "
    "more details at https://mmbizurl.cn/s/JtxxFh33r"
)

_HTTPS = (
    # code, message, meaning, seen, operations
    ("-1", "system error", "the service is busy", CHECK, _ALL),
    ("40001", _LATEST, "nobody knows the access_token, or it was replaced", OTHER, _ALL),
    ("40002", "invalid grant_type", "grant_type is not client_credential", TOKENS, _ENDPOINTS),
    ("40003", "invalid openid", "the openid is none of this mini program", PAGE, _SECOND),
    ("40004", "invalid media type", "not a PNG, JPEG or GIF; or no media_type or version that there is", MEDIA, SECURITY),
    ("40006", "invalid media size", "larger than 1 MB or than 750 x 1334 pixels", CHECK, (_IMAGE,)),
    ("40013", "invalid appid", "nobody knows the appid", TOKENS, _ALL),
    ("40014", "invalid access_token", "documented for a token that is none; the service answers 40001", TABLE, SECURITY),
    ("40066", "invalid url", "there is no such path", OTHER, _ALL),
    ("40125", "invalid appsecret", "the secret is not that of the appid", TOKENS, _ENDPOINTS),
    ("40129", "invalid scene", "the scene is none of 1 to 4; the words are those of another API", PAGE, _SECOND),
    ("40164", "invalid ip A.B.C.D ipv6 ::ffff:A.B.C.D, not in whitelist", "the caller's address is not allowed", TOKENS, _ENDPOINTS),
    ("40243", "AppSecret已被冻结，请解冻后再次调用。", "the secret is frozen", TOKENS, _ENDPOINTS),
    ("41001", "access_token missing", "no access_token in the query", TEXT, SECURITY),
    ("41002", "appid missing", "a token was asked for without appid", TOKENS, _ENDPOINTS),
    ("41004", "appsecret missing", "a token was asked for without secret", TOKENS, _ENDPOINTS),
    ("41005", "media data missing", "no usable media part", CHECK, (_IMAGE,)),
    ("42001", "access_token expired", "the access_token is older than two hours", OTHER, SECURITY),
    ("43002", "require POST method", "only POST is served", TOKENS, _ALL),
    ("43104", "this appid does not have permission", "the openid is that of another appid", EVENTS, _SECOND),
    ("43302", "require POST method", "only POST is served, by the pages of the checks (wording ours)", PAGE, _SECOND),
    ("44001", "empty media data", "the file is empty; the service answers 41005", TABLE, (_IMAGE,)),
    ("44002", "empty post data", "the body is empty", PAGE, (*SECURITY, _STABLE)),
    ("44991", "reach max api minute quota limit", "too many calls in a minute (wording ours)", QUOTED, _SECOND),
    ("45002", "content size out of limit", "the text is too long", TABLE, (_TEXT,)),
    ("45009", "reach max api daily quota limit", "too many calls in a day", TOKENS, _ALL),
    ("45011", "api minute-quota reach limit mustslower retry next minute", "too many calls in a minute", TOKENS, _ALL),
    ("47001", "data format error", "the body is not of the expected form", CHECK, _ALL),
    ("48001", "api unauthorized", "the mini program may not use the operation", TEXT, SECURITY),
    ("50004", "forbid to use token api", "the mini program may not ask for tokens (wording ours)", TOKENS, _ENDPOINTS),
    ("50007", "account frozen", "the account is frozen (wording ours)", TOKENS, _ENDPOINTS),
    ("61007", "api is unauthorized to component", "a third party calls that may not use the operation", OTHER, SECURITY),
    ("61010", "code is expired", "the openid did not visit the mini program within two hours", TEXT, _SECOND),
    ("87015", "query timeout, try a content with less size", "the check took too long: try again, or a smaller picture", CHECK, (_IMAGE,)),
    ("89503", "此次调用需要管理员确认，请耐心等候", "an administrator has to confirm the caller's address", TOKENS, _ENDPOINTS),
    ("89506", "该IP调用求请求已被公众号管理员拒绝，请24小时后再试，建议调用前与管理员沟通确认", "an administrator refused the caller's address twice", TOKENS, _ENDPOINTS),
    ("89507", "该IP调用求请求已被公众号管理员拒绝，请1小时后再试，建议调用前与管理员沟通确认", "an administrator refused the caller's address", TOKENS, _ENDPOINTS),
)  # fmt: skip

_PLATFORM = (
    ("-604100", "API not found", "the cloud knows no such API"),
    ("-604101", "function has no permission to call this API", "config.json of the cloud function does not list the API"),
    ("-604102", "call open API timeout", "the call took too long"),
    ("-604103", "call open API system error", "the platform failed"),
    ("-604104", "illegal source of invocation", "the call does not come from a cloud function"),
    ("-501001", "resource system error", "the gateway failed, or its answer cannot be read"),
    ("-501002", "resource server timeout", "the gateway waited too long"),
    ("-501003", "exceed request limit", "too many calls of the environment"),
    ("-501004", "exceed concurrent request limit", "too many calls of the environment at once"),
    ("-501005", "invalid env", "there is no such environment"),
    ("-501007", "invalid parameters", "a parameter of the call is wrong"),
)  # fmt: skip

# A verdict that is written as a code, and codes in the event of mediaCheckAsync: they concern the one picture, text or
# sound that is checked. In version 1 of the event a code has no sign: -1008 is 4294966288.
RISKY = ErrorRow(
    *("87014", 200, "risky content", "the content breaks the rules", CHECK, "task"),
    operations=(_IMAGE, _TEXT),
    dialect="wechat",
)
DOWNLOAD_FAILED = ErrorRow(
    *("-1008", 200, "下载错误,请检查媒体链接是否有效", "the picture or sound could not be downloaded", EVENTS, "task"),
    operations=(_MEDIA,),
    dialect="wechat",
)
SOUND_FAILED = ErrorRow(
    *("-1009", 200, "download failed", "the sound could not be had or read (wording ours)", SOUNDS, "task"),
    operations=(_MEDIA,),
    dialect="wechat",
)

# The answer of the web server in front to a POST without Content-Length: it is not JSON.
PROXY = ErrorRow("412", 412, "Precondition Failed", "the body came in chunks", CHECK, dialect="proxy")


def _choose_scope(code: str) -> Scope:
    """Return `task` for the errors of the one item that were captured in events, of 2022 and 2025; else `call`."""
    return "task" if code in ("40003", "43104") else "call"


ROWS = index_rows(
    [
        *(
            ErrorRow(code, 200, message, meaning, seen, _choose_scope(code), operations=operations, dialect="wechat")
            for code, message, meaning, seen, operations in _HTTPS
        ),
        *(RISKY, DOWNLOAD_FAILED, SOUND_FAILED, PROXY),
        *(
            ErrorRow(code, 200, message, meaning, CLOUD, operations=SECURITY, dialect="cloud")
            for code, message, meaning in _PLATFORM
        ),
    ],
    CHINESE,
)


def build_body(refusal: Refusal, request: WireRequest, request_id: str) -> Body:
    """Return the API's own body for a refusal: errcode, and the text with the caller's address and the rid.

    Patches of rules are applied to it where the errcode stands for a verdict.
    """
    rendered = render(find_row(refusal, ROWS), refusal)
    message = rendered.message.replace("A.B.C.D", request.remote.removeprefix("::ffff:"))
    answer: Body = {"errcode": int(rendered.code), "errmsg": f"{message} rid: {request_id}"}
    for patch in refusal.patches:
        answer = apply_patch(answer, patch)
    return answer


def make_row(form: Mapping[str, Any], _operations: Collection[str]) -> ErrorRow:
    """Return the row of an errcode that is in no table; an errcode of the cloud's platform refuses the whole call.

    Raises ValueError, with what is taken instead, for anything but a whole number other than 0 in 32 bits.
    """
    code = str(form["code"])
    if not _ERRCODE.fullmatch(code) or int(code) not in _INT32:
        raise ValueError("a whole number other than 0 in 32 bits, as errcodes are")
    row = make_unlisted_row(form, code, ("message",))
    return (
        row._replace(dialect="cloud", scope="call")
        if code.startswith(PLATFORM_PREFIX)
        else row._replace(dialect="wechat")
    )
