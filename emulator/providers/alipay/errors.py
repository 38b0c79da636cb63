"""The errors of the mini-program calls. The OpenAPI gateway keeps its own rows in gateway/.

CALLBACK: the table on the page of my.ap.imgRiskCallback, its texts without the full stop, as the vendor's typings have
them (@mini-types/my). IMG_RISK: the page of my.ap.imgRisk. CONTAINER: the error table of the container (my.request and
others), as my.textRiskIdentification documents the fields of an error but no codes. The HTTP status of each code is our
choice, as the real calls are functions.
"""

from emulator.error_types import ErrorRow
from emulator.errors import index_rows
from emulator.providers.alipay.errors_zh import CHINESE

SUBMIT, QUERY, TEXT = "my.ap.imgRisk", "my.ap.imgRiskCallback", "my.textRiskIdentification"

CALLBACK = "documented: page of my.ap.imgRiskCallback, error codes"
IMG_RISK = "documented: page of my.ap.imgRisk, error codes; ours: that other calls have it"
CONTAINER = "documented: error table of the container; ours: that this call uses it"

_OF_IMAGES = (
    (403, "serviceNoAuth", "服务未授权", "the pid is unknown or has not signed up for the feature package"),
    (403, "riskTypeNoAuth", "场景（risktype）未授权", "risk_type is another than the documented one"),
    (400, "bizContentEmpty", "风险数据内容为空", "bizContext is missing or empty"),
    (400, "paramMissingError", "参数缺失", "risk_type is missing; or pid, content or apply_id is missing or empty"),
    (400, "param error", "参数错误", "a value has the wrong type or is too long, or the body is no JSON"),
    (503, "SYSTEM_OUT_ERROR", "系统繁忙", "a passing failure of the service"),
    (400, "INVALID_PARAMETER", "缺少必选参数或参数有误", "a parameter is missing or wrong"),
)
# Of texts too, as no other code is documented.
_QUOTA = (429, "超过调用量限制", "more calls than the account may make")
_OF_THE_CONTAINER = (
    (400, "2", "接口参数无效", "a parameter is missing or wrong"),
    (503, "3", "未知错误", "a failure that has no code"),
    (503, "12", "网络出错", "the network failed"),
)

ROWS = index_rows(
    [
        *(
            ErrorRow(code, status, message, meaning, CALLBACK, "task", operations=(SUBMIT, QUERY), dialect="my")
            for status, code, message, meaning in _OF_IMAGES
        ),
        ErrorRow("OVER_LIMIT", *_QUOTA, CALLBACK, "task", operations=(SUBMIT, QUERY, TEXT), dialect="my"),
        ErrorRow("4", 403, "无权调用", "no right to call", IMG_RISK, operations=(SUBMIT, TEXT), dialect="my"),
        *(
            ErrorRow(code, status, message, meaning, CONTAINER, operations=(TEXT,), dialect="my")
            for status, code, message, meaning in _OF_THE_CONTAINER
        ),
    ],
    CHINESE,
)
